"""Zip archives say what the folder of their files says; what is damaged or monstrous is refused clearly."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from fhir_adapters import FhirInputError, archives, growth, read
from tests.fhir_adapters.records import bundle, condition, lines, observation, patient
from tests.fhir_adapters.showing import rows

FILES = {
    "bundles/one.json": bundle(patient("p1"), condition("c1", of="p1")),
    "bulk/Patient.ndjson": lines([patient("p2"), patient("p3")]),
    "bulk/Condition.ndjson.gz": gzip.compress(lines(condition(f"c{i}", of="p2") for i in range(2, 50))),
    "bulk/Observation.ndjson": lines(observation(f"o{i}", of="p3") for i in range(50)),
    "README.txt": b"Not FHIR.",
    "__MACOSX/bulk/._Patient.ndjson": b"\0\5\26\7",
}


def packed(path: Path, files: dict[str, bytes] = FILES, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("name", ["extract.zip", "extract"])
def test_an_archive_says_what_its_folder_says(tmp_path: Path, method: int, name: str) -> None:
    folder = tmp_path / "folder"
    for file, content in FILES.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    one = read(packed(tmp_path / name, method=method))
    other = read(folder)
    assert rows(one.facts, contacts=True) == rows(other.facts, contacts=True)
    assert one.lines == other.lines
    assert [file.path.partition("/")[2] for file in one.files] == [file.path for file in other.files]
    assert [file.sha256 for file in one.files] == [file.sha256 for file in other.files]


def test_an_archive_in_a_folder_is_read_too(tmp_path: Path) -> None:
    packed(tmp_path / "a.zip", {"c.ndjson": FILES["bulk/Observation.ndjson"]})
    (tmp_path / "p.ndjson").write_bytes(FILES["bulk/Patient.ndjson"])
    extract = read(tmp_path)
    assert extract.lines.accepted == 52
    assert [file.path for file in extract.files] == ["a.zip/c.ndjson", "p.ndjson"]


def test_a_refused_line_is_named_by_archive_file_and_line(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip", {"a/c.ndjson": lines([patient(), condition()]) + b'{"broken\n'})
    (reject,) = read(path).rejects
    assert reject.place() == "x.zip/a/c.ndjson:3"


@pytest.mark.parametrize(
    ("files", "code"),
    [({}, "EMPTY_INPUT"), ({".hidden": b"{}"}, "EMPTY_INPUT"), ({"a.txt": b"words"}, "NOT_FHIR")],
)
def test_an_archive_without_fhir_is_an_error(tmp_path: Path, files: dict[str, bytes], code: str) -> None:
    with pytest.raises(FhirInputError) as error:
        read(packed(tmp_path / "x.zip", files))
    assert error.value.code == code


def test_an_archive_that_grows_beyond_reason_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "SMALL", 1 << 20)
    path = packed(tmp_path / "x.zip", {"a.ndjson": b" " * (8 << 20) + lines([patient()])})
    with pytest.raises(FhirInputError, match="200 times") as error:
        read(path)
    assert error.value.code == "ZIP_TOO_LARGE"


@pytest.mark.parametrize("opening", [b"", b'{"resourceType": "Bundle", "entry": [', b"\n"])
def test_packed_data_that_grows_beyond_reason_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opening: bytes
) -> None:
    """Also where a document would be held whole, and in several members."""
    monkeypatch.setattr(growth, "SMALL", 1 << 20)
    path = tmp_path / "x.ndjson.gz"
    for content in (
        gzip.compress(opening + b" " * (16 << 20)),
        gzip.compress(opening) + gzip.compress(b" " * (512 << 10)) * 40,
    ):
        path.write_bytes(content)
        with pytest.raises(FhirInputError, match="200 times") as error:
            read(path)
        assert error.value.code == "GZIP_TOO_LARGE"


def test_what_is_packed_twice_grows_within_the_limit_of_its_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "SMALL", 1 << 20)
    line = lines([patient()])
    # Each of them grows a hundredfold, and packs well beside the others.
    once = gzip.compress(b"\n" * (100 * 1024) + line, compresslevel=1)
    path = packed(tmp_path / "x.zip", {f"{n}.ndjson.gz": once for n in range(100)})
    with pytest.raises(FhirInputError, match="200 times") as error:
        read(path)
    assert error.value.code == "ZIP_TOO_LARGE"


def test_packed_data_that_grows_as_fhir_does_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "SMALL", 1 << 20)
    path = tmp_path / "x.ndjson.gz"
    path.write_bytes(gzip.compress(lines([patient(), *(observation(f"o{n}") for n in range(20_000))])))
    assert read(path).rejects == []


def test_sizes_that_an_archive_claims_are_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "SMALL", 1 << 20)
    path = packed(tmp_path / "x.zip", {"a.ndjson": b" " * (8 << 20)})
    data = path.read_bytes()
    path.write_bytes(data.replace((8 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little")))
    extract = read_or_code(path)
    assert extract in ("ZIP_TOO_LARGE", "ZIP_DAMAGED", "NOT_FHIR")


def read_or_code(path: Path) -> str:
    try:
        return ",".join(reject.code for reject in read(path).rejects)
    except FhirInputError as error:
        return error.code


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_FILES", 3)
    with pytest.raises(FhirInputError) as error:
        read(packed(tmp_path / "x.zip"))
    assert error.value.code == "ZIP_TOO_LARGE"


def test_a_password_is_asked_for_in_words(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.zip", {"a.ndjson": lines([patient()])})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(FhirInputError, match="password") as error:
        read(path)
    assert error.value.code == "ZIP_ENCRYPTED"


@pytest.mark.parametrize("cut", [30, 200, -30])
def test_an_archive_that_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    path = packed(tmp_path / "x.zip")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FhirInputError) as error:
        read(path)
    assert error.value.code == "ZIP_INVALID"


def test_a_damaged_file_keeps_what_came_before(tmp_path: Path) -> None:
    content = lines(observation(f"o{i}") for i in range(20_000))
    path = packed(tmp_path / "x.zip", {"Observation.ndjson": content, "Patient.ndjson": lines([patient()])})
    data = bytearray(path.read_bytes())
    at = len(data) * 3 // 4
    data[at : at + 64] = bytes(64)
    path.write_bytes(data)
    extract = read(path)
    assert "ZIP_DAMAGED" in {reject.code for reject in extract.rejects}
    assert extract.lines.accepted > 1
    assert extract.facts.manifest.unattributed >= 1
