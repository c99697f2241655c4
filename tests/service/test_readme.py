"""The README's own commands, run as written against a real process."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.service.conftest import ROOT

pytestmark = pytest.mark.slow


def section() -> str:
    return (ROOT / "README.md").read_text().split("## Ask about one patient", 1)[1].split("\n## ", 1)[0]


def commands() -> list[str]:
    """The indented blocks of the section; the first is `make serve`."""
    return [block.strip("\n") for block in re.findall(r"(?:^    .*\n|^ {6,}.*\n)+", section(), re.MULTILINE)]


def recipe() -> list[str]:
    """What `make serve` runs, by the Makefile."""
    found = re.search(
        r"^serve:.*\n\t@\$\(BIN\)/eligibility (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    assert found
    return found[1].replace("$(or $(PORT),8765)", "PORT").split()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The service as `make serve` starts it, on a port and in a folder of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    words = [str(number) if word == "PORT" else word for word in recipe()]
    words[words.index("--folder") + 1] = str(tmp_path / "store")
    # The made-up study is a target of its own; tests/pages looks at it.
    del words[words.index("--demo") : words.index("--demo") + 2]
    log = tmp_path / "log"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", "from api.cli import main; main()", *words],
            cwd=ROOT,
            env=environment,
            stderr=stream,
        )
        try:
            _wait(number, process, log)
            yield number
        finally:
            process.terminate()
            process.wait(20)
    text = log.read_text()
    assert "DEVELOPER MODE" in text
    assert "Hazel" not in text


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())


def test_the_readme_does_what_it_says(port: int, tmp_path: Path) -> None:
    serve, screen, answer = commands()
    assert serve.strip() == "make serve"
    (tmp_path / "out").mkdir()
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")

    def run(text: str) -> str:
        own = re.sub(r"^    ", "", text, flags=re.MULTILINE).replace("localhost:8765", f"127.0.0.1:{port}")
        done = subprocess.run(
            ["bash", "-eu", "-c", own], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
        )
        return done.stdout

    (result,) = json.loads(run(screen))["results"]
    assert result["verdict"] == "needs-clinician-review"
    assert [q["key"] for q in result["questions"]] == ["q-b80933108dcd1190"]
    evidence = [
        one["resource"] for c in result["criteria"] for node in c["statements"] for one in node["evidence"]
    ]
    assert any(resource.startswith("Observation/") for resource in evidence)
    (after,) = json.loads(run(answer))["results"]
    assert (after["verdict"], after["questions"]) == ("pass", [])
    assert after["answers"][0]["answered_by"] == "patient, by telephone"


def test_without_access_control_it_listens_on_this_machine_only() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", "serve", "--host", "0.0.0.0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("LOOPBACK_ONLY")


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", port],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("ADDRESS_UNAVAILABLE")
