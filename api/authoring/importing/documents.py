"""Documents to import: JSON or YAML, read part by part, every fault with the place where it stands.

YAML is read as text only: no value turns into a date or a truth because of how it looks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from api.errors import UserError

_LARGEST = 20_000_000  # bytes
_LONGEST_NUMBER = 30  # digits
_MOST_PARTS = 200_000
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a document and where it stands: `group.json#characteristic[2].code`."""

    value: Any
    file: str
    path: str = ""

    @property
    def place(self) -> str:
        return f"{self.file}#{self.path}" if self.path else self.file

    def fault(self, message: str) -> UserError:
        return UserError("IMPORT_INVALID", self.place, message)

    def __contains__(self, key: str) -> bool:
        """Whether the mapping says anything under this key."""
        return isinstance(self.value, Mapping) and self.value.get(key) not in (None, "", [], {})

    def get(self, key: str) -> Part:
        """What stands under a key; a part of None where nothing does."""
        found = self.mapping().get(key)
        return Part(found, self.file, f"{self.path}.{key}" if self.path else key)

    def mapping(self) -> Mapping[str, Any]:
        if self.value is None:
            return {}
        if not isinstance(self.value, Mapping):
            raise self.fault(f"an object is expected, and this is {_named(self.value)}")
        return self.value

    def fields(self) -> Iterator[tuple[str, Part]]:
        for key in self.mapping():
            yield str(key), self.get(key)

    def each(self) -> list[Part]:
        """The members of a list; of nothing none, of a single object itself."""
        if self.value is None:
            return []
        if isinstance(self.value, Mapping):
            return [self]
        if not isinstance(self.value, list):
            raise self.fault(f"a list is expected, and this is {_named(self.value)}")
        return [Part(one, self.file, f"{self.path}[{i}]") for i, one in enumerate(self.value)]

    def text(self) -> str:
        """Words, or a number as it is written; "" where nothing is said."""
        if self.value is None:
            return ""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        if isinstance(self.value, Decimal):
            return format(self.value, "f")
        if isinstance(self.value, int | str):
            return str(self.value).strip()
        raise self.fault(f"text is expected, and this is {_named(self.value)}")

    def whole(self) -> int:
        """A whole number. Raises UserError where it is none."""
        try:
            return int(self.text())
        except ValueError:
            raise self.fault(f"a whole number is expected, and this is `{self.text()[:40]}`") from None

    def number(self) -> str:
        """A number as a protocol writes it: digits and a point. Raises UserError where it is none."""
        try:
            number = Decimal(self.text())
        except InvalidOperation:
            raise self.fault(f"a number is expected, and this is `{self.text()[:40]}`") from None
        if not number.is_finite() or abs(number.adjusted()) > _LONGEST_NUMBER:
            raise self.fault("no number that a protocol could hold")
        return format(number, "f")

    def yes(self) -> bool:
        """Whether it is true; nothing said is not."""
        return self.text().lower() == "true"


def read_document(path: Path, yaml_too: bool = False) -> Part:
    """A document as its whole. Raises UserError with line and column where it is not well-formed."""
    if not path.is_file():
        raise UserError("IMPORT_MISSING", str(path), "no such file")
    try:
        if path.stat().st_size > _LARGEST:
            raise UserError("IMPORT_INVALID", str(path), f"larger than {_LARGEST // 1_000_000} MB")
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError("IMPORT_UNREADABLE", str(path), str(error)) from error
    try:
        value = _yaml(text) if yaml_too and not text.lstrip().startswith("{") else _json(text)
    except json.JSONDecodeError as error:
        place = f"{path.name}:{error.lineno}:{error.colno}"
        raise UserError("IMPORT_INVALID", place, f"not well-formed JSON: {error.msg}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{path.name}:{mark.line + 1}:{mark.column + 1}" if mark else path.name
        raise UserError("IMPORT_INVALID", place, f"not well-formed YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise UserError("IMPORT_INVALID", path.name, f"not well-formed YAML: {error}") from None
    except ValueError as error:
        raise UserError("IMPORT_INVALID", path.name, str(error)) from None
    except RecursionError:
        raise UserError("IMPORT_INVALID", path.name, "nested too deeply") from None
    whole = Part(value, path.name)
    _bounded(whole)
    if not isinstance(value, Mapping):
        raise whole.fault(f"an object is expected, and this is {_named(value)}")
    return whole


def _json(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_constant=_refused, object_pairs_hook=_once_each)


def _refused(word: str) -> Any:
    raise ValueError(f"`{word}` is no number")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, no key of which may hide an earlier one."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"`{key[:40]}` stands twice in one object")
        found[key] = value
    return found


class _Texts(yaml.BaseLoader):  # type: ignore[misc]  # yaml has no types
    """YAML whose scalars are all text, whose keys stand once, and which has no tags of its own."""

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Any, Any]:
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, _ in node.value:
                if key.value in seen and isinstance(key, yaml.ScalarNode):
                    message = f"`{str(key.value)[:40]}` stands twice in one mapping"
                    raise yaml.constructor.ConstructorError(problem=message, problem_mark=key.start_mark)
                seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
        found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return found


def _tagged(loader: _Texts, suffix: str, node: yaml.Node) -> Any:
    message = f"`!{suffix}` is a tag unless it stands in quotation marks"
    raise yaml.constructor.ConstructorError(problem=message, problem_mark=node.start_mark)


_Texts.add_multi_constructor("!", _tagged)


def _yaml(text: str) -> Any:
    return yaml.load(text, Loader=_Texts)


def _bounded(whole: Part) -> None:
    """Aliases of YAML can stand for more than any file holds, or for themselves."""
    waiting: list[tuple[Any, int]] = [(whole.value, 0)]
    seen = 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if seen > _MOST_PARTS or depth > _DEEPEST:
            raise whole.fault("it holds too many parts, or nests too deeply")
        if isinstance(value, Mapping):
            waiting += [(one, depth + 1) for one in value.values()]
        elif isinstance(value, list):
            waiting += [(one, depth + 1) for one in value]


def _named(value: object) -> str:
    match value:
        case Mapping():
            return "an object"
        case list():
            return "a list"
        case str():
            return "text"
        case bool():
            return "a truth value"
        case int() | Decimal():
            return "a number"
    return "nothing"
