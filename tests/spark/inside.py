"""What the tests of Spark do, in one process with one session: commands, and a notebook's use.

Arguments: a folder to work in, an extract, a protocol, the day, Spark's master. Prints each command's status.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from api.cli import main
from api.spark import ready_session, screen_frame


def command(*words: object) -> int:
    sys.argv = ["eligibility", *map(str, words)]
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)


def run(folder: Path, extract: Path, protocol: Path, day: str, master: str) -> dict[str, object]:
    spark = ("--engine", "spark", "--master", master)
    question = ("--as-of", day, "--csv-findings")
    told: dict[str, object] = {
        "ingest": command("ingest", extract, "--into", folder / "store", "--partitions", 4, *spark),
        "screen": command("screen", protocol, folder / "store", *question, "--out", folder / "out", *spark),
        "extract": command("screen", protocol, extract, *question, "--out", folder / "refused", *spark),
        "missing": command("ingest", folder / "nowhere", "--into", folder / "none", *spark),
    }
    session = ready_session()
    frame = session.read.text(f"file://{extract}/*.ndjson")
    for _ in range(2):  # given again, it changes nothing
        (results,) = screen_frame(
            session, frame, [protocol], as_of=day, folder=folder / "frame", keep_limits=True
        )
    told["frame"] = [results.verdicts.count(), results.findings.count(), results.marked]
    told["limits"] = (results.folder / "limits.parquet").is_file()
    session.stop()
    return told


if __name__ == "__main__":
    paths = [Path(word) for word in sys.argv[1:4]]
    answer = run(*paths, *sys.argv[4:6])  # type: ignore[call-arg, arg-type]
    (paths[0] / "told.json").write_text(json.dumps(answer), "utf-8")
