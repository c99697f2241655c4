"""Attrition of a run on disk: reports of what each criterion costs, what-ifs, and the screening log."""
