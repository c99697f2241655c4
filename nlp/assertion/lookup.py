"""Which of some ten thousand phrases stand in a stretch of folded text, in one compiled pass.

A phrase is a row of words and signs. The hash of each of its beginnings, up to the end of a word or a sign,
is in one table, so that the pass goes from word to word as far as any phrase goes on. Two beginnings may
share a hash once in some thousand million millions; no phrase is compared letter by letter.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eligibility.compiling import compiled

_LEAST_SIZE = 1 << 12
_AT_EACH = 4  # phrases for each character of a text, far more than stand in any
_WORD = np.array([chr(code).isalnum() for code in range(256)], np.uint8)
_UNKNOWN = "\x01"  # what stands for a letter beyond Latin-1: no phrase has it


def _unknown(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _UNKNOWN * (error.end - error.start), error.end


codecs.register_error("eligibility.no-phrase", _unknown)


def letters_of(text: str) -> NDArray[np.uint8]:
    """A folded text as phrases are looked up in it: a number for each character."""
    return np.frombuffer(text.encode("latin-1", "eligibility.no-phrase"), np.uint8)


class Lookup:
    """Finds phrases by number. `cues[number]`: whether a phrase says something by itself."""

    def __init__(self, phrases: Sequence[str], cues: Sequence[bool]) -> None:
        letters = letters_of("".join(phrases))
        ends = np.cumsum([len(phrase) for phrase in phrases], dtype=np.int64)
        size = _LEAST_SIZE
        while True:
            self._table = np.zeros(2 * size, np.int64)
            if enter(letters, ends, np.array(cues, np.uint8), self._table):
                break
            size *= 2

    def find(self, letters: NDArray[np.uint8], start: int, end: int, stops: bool) -> list[int]:
        """Start, end and number of each phrase in letters[start:end], by end and then by start, in one row.

        A word begins behind a space only. Nothing where no cue is among them, unless `stops` are asked for.
        """
        out = np.empty(3 * _AT_EACH * max(end - start, 1), np.int32)
        count = look_up(letters, start, end, stops, self._table, out)
        found: list[int] = out[: 3 * count].tolist() if count else []
        return found


@compiled("uint8[]", "int64[]", "uint8[]", "int64[]!", returns="bool_")
def enter(
    letters: NDArray[np.uint8],
    ends: NDArray[np.int64],
    cues: NDArray[np.uint8],
    table: NDArray[np.int64],
) -> bool:
    """Puts phrases that stand one behind the other into a table; False where it is too small for them.

    Each place has a hash, and behind it 0 where no phrase ends, else the phrase's number plus one, doubled,
    and one more if it is a cue.
    """
    last = len(table) // 2 - 1
    held = 0  # one of three places at most, so that few collide
    begin = 0
    for number in range(len(ends)):
        stop = ends[number]
        key = np.int64(1_469_598_103)
        at = begin
        while at < stop:
            if letters[at] == 32 and at > begin:
                key = ((key ^ 32) * np.int64(1_099_511_628_211)) & np.int64((1 << 62) - 1)
                at += 1
            first = at
            while at < stop and (at == first or (_WORD[letters[at]] and _WORD[letters[first]])):
                key = ((key ^ np.int64(letters[at])) * np.int64(1_099_511_628_211)) & np.int64((1 << 62) - 1)
                at += 1
            mixed = (key ^ (key >> 29)) | 1
            slot = (mixed >> 1) & last
            while table[2 * slot] != 0 and table[2 * slot] != mixed:
                slot = (slot + 1) & last
            if table[2 * slot] == 0:
                table[2 * slot] = mixed
                held += 1
                if held * 6 > len(table):
                    return False
            if at == stop:
                table[2 * slot + 1] = 2 * (number + 1) + cues[number]
        begin = stop
    return True


@compiled(
    "uint8[]",
    "int64",
    "int64",
    "bool_",
    "int64[]",
    "int32[]!",
    returns="int64",
)
def look_up(
    letters: NDArray[np.uint8],
    start: int,
    end: int,
    stops: bool,
    table: NDArray[np.int64],
    out: NDArray[np.int32],
) -> int:
    """Writes start, end and number of phrases into `out`; answers how many, 0 where none of them is a cue."""
    last = len(table) // 2 - 1
    length = len(letters)
    count = 0
    told = stops
    at = start
    while at < end:
        if letters[at] == 32:
            at += 1
            continue
        in_word = _WORD[letters[at]]
        begins = not in_word or (at > start and letters[at - 1] == 32)
        behind = at + 1
        if in_word:
            while behind < length and _WORD[letters[behind]]:
                behind += 1
        if begins:
            key = np.int64(1_469_598_103)
            done, stop = at, behind
            while stop <= end:
                for place in range(done, stop):
                    key = ((key ^ np.int64(letters[place])) * np.int64(1_099_511_628_211)) & np.int64(
                        (1 << 62) - 1
                    )
                mixed = (key ^ (key >> 29)) | 1
                slot = (mixed >> 1) & last
                while table[2 * slot] != 0 and table[2 * slot] != mixed:
                    slot = (slot + 1) & last
                if table[2 * slot] == 0:
                    break
                marked = table[2 * slot + 1]
                if marked and 3 * count < len(out):
                    told = told or marked & 1 != 0
                    # They come by start: those that end later move behind.
                    put = count
                    while put and (
                        out[3 * put - 2] > stop or (out[3 * put - 2] == stop and out[3 * put - 3] > at)
                    ):
                        for part in range(3):
                            out[3 * put + part] = out[3 * put + part - 3]
                        put -= 1
                    out[3 * put], out[3 * put + 1], out[3 * put + 2] = at, stop, (marked >> 1) - 1
                    count += 1
                done = stop
                stop = done + 1 if done < end and letters[done] == 32 else done
                if stop >= end:
                    break
                if _WORD[letters[stop]]:
                    while stop < length and _WORD[letters[stop]]:
                        stop += 1
                else:
                    stop += 1
        at = behind
    return count if told else 0
