"""Who may do what: roles, the table of operations, and the caller of a request."""
