"""The commands for authors of protocols, beside those that judge patients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def fmt(
    files: Annotated[list[Path], typer.Argument(help="Protocols and libraries (.elig).", show_default=False)],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; status 1 where a file would change.")
    ] = False,
) -> None:
    """Bring texts into their one canonical form; what they mean stays the same."""
    from api.authoring.formatting import format_files

    changed = format_files(files, write=not check)
    raise typer.Exit(1 if check and changed else 0)


def register(app: typer.Typer) -> None:
    """Add the authors' commands to the command line."""
    app.command()(fmt)
