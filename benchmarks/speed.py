"""`python -m benchmarks.speed`: all ratios as a table and as `benchmarks/speed.json`.

`--only` runs one part, `--small` runs on little data (to see that it works: small ratios mean nothing,
so nothing is written then). The exit status tells whether all targets hold; a part that could not be
run says so and does not hold.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import bundling, cohort, compiling, extracting, judging, measuring, noting, serving, starting
from benchmarks.ratios import NotRunError, Ratio

PARTS: dict[str, Callable[[bool], list[Ratio]]] = {
    "extract": extracting.measure,
    "judge": judging.measure,
    "measure": measuring.measure,
    "cohort": cohort.measure,
    "bundle": bundling.measure,
    "service": serving.measure,
    "help": starting.measure,
    "compile": compiling.measure,
    "notes": noting.measure,
    "scaling": noting.scaling,
}
OUTPUT = Path(__file__).with_name("speed.json")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--only", choices=tuple(PARTS), help="run one part")
    parser.add_argument("--small", action="store_true", help="little data; writes nothing")
    chosen = parser.parse_args(arguments)
    ratios: list[Ratio] = []
    not_run = False
    for name, measure in PARTS.items():
        if chosen.only in (None, name):
            try:
                found = measure(chosen.small)
            except NotRunError as reason:
                print(f"{'-':>8}  {'':<13} NOT RUN {name}: {reason}", flush=True)
                not_run = True
                continue
            ratios.extend(found)
            for ratio in found:
                print(_line(ratio), flush=True)
    if not chosen.small:
        _write(ratios, whole=chosen.only is None)
    if not_run:
        return 1
    return 0 if chosen.small or all(ratio.holds for ratio in ratios) else 1


def _line(ratio: Ratio) -> str:
    mark = "holds" if ratio.holds else "MISSED"
    head = f"{ratio.ratio:8.2f}  {ratio.target:<13} {mark:<7} {ratio.name}"
    return f"{head}\n{'':32}to {ratio.baseline}: {ratio.note}"


def _write(ratios: list[Ratio], *, whole: bool) -> None:
    """Write what was measured; a single part takes the place of its lines and leaves the others."""
    held: list[dict[str, object]] = []
    if not whole and OUTPUT.exists():
        fresh = {ratio.baseline for ratio in ratios}
        held = [line for line in json.loads(OUTPUT.read_text("utf-8")) if line["baseline"] not in fresh]
    lines = held + [ratio.as_dict() for ratio in ratios]
    OUTPUT.write_text(json.dumps(lines, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
