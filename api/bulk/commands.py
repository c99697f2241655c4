"""The command `eligibility fetch`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.errors import UserError
from api.going_on import tell_how_to_go_on

if TYPE_CHECKING:
    import ssl

    from api.bulk.connection import Credential
    from api.bulk.exporting import Wanted
    from api.bulk.fetching import Fetched

_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_TYPE = re.compile(r"[A-Z][A-Za-z]{0,63}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# After these, the same command goes on.
_PASSING = {"BULK_UNREACHABLE", "EXPORT_SLOW", "DISK_FULL", "FOLDER_BUSY", "FILE_REFUSED", "BULK_CERTIFICATE"}


def fetch(
    server: Annotated[str, typer.Argument(help="Address of the FHIR server.", show_default=False)],
    into: Annotated[Path, typer.Option("--into", help="Folder for what is fetched.", show_default=False)],
    group: Annotated[str, typer.Option("--group", help="Id of a group of patients; else all patients.")] = "",
    system: Annotated[bool, typer.Option("--system", help="All that the server has.")] = False,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Type of resources; may be repeated; else all.")
    ] = None,
    protocol: Annotated[
        list[Path] | None,
        typer.Option("--protocol", help="Protocol whose types are wanted; may be repeated."),
    ] = None,
    since: Annotated[
        str, typer.Option("--since", help="Only what changed since, 2026-06-01T00:00:00Z.")
    ] = "",
    client: Annotated[str, typer.Option("--client", help="Name that the server knows this client by.")] = "",
    key: Annotated[Path | None, typer.Option("--key", help="Private key of this client (JWK).")] = None,
    tokens: Annotated[
        str, typer.Option("--tokens", help="Address of tokens; else the server is asked.")
    ] = "",
    scope: Annotated[str, typer.Option("--scope", help="What the tokens are for.")] = "system/*.rs",
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="File with a bearer token, in place of a key.")
    ] = None,
    ca: Annotated[
        Path | None, typer.Option("--ca", help="Certificates (PEM) to check the server's own with.")
    ] = None,
    files_at: Annotated[
        list[str] | None,
        typer.Option("--files-at", help="Another address that files, and the token, may be asked at."),
    ] = None,
    hours: Annotated[float, typer.Option("--hours", min=0, help="How long the server may take.")] = 24.0,
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=32, help="Files at a time.")] = 4,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the export at the server.")] = False,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Have the server drop an export begun here.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Fetch an extract from a FHIR server (Bulk Data export); the same command goes on after any end."""
    from api.bulk import fetching
    from api.bulk.addresses import Reach
    from api.bulk.connection import Server
    from api.bulk.types import types_of
    from api.bulk.watching import watching
    from api.outputs import print_json

    reach = Reach(server, tuple(files_at or ()))
    wanted = _wanted(group, system, [*(types or ()), *types_of(protocol or [])], since)
    trust = _trust(ca)
    talk = Server(reach, trust, _credential(reach, trust, client, key, tokens, scope, token_file))
    try:
        if cancel:
            dropped = fetching.cancel(talk, wanted, into)
            typer.echo(
                "the server dropped the export" if dropped else "the server did not say that it dropped it"
            )
            raise typer.Exit(0 if dropped else 1)
        with watching(quiet=json) as watch:
            found = fetching.fetch(talk, wanted, into, hours, at_once, keep, watch)
    except KeyboardInterrupt:
        talk.stop()
        tell_how_to_go_on("interrupted")
        raise typer.Exit(130) from None
    except UserError as error:
        if error.code in _PASSING:
            tell_how_to_go_on()
        raise
    finally:
        talk.close()
    content = _told(found, into)
    if json:
        print_json(sys.stdout, content)
    else:
        _print(content)
    raise typer.Exit(1 if content["short"] or content["errors"] else 0)


def _wanted(group: str, system: bool, types: list[str], since: str) -> Wanted:
    from api.bulk.exporting import Wanted

    if group and not _ID.fullmatch(group):
        raise UserError("OPTION_INVALID", "--group", "expected the id of a group")
    if group and system:
        raise UserError("OPTION_INVALID", "--system", "a group and all of the server exclude each other")
    if since and not _INSTANT.fullmatch(since):
        raise UserError("OPTION_INVALID", "--since", "expected an instant such as 2026-06-01T00:00:00Z")
    for one in types:
        if not _TYPE.fullmatch(one):
            raise UserError("OPTION_INVALID", "--type", f"{one!r} is no type of resources")
    return Wanted(group, system, tuple(dict.fromkeys(types)), since)


def _trust(ca: Path | None) -> ssl.SSLContext | bool:
    import ssl

    if ca is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError):
        raise UserError("OPTION_INVALID", "--ca", "expected a file of certificates (PEM)") from None


def _credential(
    reach: Any,
    trust: ssl.SSLContext | bool,
    client: str,
    key: Path | None,
    tokens: str,
    scope: str,
    file: Path | None,
) -> Credential | None:
    from api.backend_service import BackendService, KeyUnfitError, private_key
    from api.bulk.discovery import GivenToken, token_address

    if file is not None:
        if client or key is not None:
            raise UserError("OPTION_INVALID", "--token-file", "a token and a key exclude each other")
        return GivenToken.of(file)
    if not client and key is None:
        return None
    if not client or key is None:
        raise UserError("OPTION_INVALID", "--client", "a client's name and its key belong together")
    try:
        private = private_key(key)
    except KeyUnfitError as error:
        raise UserError("OPTION_INVALID", "--key", str(error)) from None
    return BackendService(client, private, token_address(reach, trust, tokens), scope, trust)


def _told(found: Fetched, into: Path) -> dict[str, Any]:
    rooms = {room: found.of(room) for room in ("data", "errors", "deleted")}
    lines = {room: sum(one.lines or 0 for one in pieces) for room, pieces in rooms.items()}
    return {
        "folder": str(into / "data"),
        "transaction_time": found.state.transaction_time,
        "files": len(rooms["data"]),
        "bytes": sum(one.bytes or 0 for one in rooms["data"]),
        "resources": lines["data"],
        "errors": lines["errors"],
        "deleted": lines["deleted"],
        "short": [{"file": one.path, "lines": one.lines, "said": one.count} for one in found.short],
        "deleted_at_server": found.state.deleted_at_server,
    }


def _print(told: dict[str, Any]) -> None:
    beside = Path(told["folder"]).parent
    typer.echo(f"{told['resources']:,} resources in {told['files']:,} files: {told['folder']}")
    typer.echo(f"as of {told['transaction_time']} (what changes from then on: --since)")
    if told["deleted"]:
        typer.echo(f"{told['deleted']:,} bundles tell of what was deleted: {beside / 'deleted'}")
    if told["errors"]:
        typer.echo(f"the server told of {told['errors']:,} faults of its own: {beside / 'errors'}")
    for one in told["short"]:
        typer.echo(f"{one['file']} has {one['lines']} resources; the server said {one['said']}")
    if not told["deleted_at_server"]:
        typer.echo("the export was left at the server")
