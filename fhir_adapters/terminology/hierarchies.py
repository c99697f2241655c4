"""What lies below a code: ICD-10-CM by its library, SNOMED CT and RxNorm from a licensed user's own files.

SNOMED CT: the relationship snapshot of a release in RF2 (`sct2_Relationship_Snapshot_*.txt`), active
"is a" rows (IHTSDO, Release File Specification). RxNorm: `RXNREL.RRF`; a product lies below its ingredients
by the relations of its documentation (NLM, RxNorm Technical Documentation, section 12). Nothing of them is
ever shipped or copied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
from numpy.typing import NDArray

from eligibility import icd_10_cm
from eligibility.codesystems import ICD_10_CM, RXNORM, SNOMED_CT
from fhir_adapters.terminology.errors import ValueSetError

_IS_A = "116680003"
# `CUI2 relation CUI1`: CUI2 is the more specific of the two.
_DOWN = (
    "has_ingredient", "has_ingredients", "has_precise_ingredient", "consists_of", "tradename_of", "isa",
    "contains", "form_of",
)  # fmt: skip


class _Graph:
    """Parents and children of codes as sorted pairs of int64."""

    def __init__(self, parent: NDArray[np.int64], child: NDArray[np.int64]) -> None:
        order = np.argsort(parent, kind="stable")
        self._parent, self._child = parent[order], child[order]

    def below(self, code: int) -> NDArray[np.int64]:
        """A code and everything below it, in order."""
        known = np.array([code], dtype=np.int64)
        edge = known
        while len(edge):
            first = np.searchsorted(self._parent, edge, side="left")
            last = np.searchsorted(self._parent, edge, side="right")
            rows = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])
            edge = np.setdiff1d(self._child[rows.astype(np.intp)], known)
            known = np.union1d(known, edge)
        return known

    def holds(self, code: int) -> bool:
        """Whether any row names the code."""
        at = int(np.searchsorted(self._parent, code))
        return (at < len(self._parent) and int(self._parent[at]) == code) or bool((self._child == code).any())


class Hierarchies:
    """The hierarchies that were supplied, by code system."""

    def __init__(self, files: Mapping[str, Path] | None = None) -> None:
        self._files = dict(files or {})
        self._graphs: dict[str, _Graph] = {}

    def descendants(self, system: str, code: str) -> dict[str, str] | None:
        """A code and all below it with displays where known; None where the hierarchy is not at hand.

        Raises ValueSetError for a code that the hierarchy does not hold.
        """
        if system == ICD_10_CM:
            return _icd_10_cm(code)
        if system not in self._files:
            return None
        if system not in self._graphs:
            self._graphs[system] = _READERS[system](self._files[system])
        graph = self._graphs[system]
        if not code.isdecimal() or len(code) > 18 or not graph.holds(int(code)):
            raise ValueSetError(
                "CODE_UNKNOWN", str(self._files[system]), f"{code} of {system} is not in this release"
            )
        return {str(one): "" for one in graph.below(int(code)).tolist()}


def hierarchy_of(file: Path) -> str | None:
    """The code system whose hierarchy a file holds, by its name."""
    if file.name.startswith(("sct2_Relationship_Snapshot", "xsct2_Relationship_Snapshot")):
        return SNOMED_CT
    return RXNORM if file.name == "RXNREL.RRF" else None


def _icd_10_cm(code: str) -> dict[str, str]:
    found = icd_10_cm.below(code)
    if found is None:
        raise ValueSetError("CODE_UNKNOWN", "ICD-10-CM", f"{code} is not a code of the ICD-10-CM library")
    return found


def _snomed(file: Path) -> _Graph:
    table = read_table(file, "\t", ["active", "sourceId", "destinationId", "typeId"], header=True)
    live = table.filter(pc.and_(pc.equal(table["active"], "1"), pc.equal(table["typeId"], _IS_A)))
    return _Graph(_numbers(live["destinationId"], file), _numbers(live["sourceId"], file))


def _rxnorm(file: Path) -> _Graph:
    table = read_table(file, "|", ["f0", "f4", "f7", "f10"], header=False)
    wanted = pc.and_(pc.is_in(table["f7"], value_set=pa.array(_DOWN)), pc.equal(table["f10"], "RXNORM"))
    both = pc.and_(pc.not_equal(table["f0"], ""), pc.not_equal(table["f4"], ""))
    live = table.filter(pc.and_(wanted, both))
    return _Graph(_numbers(live["f0"], file), _numbers(live["f4"], file))


def read_table(file: Path, delimiter: str, columns: list[str], header: bool) -> pa.Table:
    """Columns of a release file as words. Raises ValueSetError where it is not such a table."""
    try:
        return pc_csv.read_csv(
            file,
            read_options=pc_csv.ReadOptions(autogenerate_column_names=not header),
            parse_options=pc_csv.ParseOptions(delimiter=delimiter, quote_char=False),
            convert_options=pc_csv.ConvertOptions(
                include_columns=columns,
                column_types=dict.fromkeys(columns, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except (OSError, pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise ValueSetError("HIERARCHY_UNREADABLE", str(file), str(error)) from error


def _numbers(column: pa.ChunkedArray, file: Path) -> NDArray[np.int64]:
    try:
        found: NDArray[np.int64] = column.cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid as error:
        raise ValueSetError("HIERARCHY_UNREADABLE", str(file), str(error)) from error
    return found


_READERS: Mapping[str, Callable[[Path], _Graph]] = {SNOMED_CT: _snomed, RXNORM: _rxnorm}
