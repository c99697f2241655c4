"""A table of FHIR resources (Delta, Parquet, anything that Spark reads) screened from a notebook or job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from api.errors import UserError
from api.population.doing import output_held, store_held, told_as_user_errors
from api.population.questions import asked_of, question_of
from api.population.screening import screen_store
from api.spark.cluster import on_cluster
from fhir_adapters.storing import ingest

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True, slots=True)
class Results:
    """One protocol's verdicts and findings, and whether records were lost whose patient is not known."""

    folder: Path
    verdicts: DataFrame
    findings: DataFrame
    marked: bool


def screen_frame(
    spark: SparkSession,
    frame: DataFrame,
    protocols: Sequence[Path | str],
    *,
    as_of: str,
    folder: Path | str,
    column: str = "value",
    parameters: Sequence[str] = (),
    value_sets: Sequence[Path | str] = (),
    zone: str = "UTC",
    complete: bool = False,
    no_notes: bool = False,
    keep_limits: bool = False,
) -> list[Results]:
    """Screen the FHIR resources in a column of JSON texts, one resource or bundle a row.

    `folder` is a path that this process and all executors share: the store and the results are kept in it.
    `keep_limits` keeps there what sweeps of limits need without the input (`limits.parquet`).
    Given again, the same frame changes nothing there; a later one is a further delivery. Raises UserError.
    """
    from pyspark.sql import functions as sql

    if column not in frame.columns:
        raise UserError("COLUMN_UNKNOWN", column, f"the frame has {', '.join(frame.columns)}")
    room = Path(folder).absolute()
    asked = asked_of(
        [Path(one) for one in protocols], as_of, parameters, [Path(one) for one in value_sets], (), no_notes
    )
    # A line each: within a text of JSON, ends of lines stand between its tokens only.
    texts = frame.select(sql.translate(sql.col(column), "\r\n", "  ").alias("value"))
    texts.write.mode("overwrite").text(f"file://{room / 'input'}")
    do = on_cluster(spark, {one: question_of(one) for one in asked})
    store, out = room / "store", room / "results"
    with told_as_user_errors(), store_held(store, shared=False):
        ingest(room / "input", store, zone=zone, complete=complete, do=do, partitions=None, progress=_untold)
    with told_as_user_errors(), output_held(out), store_held(store, shared=True):
        done = screen_store(
            store,
            asked,
            out,
            csv_findings=False,
            all_evidence=False,
            keep_limits=keep_limits,
            do=do,
            progress=_untold,
        )
    return [
        Results(
            one.out,
            spark.read.parquet(f"file://{one.out / 'verdicts.parquet'}"),
            spark.read.parquet(f"file://{one.out / 'findings.parquet'}"),
            one.marked,
        )
        for one in done
    ]


def _untold(what: str, done: int, of: int) -> None:
    """Spark shows how far its jobs are."""
