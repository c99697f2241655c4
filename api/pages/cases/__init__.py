"""A case: what is shown of it, what can be chosen, and what a reviewer does to it."""
