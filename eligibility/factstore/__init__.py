"""A table of facts on disk, as Parquet: one folder for each partition of the patients.

Each kind of fact is a file whose rows are ordered as in a block, by concept, patient and start, in groups of
rows of which a program reads those with the concepts it names, and of those the columns it looks at.
"""

from eligibility.factstore.opening import Needs, needs_of, open_facts, told_of
from eligibility.factstore.writing import write_facts

__all__ = ["Needs", "needs_of", "open_facts", "told_of", "write_facts"]
