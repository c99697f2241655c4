"""What commands over populations share: who holds a folder, how far they are, and how faults are told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from api.errors import UserError
from api.going_on import tell_how_to_go_on
from api.outputs import prepare_folder
from eligibility.folder_lock import BusyError, held
from fhir_adapters import FhirInputError
from fhir_adapters.storing import StoreError, is_store

Progress = Callable[[str, int, int], None]


@contextmanager
def told_as_user_errors() -> Iterator[None]:
    """Faults of inputs, stores and disks, each in one line."""
    try:
        yield
    except FhirInputError as error:
        raise UserError(error.code, error.location, error.message) from error
    except StoreError as error:
        raise UserError(error.code, error.place, error.message) from error
    except OSError as error:
        place = str(error.filename or "")
        message = f"{error.strerror or error}; the same command goes on from here"
        raise UserError("OUTPUT_UNWRITABLE", place, message) from error


@contextmanager
def output_held(out: Path) -> Iterator[None]:
    """An output folder to oneself. Raises UserError where another run writes into it."""
    prepare_folder(out)
    try:
        with held(out):
            yield
    except BusyError:
        raise UserError("OUTPUT_BUSY", str(out), "another run is writing there") from None


@contextmanager
def store_held(store: Path, *, shared: bool) -> Iterator[None]:
    """A store to oneself, or with others who read. Raises UserError where it is being written."""
    if not shared:
        prepare_folder(store)
    try:
        with held(store, shared=shared):
            yield
    except BusyError:
        why = "it is being written" if shared else "somebody reads or writes it"
        raise UserError("STORE_BUSY", str(store), why) from None


@contextmanager
def store_read(source: str) -> Iterator[None]:
    """An input, which is not written meanwhile where it is a store."""
    with ExitStack() as stack:
        if source and is_store(source):
            stack.enter_context(store_held(Path(source), shared=True))
        yield


@contextmanager
def resumable() -> Iterator[None]:
    """Say how to go on where somebody interrupts."""
    try:
        yield
    except KeyboardInterrupt:
        tell_how_to_go_on("interrupted")
        raise SystemExit(130) from None


@contextmanager
def watched(quiet: bool) -> Iterator[Progress]:
    """A function that shows how far each step is and how long it will take; nothing where nobody watches."""
    if quiet or not sys.stderr.isatty():
        yield lambda what, done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        steps: dict[str, object] = {}

        def show(what: str, done: int, of: int) -> None:
            if what not in steps:
                # What an earlier run has done tells nothing of the pace of this one.
                steps[what] = bar.add_task(what, total=of, completed=done)
            bar.update(steps[what], completed=done, total=of)  # type: ignore[arg-type]

        yield show
