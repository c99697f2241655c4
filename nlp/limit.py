"""How long reading one text may take, in processor time of the thread that reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import thread_time
from typing import TypeVar

_Item = TypeVar("_Item")
_OFTEN = 64  # items between two looks at the clock


class TooSlowError(Exception):
    """A text took longer than it may. Says nothing of the text."""

    code = "NLP_TIMEOUT"


class Limit:
    """A time that begins when this is made."""

    def __init__(self, seconds: float) -> None:
        self._until = thread_time() + seconds

    def check(self) -> None:
        """Raises TooSlowError where the time is over."""
        if thread_time() > self._until:
            raise TooSlowError

    def watched(self, items: Iterable[_Item]) -> Iterator[_Item]:
        """The same items, with a look at the clock every few of them. Raises TooSlowError."""
        for number, item in enumerate(items):
            if not number % _OFTEN:
                self.check()
            yield item
