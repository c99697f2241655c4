"""Who does the tasks of a population: processes of this machine, or a Spark cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from api.errors import UserError

# The command line takes its choices from here: nothing heavy is loaded before a task is done.
if TYPE_CHECKING:
    from api.population.questions import Asked
    from fhir_adapters.storing.workers import Doing


class Engine(StrEnum):
    """What `--engine` may be."""

    PROCESSES = "processes"
    SPARK = "spark"


@dataclass(frozen=True, slots=True)
class Crew:
    """An engine with what was said of it: `workers` of processes, `master` of Spark."""

    engine: Engine = Engine.PROCESSES
    workers: int | None = None
    master: str = ""

    @property
    def processes(self) -> int:
        """How many processes of this machine may work at once."""
        from fhir_adapters.storing.workers import processors

        return self.workers or processors()

    def doing(self, asked: Sequence[Asked] = ()) -> Doing:
        """How tasks are done; `asked` is told to the executors of a cluster. Raises UserError."""
        if self.engine is Engine.PROCESSES:
            from fhir_adapters.storing.workers import processes

            if self.master:
                raise UserError("OPTION_OF_SPARK", "--master", "only --engine spark has a master")
            return processes(self.processes)
        if self.workers is not None:
            text = "a cluster has as many executors as its session says"
            raise UserError("OPTION_OF_PROCESSES", "--workers", text)
        from api.population.questions import question_of
        from api.spark import on_cluster, ready_session

        return on_cluster(ready_session(self.master), {one: question_of(one) for one in asked})
