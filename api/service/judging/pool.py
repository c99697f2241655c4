"""The judges of one service: processes, begun when they are needed and stopped when they take too long.

A case that no judge can end, a protocol that takes for ever or a judge that dies costs its own request; the
next one finds a new judge. How long a job may take is a setting, and how many judges there are.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from api.errors import UserError
from api.service.compiling import InvalidProtocolError
from api.service.judging.cases import Case, Judged, Told
from api.service.judging.process import Faulted, Refused, work
from api.service.metrics import Metrics
from api.service.settings import ServiceSettings, setting_name

# A new judge is a copy of a process that has everything loaded, and has judged somebody.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["api.service.judging.warmed"])
_TO_BEGIN = 120.0  # seconds; the first one waits until everything is loaded
_TO_ANSWER = 5.0  # seconds for a sign of life


class JudgeFaultError(Exception):
    """A fault in a judge. `fault` says its type and place, never its text."""

    def __init__(self, fault: Told) -> None:
        super().__init__("a judge failed")
        self.fault = fault


class _LateError(Exception):
    """A job was not done in time."""


class _Judge:
    """One process and the pipe to it."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.pipe: Connection
        self.pipe, other = _processes.Pipe()
        self._process = _processes.Process(target=work, args=(other, settings), daemon=True)
        self._process.start()
        other.close()
        try:
            if not self.pipe.poll(_TO_BEGIN):
                raise OSError("a judge did not begin")
            self.pipe.recv()
        except (EOFError, OSError):
            self.stop()
            raise OSError("a judge did not begin") from None

    def ask(self, name: str, given: object, seconds: float) -> Any:
        self.pipe.send((name, given))
        if not self.pipe.poll(seconds):
            raise _LateError
        return self.pipe.recv()

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self.pipe.close()


class Judges:
    """A number of judges, each with one job at a time. Safe to share between threads."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self.number = settings.judges or min(4, os.cpu_count() or 1)
        # The one that worked last is asked first: its memory is the warmest.
        self._free: queue.LifoQueue[_Judge | None] = queue.LifoQueue()
        for _ in range(self.number):
            self._free.put(None)
        self._begun = 0

    def show(self, metrics: Metrics) -> None:
        """Let a monitor see how busy the judges are, and how many were lost or stopped."""
        metrics.watch("judges", "How many judgements can be made at once.", lambda: self.number)
        metrics.watch("judges_free", "Judges without a job.", self._free.qsize)
        metrics.watch(
            "judges_begun",
            "Judges begun since the start; those above the first were lost or stopped.",
            lambda: self._begun,
        )

    def judge(self, case: Case) -> Judged:
        """Judge a case; raises UserError, also where it takes too long."""
        judged: Judged = self._ask("judge", case)
        return judged

    def check(self, text: str) -> Told:
        """Compile a text nobody knows yet: what it contains, and its problems; raises UserError."""
        told: Told = self._ask("check", text)
        return told

    def compare(self, old: str, new: str) -> Told:
        """What changed from one text to another; raises UserError."""
        told: Told = self._ask("compare", (old, new))
        return told

    def warm(self, case: Case) -> None:
        """Have every judge judge a case, so that the first who waits does not wait for what is made once."""
        with contextlib.ExitStack() as all_taken:
            taken = [all_taken.enter_context(self._taken()) for _ in range(self.number)]
            threads = [threading.Thread(target=self._quietly, args=(one, case)) for one in taken]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def alive(self) -> bool:
        """Whether a judge answers, or all are at work (none of which takes for ever)."""
        try:
            held = self._free.get_nowait()
        except queue.Empty:
            return True
        try:
            judge = held or self._begin()
        except OSError:
            self._free.put(None)
            return False
        held = None
        try:
            judge.ask("ping", None, _TO_ANSWER)
            held = judge
        except (_LateError, EOFError, OSError):
            judge.stop()
        finally:
            self._free.put(held)
        return held is not None

    def close(self) -> None:
        """Stop all judges that are not at work."""
        with contextlib.suppress(queue.Empty):
            while True:
                held = self._free.get_nowait()
                if held is not None:
                    held.stop()

    def _begin(self) -> _Judge:
        judge = _Judge(self._settings)
        self._begun += 1
        return judge

    def _ask(self, name: str, given: object) -> Any:
        with self._taken() as place:
            reply = place.ask(name, given)
        match reply:
            case Refused(problems=list() as problems):
                raise InvalidProtocolError(problems)
            case Refused(code=code, place=where, message=message):
                raise UserError(code, where, message)
            case Faulted(fault=fault):
                raise JudgeFaultError(fault)
        return reply

    def _quietly(self, place: _Place, case: Case) -> None:
        with contextlib.suppress(UserError):
            place.ask("judge", case)

    @contextmanager
    def _taken(self) -> Iterator[_Place]:
        """A place for a job; given back with its judge, or empty where that one was stopped."""
        try:
            held = self._free.get(timeout=self._settings.judge_wait_seconds)
        except queue.Empty:
            message = (
                f"no judge became free in {self._settings.judge_wait_seconds:g} seconds "
                f"({setting_name('judge_wait_seconds')}, {setting_name('judges')})"
            )
            raise UserError("JUDGES_BUSY", "", message) from None
        place = _Place(self._settings, self._begin, held)
        try:
            yield place
        finally:
            self._free.put(place.judge)


class _Place:
    """One of the pool's places for as long as a job lasts."""

    def __init__(self, settings: ServiceSettings, begin: Callable[[], _Judge], judge: _Judge | None) -> None:
        self._settings, self._begin, self.judge = settings, begin, judge

    def ask(self, name: str, given: object) -> Any:
        """A judge's reply; a judge that was lost before is replaced, one that is lost now is not."""
        if self.judge is not None and not self.judge.pipe.closed and self.judge.pipe.poll(0):
            # Nothing was asked: what is there to read is the end of a process that died.
            self._drop()
        judge, self.judge = self.judge, None
        seconds = self._settings.judge_seconds
        try:
            judge = judge or self._begin()
            reply = judge.ask(name, given, seconds)
        except _LateError:
            _stop(judge)
            named = setting_name("judge_seconds")
            message = f"not done in the {seconds:g} seconds that one judgement may take ({named})"
            raise UserError("JUDGING_TOO_LONG", "", message) from None
        except (EOFError, OSError):
            _stop(judge)
            raise UserError("JUDGE_LOST", "", "the process that judged this ended: send it again") from None
        except BaseException:
            _stop(judge)
            raise
        self.judge = judge
        return reply

    def _drop(self) -> None:
        _stop(self.judge)
        self.judge = None


def _stop(judge: _Judge | None) -> None:
    if judge is not None:
        judge.stop()
