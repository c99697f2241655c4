"""The templates of the pages, and the files that these load."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment

from api.pages.wording import FILTERS
from api.templates import templates_of

ROOT = "/review"
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@cache
def environment() -> Environment:
    """The one environment of this process."""
    made = templates_of("api.pages")
    made.filters.update(FILTERS)
    made.globals.update(root=ROOT, static=static_address)
    return made


@cache
def static_files() -> dict[str, tuple[bytes, str]]:
    """Bytes and content type of the files that pages load, by name."""
    folder = files("api.pages") / "static"
    return {
        one.name: (one.read_bytes(), _TYPES[one.name.rpartition(".")[2]])
        for one in folder.iterdir()
        if one.name.rpartition(".")[2] in _TYPES
    }


def static_address(name: str) -> str:
    """Where a browser gets a file; another content has another address, so that it may be kept for ever."""
    return f"{ROOT}/static/{name}?v={sha256(static_files()[name][0]).hexdigest()[:12]}"
