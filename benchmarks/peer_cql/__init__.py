"""cql-execution beside us: CMS122 in CQL, judged in a process of node's own.

Its packages are installed once from a lock, into the user's cache under the lock's hash. `PeerError` says why
that cannot be done (no node, no network) or what went wrong in it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import platformdirs

FOLDER = Path(__file__).parent
MEASURE = FOLDER / "measure.cql"
_LOCK = FOLDER / "package-lock.json"
_MADE = ".made"
# Megabytes for what is soon forgotten: with node's own choice a tenth more goes into collecting it.
_YOUNG = "--max-semi-space-size=64"


class PeerError(Exception):
    """The peer could not be made, or did not answer."""


class Judged(NamedTuple):
    """Initial population, denominator, exclusion and numerator of each patient, and the seconds it took."""

    found: Mapping[str, tuple[int, ...]]
    wall: float
    processor: float


def value_sets_used() -> set[str]:
    """Addresses of the value sets that the measure names."""
    return set(re.findall(r"^valueset \"[^\"]+\": '([^']+)'$", MEASURE.read_text("utf-8"), re.MULTILINE))


def judge(value_sets: Path, bundles: Path, at_once: int) -> Judged:
    """Judge bundles, one a line, so many at a time. `value_sets`: JSON as its code service reads it."""
    script = _made() / "judge.mjs"
    words = ["node", _YOUNG, str(script), str(MEASURE), str(value_sets), str(bundles), str(at_once)]
    answer = json.loads(_run(words, script.parent))
    found = {name: tuple(counts) for name, counts in answer["found"].items()}
    return Judged(found, answer["wall"], answer["processor"])


def _made() -> Path:
    """The folder with the script and its packages, made if it is not there."""
    content = _LOCK.read_bytes() + (FOLDER / "judge.mjs").read_bytes()
    folder = Path(
        platformdirs.user_cache_dir("eligibility"), f"peer-cql-{hashlib.sha256(content).hexdigest()[:12]}"
    )
    if not (folder / _MADE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json", "judge.mjs"):
            shutil.copyfile(FOLDER / name, folder / name)
        _run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], folder)
        (folder / _MADE).touch()
    return folder


def _run(words: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise PeerError(f"{words[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise PeerError(f"{words[0]} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout
