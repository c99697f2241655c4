"""Tasks done by a Spark cluster, through `mapInArrow`: one partition of Spark's for each."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from api.errors import UserError
from api.loading import Question
from api.population.questions import Asked, know

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from fhir_adapters.storing.workers import Doing

T = TypeVar("T")
R = TypeVar("R")
_SCHEMA = "position long, answer binary"


def ready_session(master: str = "") -> SparkSession:
    """The session of this process, begun where there is none; `master` where it is not set elsewhere.

    Raises UserError where Spark is not installed, or cannot be begun.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        message = "Spark is not installed here: pip install 'eligibility[spark]'"
        raise UserError("SPARK_MISSING", "--engine", message) from None
    # Executors on this machine have to be of this environment.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("eligibility")
    if master:
        builder = builder.master(master)
    try:
        return builder.getOrCreate()
    except (PySparkException, OSError) as error:
        raise UserError("SPARK_UNAVAILABLE", "--engine", str(error).splitlines()[0]) from None


def on_cluster(spark: SparkSession, questions: Mapping[Asked, Question] | None = None) -> Doing:
    """Tasks done by the executors of a session, who know these questions without reading a protocol.

    Paths in tasks have to name the same folders on all machines.
    """
    known = dict(questions or {})

    def do(work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        if not tasks:
            return
        held = list(tasks)

        def done(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            know(known)
            for batch in batches:
                for position in batch.column(0).to_pylist():
                    answer = pickle.dumps(_answer(work, held[position]))
                    yield pa.RecordBatch.from_pydict(
                        {
                            "position": pa.array([position], pa.int64()),
                            "answer": pa.array([answer], pa.binary()),
                        }
                    )

        frame = spark.range(0, len(held), 1, numPartitions=len(held)).mapInArrow(done, _SCHEMA)
        rows: Iterable[Any] = frame.collect()
        for row in rows:
            answer, error = pickle.loads(row["answer"])
            if error is not None:
                raise error
            yield row["position"], answer

    return do


def _answer(work: Callable[[T], R], task: T) -> tuple[R | None, Exception | None]:
    """What a task gives, or what it raises: an error of ours keeps its code and place on its way back."""
    try:
        return work(task), None
    except Exception as error:  # noqa: BLE001 - raised where the tasks were handed out
        return None, error
