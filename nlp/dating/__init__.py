"""Links things of a text to its dates: when they were or began, and when they ended; see `link`.

A date belongs to what stands just before it in its clause ("CABG in 2014"), or, where nothing does or the
words say so ("3-day history of", "CT 2/20/2024:", "on 7/4 showed"), to what follows. Things joined in a
list share it as the words do, and what a test found has the day of the test. Whatever another clause, "and"
with a new verb, or another date separates is left alone: a wrong date is worse than the note's.
"""

from nlp.dating.clauses import of_dates
from nlp.dating.dates import ELSEWHERE, UNDATED, Dates
from nlp.dating.link import link
from nlp.dating.measured import link_values

__all__ = ["ELSEWHERE", "UNDATED", "Dates", "link", "link_values", "of_dates"]
