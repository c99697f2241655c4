"""Extracts that runs may read: what lies under folders that the settings name, and nothing else.

A request names a folder by the name the settings give it and what lies under it, never a path of the
machine. A name that climbs out, and a link anywhere below the folder, are refused, since a link could lead
out of it. Which site's patients a folder holds is the settings' word: no other site can name it.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from api.errors import UserError
from api.service.settings import ServiceSettings, setting_name


@dataclass(frozen=True, slots=True)
class Found:
    """An extract that may be read: a file or a folder, and the length of all that is in it."""

    path: Path
    bytes: int


def find_extract(settings: ServiceSettings, site: str, name: str) -> Found:
    """The extract of a site by `FOLDER` or `FOLDER/…`; raises UserError."""
    first, slash, rest = name.partition("/")
    root = settings.extracts.get(site, {}).get(first)
    if root is None:
        known = f"of the folders that {setting_name('extracts')} names for this site"
        raise UserError("EXTRACT_UNKNOWN", "extract", f"its first part is none {known}")
    parts = rest.split("/") if slash else []
    if any(not _plain(part) for part in parts):
        raise UserError("EXTRACT_NAME", "extract", "expected FOLDER or FOLDER/NAME/NAME, names without dots")
    path = Path(os.path.realpath(root))
    for part in parts:
        path = path / part
        _kind(path)
    length = _length(path)
    if length > settings.extract_bytes:
        limit = f"the {settings.extract_bytes} bytes that are read ({setting_name('extract_bytes')})"
        raise UserError("EXTRACT_TOO_LARGE", "extract", f"longer than {limit}")
    return Found(path, length)


def _plain(part: str) -> bool:
    return bool(part) and not part.startswith(".") and "\\" not in part and part.isprintable()


def _kind(path: Path) -> os.stat_result:
    """What a path is, if it is a file or a folder and no link."""
    try:
        told = path.lstat()
    except (OSError, ValueError):
        raise UserError("EXTRACT_UNKNOWN", "extract", "no file or folder of this name") from None
    if not (stat.S_ISREG(told.st_mode) or stat.S_ISDIR(told.st_mode)):
        raise UserError("EXTRACT_REFUSED", "extract", "a link, or neither file nor folder, is in it")
    return told


def _length(path: Path) -> int:
    """Bytes of a file, or of all files of a folder, none of which may be a link."""
    told = _kind(path)
    if stat.S_ISREG(told.st_mode):
        return told.st_size

    def unreadable(_: OSError) -> None:
        raise UserError("NOT_READABLE", "extract", "a folder in it cannot be read")

    total = 0
    for folder, folders, files in os.walk(path, onerror=unreadable, followlinks=False):
        for name in (*folders, *files):
            if not name.startswith("."):
                told = _kind(Path(folder) / name)
                total += told.st_size if stat.S_ISREG(told.st_mode) else 0
        folders[:] = [name for name in folders if not name.startswith(".")]
    return total
