"""Dates read many at once say what Python's own calendar says, and what the careful path says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.errors import UserError
from api.loading import check_zone
from eligibility.instants import BEGINNING, DAY, END_OF_TIME, day_end, day_start
from fhir_adapters.dates import INVALID, parse, parse_one
from fhir_adapters.errors import FhirInputError
from fhir_adapters.zones import Zone, zone

UTC_ZONE = zone("UTC")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wall(moment: datetime, name: str) -> int:
    """Wall-clock milliseconds by the standard library."""
    local = moment.astimezone(ZoneInfo(name)).replace(tzinfo=UTC)
    return (local - EPOCH) // timedelta(milliseconds=1)


moments = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1))  # noqa: DTZ001
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.lists(st.tuples(moments, offsets), min_size=1, max_size=60), st.sampled_from(
    ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"]
))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_times_with_offset_become_wall_clock_time(pairs: list[tuple[datetime, timezone]], name: str) -> None:
    aware = [moment.replace(microsecond=0, tzinfo=offset) for moment, offset in pairs]
    texts = [moment.isoformat() for moment in aware]
    lo, hi = parse(texts, zone(name))
    assert lo.tolist() == hi.tolist() == [wall(moment, name) for moment in aware]


@given(st.lists(st.dates(min_value=date(1000, 1, 1)), min_size=1, max_size=60))
def test_a_date_is_its_whole_day(days: list[date]) -> None:
    lo, hi = parse([day.isoformat() for day in days], zone("America/New_York"))
    assert lo.tolist() == [day_start(day) for day in days]
    assert hi.tolist() == [day_end(day) for day in days]


shapes = st.from_regex(
    r"\A(\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?)?)?|[0-9T:Z+-]{0,25})\Z"
)


@given(st.lists(shapes, min_size=30, max_size=80), st.sampled_from(["UTC", "Europe/London"]))
@settings(deadline=None, max_examples=30)
def test_many_at_once_and_one_by_one_agree(texts: list[str], name: str) -> None:
    lo, hi = parse(texts, zone(name))
    for i, text in enumerate(texts):
        one = parse_one(text, zone(name)) if text else (BEGINNING, END_OF_TIME)
        assert (int(lo[i]), int(hi[i])) == (one or (INVALID, INVALID)), text


@given(shapes, st.integers(24, 40))
def test_one_shape_repeated_and_one_by_one_agree(text: str, count: int) -> None:
    lo, hi = parse([text] * count, UTC_ZONE)
    one = parse_one(text, UTC_ZONE) if text else (BEGINNING, END_OF_TIME)
    assert set(zip(lo.tolist(), hi.tolist(), strict=True)) == {one or (INVALID, INVALID)}


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2019", "2019-01-01", "2019-12-31"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("1999-12", "1999-12-01", "1999-12-31"),
        ("2024-02-29", "2024-02-29", "2024-02-29"),
        ("9999", "9999-01-01", "9999-12-31"),
    ],
)
def test_partial_dates_are_all_their_days(text: str, first: str, last: str) -> None:
    expected = (day_start(date.fromisoformat(first)), day_end(date.fromisoformat(last)))
    assert parse_one(text, UTC_ZONE) == expected


@pytest.mark.parametrize(
    "text",
    ["2019-02-29", "2019-13", "2019-00-01", "0000", "19", "2019-1-1", "01/02/2019", "2019-01-01T24:00:00Z",
     "2019-01-01T10:00:00+15:00", "2019-01-01T10:60:00Z", "2019-01-01 10:00:00", "2019-01-01T10", " 2019",
     "٢٠١٩", "2019-01-01T10:00:00.Z", "unknown"],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    assert parse_one(text, UTC_ZONE) is None
    assert (parse([text] * 40, UTC_ZONE)[0] == INVALID).all()


def test_fractions_are_cut_to_milliseconds() -> None:
    assert parse_one("1970-01-01T00:00:00.1239Z", UTC_ZONE) == (123, 123)
    assert parse_one("1970-01-01T00:00:00.5Z", UTC_ZONE) == (500, 500)


def test_a_time_to_the_minute_is_that_minute() -> None:
    assert parse_one("1970-01-01T00:01", UTC_ZONE) == (60_000, 119_999)


def test_times_without_offset_stand_as_they_are_in_any_zone() -> None:
    assert parse_one("1970-01-02T00:00:00", zone("Asia/Tokyo")) == (DAY, DAY)


def test_widths_that_sum_alike_are_not_mixed_up() -> None:
    texts = ["2019-01-01T00:00:00Z", "2019-01-01T00:00:0", "2019-01-01T00:00:000Z"] * 10
    lo, _ = parse(texts, UTC_ZONE)
    assert (np.flatnonzero(lo == INVALID) % 3).tolist() == [1, 2] * 10


def test_fixed_offsets_and_unknown_zones() -> None:
    assert zone("+05:30").wall_one(0) == 5.5 * 3_600_000
    with pytest.raises(FhirInputError, match="ZONE_UNKNOWN"):
        zone("Mars/Olympus")


@given(moments)
@settings(max_examples=40, deadline=None)
def test_the_order_in_which_years_are_met_changes_nothing(moment: datetime) -> None:
    late, early = Zone("Europe/Paris"), Zone("Europe/Paris")
    at = int((moment.replace(tzinfo=UTC) - EPOCH).total_seconds()) * 1000
    late.wall_one(4_000_000_000_000)
    assert late.wall_one(at) == early.wall_one(at)


@pytest.mark.parametrize("name", ["+99:99", "+05:60", "-18:01", "UTC+24:00", "+1:00", ""])
def test_an_offset_that_no_clock_has_is_refused(name: str) -> None:
    with pytest.raises(FhirInputError) as caught:
        zone(name)
    assert caught.value.code == "ZONE_UNKNOWN"
    with pytest.raises(UserError) as told:
        check_zone(name)
    assert told.value.code == "ZONE_UNKNOWN"


@pytest.mark.parametrize("name", ["UTC", "Z", "+05:45", "-18:00", "UTC+01:00"])
def test_utc_and_offsets_need_no_database(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fhir_adapters.zones.ZoneInfo", None)
    zone.cache_clear()
    assert check_zone(name) == name
    assert zone(name).wall_one(0) % 60_000 == 0
