"""A private PostgreSQL server for tests: its own port, folder and user, gone when nobody uses it.

Programs: those beside a `pg_ctl` on the PATH, else Debian's in /usr/lib/postgresql; as root, Debian's
package is installed where there is none. Otherwise the one line of `MissingError` says what to install: a
test is never left out for it. The server refuses to run as root, so root runs it as a user of its own.

One server serves all workers of a test run. A keeper process starts it, watches the workers, and stops it
and removes its folder when the last one is gone, however it went.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

USER = "eligibility-tests"
# Several workers may come to it at once: the later ones wait.
_INSTALL = [
    "apt-get",
    "-o",
    "DPkg::Lock::Timeout=600",
    "install",
    "-y",
    "-q",
    "--no-install-recommends",
    "postgresql",
]


class MissingError(RuntimeError):
    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL is missing: run `apt-get install postgresql` (Debian), or put pg_ctl on the PATH"
        )


def programs(
    path: str | None = None, debian: Path = Path("/usr/lib/postgresql"), may_install: bool | None = None
) -> Path:
    """The folder that holds initdb, pg_ctl and postgres; raises MissingError."""
    found = _installed(path, debian)
    if found is None and (os.geteuid() == 0 if may_install is None else may_install):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-q"], _INSTALL):
            # A failed update may still leave lists that are good enough; what counts is what is there.
            with contextlib.suppress(OSError):
                subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL)
        found = _installed(path, debian)
    if found is None:
        raise MissingError
    return found


def _installed(path: str | None, debian: Path) -> Path | None:
    on_path = shutil.which("pg_ctl", path=path)
    folders = sorted(debian.glob("*/bin"), key=lambda f: _number(f.parent.name), reverse=True)
    candidates = [Path(on_path).resolve().parent] if on_path else []
    for folder in (*candidates, *folders):
        if all((folder / name).exists() for name in ("pg_ctl", "initdb", "postgres")):
            return folder
    return None


def _number(version: str) -> float:
    try:
        return float(version)
    except ValueError:
        return 0.0


def _as_user() -> list[str]:
    """What a command is led by so that the server's user runs it; as root that user is made."""
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam(USER)
    except KeyError:
        home = ["--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
        # Two workers may try at once: what counts is that the user is there.
        subprocess.run(["useradd", "--system", *home, USER], check=False, capture_output=True)
    user = pwd.getpwnam(USER)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `folder` holds its data, its log and its socket."""

    folder: Path
    port: int
    bin: Path

    @property
    def address(self) -> str:
        return f"postgresql://tests@127.0.0.1:{self.port}"

    def database(self, name: str) -> str:
        return f"{self.address}/{name}"

    def start(self) -> None:
        self._control("start", "-l", str(self.folder / "log"), "-t", "60")

    def stop(self, mode: str = "fast") -> None:
        """`immediate` is what a power cut is to the server: nothing is finished, nothing written."""
        self._control("stop", "-m", mode)

    def _control(self, *words: str) -> None:
        subprocess.run(
            [*_as_user(), str(self.bin / "pg_ctl"), "-D", str(self.folder / "data"), "-w", "-s", *words],
            check=True,
            stdin=subprocess.DEVNULL,
            # The server would inherit pipes and hold them open.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
        )


def make(folder: Path, durable: bool = False) -> Server:
    """Make and start a server in an empty folder; without `durable` it trusts the operating system."""
    found = programs()
    lead = _as_user()
    folder.mkdir(parents=True, exist_ok=True)
    if lead:
        shutil.chown(folder, USER)
        folder.chmod(0o711)
    data = folder / "data"
    words = ["-D", str(data), "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C"]
    if not durable:
        words.append("--no-sync")
    subprocess.run(
        [*lead, str(found / "initdb"), *words],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    server = Server(folder, _free_port(), found)
    settings = [
        "listen_addresses = '127.0.0.1'",
        f"port = {server.port}",
        # A path of more than a hundred characters is none that a socket can have.
        f"unix_socket_directories = '{folder}'" if len(str(folder)) < 80 else "unix_socket_directories = ''",
        "max_connections = 200",
        "shared_buffers = 32MB",
        "autovacuum_naptime = 600",
    ]
    if not durable:
        settings += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
    with (data / "postgresql.conf").open("a") as file:
        file.write("\n".join(settings) + "\n")
    server.start()
    return server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def private(durable: bool = True) -> Iterator[Server]:
    """A server for one test alone, which may kill it."""
    folder = Path(tempfile.mkdtemp(prefix="eligibility-pg-"))
    try:
        server = make(folder, durable)
        try:
            yield server
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shared(run: str) -> Server:
    """The server of a test run, started by whichever worker comes first. `run` names the run."""
    home = Path(tempfile.gettempdir()) / f"eligibility-pg-{os.geteuid()}-{run}"
    home.mkdir(mode=0o711, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (home / f"worker-{os.getpid()}").touch()
        if not (home / "port").exists():
            _start_keeper(home)
        return Server(home / "server", int((home / "port").read_text()), programs())


def _start_keeper(home: Path) -> None:
    programs()  # what is missing is said here, where it is heard
    told = (home / "keeper.log").open("w")
    keeper = subprocess.Popen(
        [sys.executable, str(Path(__file__).resolve()), str(home)],
        stdin=subprocess.DEVNULL,
        stdout=told,
        stderr=told,
        start_new_session=True,
    )
    told.close()
    while not (home / "port").exists():
        if keeper.poll() is not None:
            raise RuntimeError("the server did not start:\n" + (home / "keeper.log").read_text())
        time.sleep(0.05)
    # It outlives this process on purpose; nobody is to wait for it.
    keeper.returncode = 0


def _keep(home: Path) -> None:
    """Run the server until no worker is left, then take everything away."""
    server = make(home / "server")
    try:
        (home / "port.new").write_text(str(server.port))
        (home / "port.new").rename(home / "port")
        while True:
            time.sleep(0.5)
            with (home / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not any(map(_alive, home.glob("worker-*"))):
                    (home / "port").unlink()
                    break
    finally:
        server.stop("immediate")
        shutil.rmtree(home, ignore_errors=True)


def _alive(worker: Path) -> bool:
    number = worker.name.partition("-")[2]
    try:
        # A worker that ended and was not waited for yet is gone, too.
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
