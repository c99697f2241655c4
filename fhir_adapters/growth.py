"""How far packed data may grow while it is unpacked. What it claims of its own size is not believed."""

from __future__ import annotations

from fhir_adapters.errors import FhirInputError

# FHIR packs ten to forty times smaller; what is small is let through whatever it grows to.
MOST_GROWTH = 200
SMALL = 256 << 20


class Growth:
    """Bytes of one packed file: `packed` of them, and those that were unpacked so far.

    `within`: of the archive that holds the file; what is packed twice counts there, too.
    """

    def __init__(self, code: str, name: str, packed: int = 0, within: Growth | None = None) -> None:
        self.packed = packed
        self._code, self._name, self._within = code, name, within
        self._unpacked = 0

    def count(self, size: int) -> None:
        """So many bytes more have been unpacked; raises FhirInputError beyond all reason."""
        self._unpacked += size
        if self._unpacked > max(SMALL, self.packed * MOST_GROWTH):
            text = f"unpacks to more than {MOST_GROWTH} times its size; unpack it yourself if it is sound"
            raise FhirInputError(self._code, text, self._name)
        if self._within is not None:
            self._within.count(size)
