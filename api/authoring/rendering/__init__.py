"""`eligibility render`: a protocol for people who do not read our language, as text or as a checklist."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from api.authoring.rendering import markdown, page
from api.authoring.rendering.reading import Reading, read_protocol

_FORMS: dict[tuple[str, bool], Callable[[Reading], str]] = {
    ("markdown", False): markdown.markdown,
    ("markdown", True): markdown.checklist_markdown,
    ("html", False): page.html,
    ("html", True): page.checklist_html,
}


def render(path: Path, form: str, checklist: bool) -> str:
    """A protocol as `markdown` or `html`. Raises UserError where it does not compile."""
    return _FORMS[form, checklist](read_protocol(path))
