"""What callers send to operations: a Parameters resource, read element by element.

A resource within it stays as the bytes that came, since it is read by the same door as any other record.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from api.errors import UserError
from api.service.sent import decode


class _Parameter(msgspec.Struct, forbid_unknown_fields=False):
    name: str = ""
    resource: msgspec.Raw = msgspec.Raw()
    part: list[_Parameter] = []
    valueString: str | None = None  # noqa: N815 - names of FHIR
    valueCode: str | None = None  # noqa: N815
    valueDate: str | None = None  # noqa: N815
    valueDateTime: str | None = None  # noqa: N815
    valueId: str | None = None  # noqa: N815
    valueBoolean: bool | None = None  # noqa: N815


class _Sent(msgspec.Struct):
    resourceType: str = ""  # noqa: N815
    parameter: list[_Parameter] = []


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters by name. Every getter raises UserError where a parameter is not what it should be."""

    _found: list[_Parameter]
    _place: str = "Parameters"

    def text(self, name: str) -> str | None:
        """A string, code, date or id; None where it is not given."""
        found = self.texts(name)
        if len(found) > 1:
            raise UserError("PARAMETER_INVALID", self._at(name), "given more than once")
        return found[0] if found else None

    def texts(self, name: str) -> list[str]:
        """The same where several are allowed."""
        told = []
        for one in self._named(name):
            values = [
                v
                for v in (one.valueString, one.valueCode, one.valueDate, one.valueDateTime, one.valueId)
                if v is not None
            ]
            if len(values) != 1:
                raise UserError("PARAMETER_INVALID", self._at(name), "expected one value that is text")
            told += values
        return told

    def flag(self, name: str) -> bool:
        """A boolean; False where it is not given."""
        found = self._named(name)
        if len(found) > 1 or any(one.valueBoolean is None for one in found):
            raise UserError("PARAMETER_INVALID", self._at(name), "expected one valueBoolean")
        return bool(found and found[0].valueBoolean)

    def resource(self, name: str) -> bytes | None:
        """The bytes of a resource; None where it is not given."""
        found = self._named(name)
        if len(found) > 1 or any(not bytes(one.resource) for one in found):
            raise UserError("PARAMETER_INVALID", self._at(name), "expected one resource")
        return bytes(found[0].resource) if found else None

    def parts(self, name: str) -> list[Parameters]:
        """The parts of every parameter of a name."""
        return [Parameters(one.part, self._at(name)) for one in self._named(name)]

    def known(self, *names: str) -> Parameters:
        """Itself; raises UserError for a parameter of another name, which would go unheard."""
        for number, one in enumerate(self._found):
            if one.name not in names:
                place = f"{self._place}.parameter[{number}].name"
                raise UserError("PARAMETER_UNKNOWN", place, f"expected one of {', '.join(names)}")
        return self

    def _named(self, name: str) -> list[_Parameter]:
        return [one for one in self._found if one.name == name]

    def _at(self, name: str) -> str:
        return f"{self._place}.parameter.where(name='{name}')"


def read_parameters(body: bytes) -> Parameters | None:
    """The Parameters of a body; None where it is another resource. Raises UserError for what is no JSON."""
    try:
        sent = decode(body, _Sent)
    except msgspec.ValidationError as error:
        if _type_of(body) != "Parameters":
            return None
        raise UserError("PARAMETER_INVALID", "Parameters", _expected(error)) from None
    return Parameters(sent.parameter) if sent.resourceType == "Parameters" else None


def _type_of(body: bytes) -> str:
    content = decode(body, object)
    return str(content.get("resourceType")) if isinstance(content, dict) else ""


def _expected(error: msgspec.ValidationError) -> str:
    """What was expected where; the text names types and places, never values."""
    return str(error)
