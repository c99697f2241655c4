"""What the words in and beside a name tell about a supposition: whether it can be of that name.

"Call if *her* cough gets worse", "if the pain *persists*": what is supposed is a change of what is there.
"Referred for *colonoscopy*": to be done; "referred for *anemia*": there. Looked at only where a cue that
supposes reaches a name, so that it costs nothing elsewhere.
"""

from __future__ import annotations

import re

from nlp.assertion.table import Reach
from nlp.document import Span
from nlp.phrases import shapes

# Sections that suppose what they name: tests of a plan, what prophylaxis and screening are for.
SUPPOSED = frozenset(("plan", "prophylaxis", "health maintenance"))
_FAR = 40  # characters before a name in which a word that makes it known may stand
_LONG = 80  # characters before a name in which "for" may lead to it
_KNOWN = re.compile(r"(?<=[ (])" + shapes()["known"] + r"(?: [a-z]+)? \Z")
_STAYS = re.compile(r" ?" + shapes()["stays"] + r"\b")
_HABIT = re.compile(shapes()["habit"])
_FOR = re.compile(r"(?<= )(?:for|of|to treat) (?:[a-z]+(?:,? (?:and|or|and/or))?,? |/){0,5}\Z")
_COMES = re.compile(r"[^.;]{0,60}? " + shapes()["comes"] + r"\b")
_LASTING = re.compile(shapes()["lasting"])
_DONE = re.compile(shapes()["done"])
_DRUG = re.compile(shapes()["drug"])
_ENDS_AS_DRUG = re.compile(rf"(?:{shapes()['drug']})\Z")  # "lithium" is one, "lithium effect" is none
_MEASURED = re.compile(r"(?: was| of| at|:| =)? ?[(<>~]?\d")
_DEED = re.compile(shapes()["deed"])


def may_mean(text: str, reach: Reach, name: Span) -> bool:
    """Whether a cue that speaks only of some names, and reaches one in folded text, can speak of that one."""
    if reach.of == "supposed":
        return not is_there(text, name)
    if reach.of == "purpose":
        return is_aim(text, name)
    if reach.of == "inverted":
        return _COMES.match(text, name.end) is not None
    if reach.of == "event":
        return not text[name.start].isdigit() and _LASTING.search(text, name.start, name.end) is None
    if reach.of == "drug":
        return _DRUG.search(text, name.start, name.end) is not None
    if reach.of == "plan":
        return is_planned(text, name)
    if reach.of == "act":
        return is_deed(text, name) or _DRUG.search(text, name.start, name.end) is not None
    if reach.of == "unmeasured problem":
        return _MEASURED.match(text, name.end) is None and is_problem(text, name)
    if reach.of == "order":
        return _DONE.match(text, name.end) is None and _MEASURED.match(text, name.end) is None
    if reach.of == "problem":
        return is_problem(text, name)
    return is_deed(text, name)


def is_supposed(text: str, name: Span, section: str) -> bool:
    """Whether a section supposes a name of which nothing is said: a plan its tests, prophylaxis its aims."""
    return is_planned(text, name) if section == "plan" else is_aim(text, name)


def is_aim(text: str, name: Span) -> bool:
    """Whether "for" or a bracket leads to a name: "famotidine (stress ulcers)"."""
    start = name.start
    return text[start - 2 : start] == "( " or _FOR.search(text, max(0, start - _LONG), start) is not None


def is_planned(text: str, name: Span) -> bool:
    """Whether a name in a plan is of something to be done, and nothing beside it says that it was."""
    return is_deed(text, name) and _DONE.match(text, name.end) is None


def is_there(text: str, name: Span) -> bool:
    """Whether a name is of something that the patient has, whatever is supposed of it."""
    return (
        _KNOWN.search(text, max(0, name.start - _FAR), name.start) is not None
        or _STAYS.match(text, name.end) is not None
        or _HABIT.match(text, name.start, name.end) is not None
    )


def is_problem(text: str, name: Span) -> bool:
    """Whether a name is, by its form, of no test, operation, treatment or drug."""
    return not is_deed(text, name) and _ENDS_AS_DRUG.search(text, name.start, name.end) is None


def is_deed(text: str, name: Span) -> bool:
    """Whether a name is, by its form, of something that is done: a test, an operation, a treatment."""
    return _DEED.search(text, name.start, name.end) is not None
