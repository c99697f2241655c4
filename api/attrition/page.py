"""An attrition report as one page of HTML that needs nothing else: no script, no request, no other file."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from api.attrition.cells import number, size
from api.attrition.charts import bar, curve, flow
from api.attrition.terminal_changes import in_words
from api.outputs import write_text
from api.templates import templates_of

Content = dict[str, Any]


def write_page(path: Path, content: Content) -> None:
    """Write what `content` and `what_if` made; raises UserError where the file cannot be written."""
    write_text(path, page(content))


def page(content: Content) -> str:
    """The page. All that a protocol or a record says is escaped."""
    return (
        _environment()
        .get_template("report.html")
        .render(report=content, style=Markup(_style()), named_verdicts=_VERDICTS)
    )


_VERDICTS = {"pass": "pass", "needs-clinician-review": "for review", "fail": "fail"}


@cache
def _style() -> str:
    return (files("api.attrition") / "templates" / "report.css").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    made = templates_of("api.attrition")
    made.filters.update(number=number, size=size, in_words=in_words)
    made.globals.update(bar=bar, curve=curve, flow=flow)
    return made
