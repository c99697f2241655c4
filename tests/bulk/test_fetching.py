"""Fetching an extract: the pattern of Bulk Data, faults that pass and that do not, whom the token reaches."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.backend_service import BackendService
from api.bulk import fetching
from api.bulk.addresses import Reach
from api.bulk.connection import Server
from api.bulk.discovery import GivenToken, token_address
from api.bulk.exporting import Wanted
from api.bulk.watching import Unwatched
from api.errors import UserError
from fhir_adapters import read
from tests.bulk.server import CLIENT, Bulk, cut, lines, redirect, serving, status
from tests.service.access.test_fetching import certificate

PATIENTS = Wanted()
COMMAND = (sys.executable, "-c", "from api.cli import main; main()")


@pytest.fixture
def bulk() -> Iterator[Bulk]:
    with serving() as server:
        yield server


class Asking:
    """A client of one server that does not really wait."""

    def __init__(self, bulk: Bulk, credential=None, files_at: tuple[str, ...] = ()) -> None:  # type: ignore[no-untyped-def]
        self.pauses: list[float] = []
        self._given = (Reach(bulk.address, files_at), True, credential, self.pauses.append)

    def fetch(self, folder: Path, wanted: Wanted = PATIENTS, keep: bool = False) -> fetching.Fetched:
        server = Server(*self._given)
        try:
            return fetching.fetch(server, wanted, folder, 24.0, 2, keep, Unwatched())
        finally:
            server.close()


def held(folder: Path, room: str = "data") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / room).glob("*"))}


def whole(bulk: Bulk) -> dict[str, bytes]:
    """What the folder of a finished fetch has to hold."""
    return dict(
        sorted((f"{n.split('-')[0]}.{i:04}.ndjson", c) for i, (n, c) in enumerate(bulk.files.items()))
    )


def test_an_export_is_asked_for_waited_for_brought_and_deleted(bulk: Bulk, tmp_path: Path) -> None:
    asking = Asking(bulk)
    found = asking.fetch(
        tmp_path / "x", Wanted(types=("Patient", "Observation"), since="2026-01-01T00:00:00Z")
    )
    assert held(tmp_path / "x") == whole(bulk)
    assert found.short == []
    assert bulk.asked[0][1].startswith("/Patient/$export?")
    assert "_type=Observation,Patient" in bulk.asked[0][1]
    assert "_since=2026-01-01T00:00:00Z" in bulk.asked[0][1]
    assert asking.pauses == [3.0, 3.0]
    assert bulk.asked[-1] == ("DELETE", "/jobs/1")
    assert {one["type"] for one in json.loads((tmp_path / "x" / "fetch.json").read_bytes())["pieces"]} == {
        "Patient",
        "Observation",
        "Condition",
    }


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        (Wanted(group="g-1"), "/Group/g-1/$export"),
        (Wanted(whole_system=True), "/$export"),
        (PATIENTS, "/Patient/$export"),
    ],
)
def test_the_level_of_an_export(bulk: Bulk, tmp_path: Path, wanted: Wanted, path: str) -> None:
    Asking(bulk).fetch(tmp_path, wanted)
    assert bulk.asked[0][1].partition("?")[0] == path


def test_the_same_call_again_asks_for_nothing(bulk: Bulk, tmp_path: Path) -> None:
    Asking(bulk).fetch(tmp_path)
    before = len(bulk.asked)
    assert Asking(bulk).fetch(tmp_path).state.is_done
    assert len(bulk.asked) == before


def test_another_export_does_not_mix_in(bulk: Bulk, tmp_path: Path) -> None:
    Asking(bulk).fetch(tmp_path)
    with pytest.raises(UserError) as caught:
        Asking(bulk).fetch(tmp_path, Wanted(group="g-1"))
    assert caught.value.code == "FETCH_OTHER"
    (tmp_path / "y").mkdir()
    (tmp_path / "y" / "mine.txt").write_text("x")
    with pytest.raises(UserError) as caught:
        Asking(bulk).fetch(tmp_path / "y")
    assert caught.value.code == "FOLDER_NOT_EMPTY"


def test_a_state_that_was_being_written_is_no_other_content(bulk: Bulk, tmp_path: Path) -> None:
    (tmp_path / "fetch.json.123.part").write_bytes(b"{")
    Asking(bulk).fetch(tmp_path)
    assert held(tmp_path) == whole(bulk)


def test_a_folder_has_one_fetch_at_a_time(bulk: Bulk, tmp_path: Path) -> None:
    with fetching.Folder(tmp_path).held(), pytest.raises(UserError) as caught:
        Asking(bulk).fetch(tmp_path)
    assert caught.value.code == "FOLDER_BUSY"


def test_what_passes_is_tried_again_and_waits_as_the_server_says(bulk: Bulk, tmp_path: Path) -> None:
    bulk.faults = {
        "/Patient/$export": [status(503, Retry_After="7")],
        "/jobs/1": [status(429, Retry_After="11"), status(500)],
        "/files/0/Patient-0": [status(503)],
    }
    asking = Asking(bulk)
    asking.fetch(tmp_path)
    assert held(tmp_path) == whole(bulk)
    assert asking.pauses[:2] == [7.0, 11.0]


def test_what_does_not_pass_ends_with_a_code(bulk: Bulk, tmp_path: Path) -> None:
    def code(name: str) -> str:
        with pytest.raises(UserError) as caught:
            Asking(bulk).fetch(tmp_path / name)
        return caught.value.code

    bulk.faults = {"/Patient/$export": [status(403)]}
    assert code("refused") == "EXPORT_REFUSED"
    bulk.faults = {"/jobs/1": [status(404)]}
    assert code("gone") == "EXPORT_GONE"
    bulk.faults = {"/jobs/1": [status(503)] * 10}
    assert code("down") == "BULK_UNREACHABLE"
    bulk.faults = {"/jobs/1": [lambda handler: handler.told({"output": 1})]}
    bulk.polls = 0
    assert code("manifest") == "BULK_MANIFEST"
    bulk.faults = {"/Patient/$export": [lambda handler: handler.told(b"", 202)]}
    assert code("nowhere") == "EXPORT_REFUSED"
    bulk.faults = {"/files/0/Patient-0": [status(404)] * 3}
    assert code("file") == "EXPORT_GONE"
    bulk.faults = {}
    Asking(bulk).fetch(tmp_path / "file")
    assert held(tmp_path / "file") == whole(bulk)


def test_a_file_that_breaks_off_goes_on_where_it_ended(bulk: Bulk, tmp_path: Path) -> None:
    bulk.faults = {"/files/0/Observation-0": [cut("Observation-0", 5000), cut("Observation-0", 20_000)]}
    Asking(bulk).fetch(tmp_path)
    assert held(tmp_path) == whole(bulk)
    starts = [one["range"] for one in bulk.headers if "range" in one]
    assert starts == ["bytes=5000-", "bytes=25000-"]


def test_without_ranges_a_broken_file_begins_anew(bulk: Bulk, tmp_path: Path) -> None:
    bulk.ranges = False
    bulk.faults = {"/files/0/Observation-0": [cut("Observation-0", 5000)]}
    Asking(bulk).fetch(tmp_path)
    assert held(tmp_path) == whole(bulk)
    assert not [one for one in bulk.headers if "range" in one]


def test_another_version_of_a_file_is_not_sewn_to_the_first(bulk: Bulk, tmp_path: Path) -> None:
    def changed(handler) -> None:  # type: ignore[no-untyped-def]
        cut("Observation-0", 5000)(handler)
        bulk.files["Observation-0"] = lines("Observation", 900, 5000)

    bulk.faults = {"/files/0/Observation-0": [changed]}
    Asking(bulk).fetch(tmp_path)
    assert held(tmp_path) == whole(bulk)


def test_addresses_that_lapsed_are_asked_for_anew(bulk: Bulk, tmp_path: Path) -> None:
    def lapse(handler) -> None:  # type: ignore[no-untyped-def]
        bulk.generation = 1
        handler.told({}, 403)

    bulk.faults = {"/files/0/Condition-0": [lapse]}
    Asking(bulk).fetch(tmp_path)
    assert held(tmp_path) == whole(bulk)
    assert bulk.paths("/files/1/")


def test_a_file_that_stays_short_is_told(bulk: Bulk, tmp_path: Path) -> None:
    bulk.counts = {"Patient-0": 41}
    found = Asking(bulk).fetch(tmp_path)
    assert [(one.path, one.lines, one.count) for one in found.short] == [("data/Patient.0000.ndjson", 40, 41)]
    assert len(bulk.paths("/files/0/Patient-0")) == 2


def test_errors_and_deletions_are_kept_apart(bulk: Bulk, tmp_path: Path) -> None:
    bulk.errors = {"OperationOutcome-0": lines("OperationOutcome", 2)}
    bulk.deleted = {"Bundle-0": lines("Bundle", 3)}
    found = Asking(bulk).fetch(tmp_path)
    assert [one.lines for one in found.of("errors")] == [2]
    assert [one.lines for one in found.of("deleted")] == [3]
    assert held(tmp_path) == whole(bulk)
    assert list(held(tmp_path, "deleted").values()) == [bulk.deleted["Bundle-0"]]


def test_a_manifest_in_parts_is_one(bulk: Bulk, tmp_path: Path) -> None:
    bulk.parts = 3
    Asking(bulk).fetch(tmp_path)
    assert held(tmp_path) == whole(bulk)


def test_what_is_fetched_is_read(bulk: Bulk, tmp_path: Path) -> None:
    Asking(bulk).fetch(tmp_path)
    assert len(read(str(tmp_path / "data")).facts.patients) == 40


def key_pair() -> tuple[object, object]:
    from joserfc.jwk import ECKey

    private = ECKey.generate_key("P-384", private=True, auto_kid=True)
    return private, ECKey.import_key(private.as_dict(private=False))


def test_a_backend_service_signs_and_its_token_is_renewed(bulk: Bulk, tmp_path: Path) -> None:
    private, bulk.key = key_pair()
    address = token_address(Reach(bulk.address), True, "")

    def forgotten(handler) -> None:  # type: ignore[no-untyped-def]
        bulk.tokens.clear()
        handler.told({}, 401)

    bulk.faults = {"/files/0/Condition-0": [forgotten]}
    Asking(bulk, BackendService(CLIENT, private, address, "system/*.rs", True)).fetch(tmp_path)
    assert held(tmp_path) == whole(bulk)
    assert bulk.paths("/fhir/token")


class TestTheToken:
    """Who gets to see it."""

    credential = GivenToken("secret-token")

    def seen(self, bulk: Bulk) -> set[str]:
        return {
            path.partition("?")[0]
            for (_, path), one in zip(bulk.asked, bulk.headers, strict=True)
            if "authorization" in one
        }

    def test_files_that_need_none_get_none(self, bulk: Bulk, tmp_path: Path) -> None:
        bulk.keys_for_files = False
        Asking(bulk, self.credential).fetch(tmp_path)
        assert self.seen(bulk) == {"/Patient/$export", "/jobs/1"}

    def test_a_redirect_elsewhere_does_not_carry_it(self, bulk: Bulk, tmp_path: Path) -> None:
        with serving() as other:
            bulk.faults = {"/files/0/Patient-0": [redirect(f"{other.address}/files/0/Patient-0")]}
            Asking(bulk, self.credential).fetch(tmp_path)
            assert held(tmp_path) == whole(bulk)
            assert len(other.asked) == 1
            assert self.seen(other) == set()

    @pytest.mark.parametrize("path", ["/Patient/$export", "/jobs/1"])
    def test_asking_does_not_follow_redirects(self, bulk: Bulk, tmp_path: Path, path: str) -> None:
        with serving() as other:
            bulk.faults = {path: [redirect(f"{other.address}{path}")]}
            with pytest.raises(UserError):
                Asking(bulk, self.credential).fetch(tmp_path)
            assert other.asked == []

    def test_a_status_elsewhere_is_not_asked(self, bulk: Bulk, tmp_path: Path) -> None:
        with serving() as other:
            at = f"{other.address}/jobs/1"
            bulk.faults = {"/Patient/$export": [lambda handler: handler.told(b"", 202, Content_Location=at)]}
            with pytest.raises(UserError) as caught:
                Asking(bulk, self.credential).fetch(tmp_path)
            assert caught.value.code == "BULK_ADDRESS"
            assert other.asked == []

    def test_files_elsewhere_get_it_only_where_the_caller_trusts_the_place(
        self, bulk: Bulk, tmp_path: Path
    ) -> None:
        with serving() as other:
            bulk.files_at = other.address
            with pytest.raises(UserError) as caught:
                Asking(bulk, self.credential).fetch(tmp_path)
            assert (caught.value.code, other.asked) == ("BULK_ADDRESS", [])
            Asking(bulk, self.credential, (other.address,)).fetch(tmp_path)
            assert held(tmp_path) == whole(bulk)
            assert len(self.seen(other)) == 4


@pytest.mark.parametrize(
    "url",
    [
        "http://ehr.example/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "ftp://ehr.example/x",
        "file:///etc/passwd",
        "https://me@ehr.example/x",
        "//[::1]/x",
        "http://[bad/x",
    ],
)
def test_files_are_not_at_unsafe_places(url: str) -> None:
    with pytest.raises(UserError) as caught:
        Reach("https://ehr.example/fhir").of_file(url)
    assert caught.value.code == "BULK_ADDRESS"
    assert Reach("https://ehr.example/fhir").of_file("https://files.example/x?signed=1")


def test_only_a_trusted_certificate_will_do(tmp_path: Path) -> None:
    public, context = certificate(tmp_path)
    with serving(context) as bulk:
        command = [*COMMAND, "fetch", bulk.address, "--into", str(tmp_path / "x")]
        bulk.wait = "0"
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (refused.returncode, refused.stderr.splitlines()[-1].partition(":")[0]) == (
            2,
            "BULK_CERTIFICATE",
        )
        assert bulk.asked == []
        taken = subprocess.run([*command, "--ca", str(public)], capture_output=True, text=True, check=False)
        assert (taken.returncode, taken.stderr) == (0, "")
        assert held(tmp_path / "x") == whole(bulk)


def test_the_command_tells_what_it_fetched_and_that_the_server_had_faults(bulk: Bulk, tmp_path: Path) -> None:
    bulk.wait, bulk.errors = "0", {"OperationOutcome-0": lines("OperationOutcome", 2)}
    command = [*COMMAND, "fetch", bulk.address, "--into", str(tmp_path / "x")]
    run = subprocess.run(
        [*command, "--protocol", "protocols/demo.elig"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (1, "")
    assert "1,760 resources in 4 files" in run.stdout
    assert "told of 2 faults" in run.stdout
    types = bulk.asked[0][1].rpartition("_type=")[2].split(",")
    assert {"Patient", "Encounter", "Medication", "MedicationRequest", "DocumentReference"} <= set(types)
    told = json.loads(
        subprocess.run(
            [*command, "--protocol", "protocols/demo.elig", "--json"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
    )
    assert (told["resources"], told["errors"], told["deleted_at_server"]) == (1760, 2, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["http://ehr.example/fhir"], "BULK_ADDRESS"),
        (["https://ehr.example/fhir?x=1"], "BULK_ADDRESS"),
        (["https://ehr.example/fhir", "--group", "../x"], "OPTION_INVALID"),
        (["https://ehr.example/fhir", "--type", "../x"], "OPTION_INVALID"),
        (["https://ehr.example/fhir", "--since", "2026"], "OPTION_INVALID"),
        (["https://ehr.example/fhir", "--client", "x"], "OPTION_INVALID"),
        (["https://ehr.example/fhir", "--client", "x", "--key", "nowhere"], "OPTION_INVALID"),
        (["https://ehr.example/fhir", "--token-file", "nowhere"], "OPTION_INVALID"),
        (["https://ehr.example/fhir", "--ca", "nowhere"], "OPTION_INVALID"),
    ],
)
def test_wrong_options_are_told(
    words: list[str],
    code: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from api.cli import main

    monkeypatch.setattr(sys, "argv", ["eligibility", "fetch", *words, "--into", str(tmp_path / "x")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().err.partition(":")[0]) == (2, code)
    assert not (tmp_path / "x").exists()


def test_a_killed_fetch_goes_on(bulk: Bulk, tmp_path: Path) -> None:
    _kill_until_done(bulk, tmp_path, kills=3)


@pytest.mark.slow
def test_a_fetch_killed_many_times_goes_on(bulk: Bulk, tmp_path: Path) -> None:
    for number in range(10):
        bulk.polls = 2
        _kill_until_done(bulk, tmp_path / str(number), kills=5)


def _kill_until_done(bulk: Bulk, folder: Path, kills: int) -> None:
    """Kill the command at random points of its way; each time it goes on, and at the end all is there."""
    bulk.wait = "0"
    bulk.files["Observation-0"] = lines("Observation", 60_000)
    chosen, before = random.Random(kills), len(bulk.asked)
    command = [*COMMAND, "fetch", bulk.address, "--into", str(folder)]
    for _ in range(kills):
        begun = len(bulk.asked)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # From its first request on: what comes before has nothing to lose.
        while len(bulk.asked) == begun and process.poll() is None:
            time.sleep(0.002)
        time.sleep(chosen.uniform(0, 0.15))
        process.kill()
        process.wait()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert held(folder) == whole(bulk)
    asked = [path for _, path in bulk.asked[before:] if path.startswith("/Patient/$export")]
    assert len(asked) <= 1 + kills
