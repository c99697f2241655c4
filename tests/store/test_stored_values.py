"""Values come back as they went in, the same from both databases; what cannot be kept is refused."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from api.store import Store, StoreError
from api.store.answers import NewAnswer, record_answer
from api.store.hashing import canonical
from api.store.keys import new_key
from api.store.tables import Identifier
from tests.store.scene import SCREENER, answers_given, study

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda d: d.replace(tzinfo=UTC))  # noqa: DTZ001


def record(store: Store, patient: str, value: object, wording: str, at: datetime) -> None:
    with store.write(SCREENER) as unit:
        record_answer(unit, NewAnswer(patient, "q", wording, value, "patient", at))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON, wording=WORDS, at=MOMENTS)
def test_round_trip(filled: tuple[Store, str], value: object, wording: str, at: datetime) -> None:
    store, patient = filled
    record(store, patient, value, wording, at)
    with store.read() as session:
        row = answers_given(session, patient, "q")[-1]
    assert (row.value, row.wording, row.answered_at) == (value, wording, at)
    assert canonical(row.value) == canonical(value)


@pytest.fixture
def filled(store: Store) -> tuple[Store, str]:
    return store, study(store).patients["p1"]


@pytest.mark.parametrize(
    ("value", "wording", "at", "code"),
    [
        (math.nan, "w", datetime(2026, 1, 1, tzinfo=UTC), "NOT_JSON"),
        ({"a": math.inf}, "w", datetime(2026, 1, 1, tzinfo=UTC), "NOT_JSON"),
        (object(), "w", datetime(2026, 1, 1, tzinfo=UTC), "NOT_JSON"),
        ("v", "a\x00b", datetime(2026, 1, 1, tzinfo=UTC), "TEXT_UNSTORABLE"),
        ("v", "\ud83e", datetime(2026, 1, 1, tzinfo=UTC), "TEXT_UNSTORABLE"),
        ("v", "w", datetime(2026, 1, 1), "TIME_WITHOUT_ZONE"),  # noqa: DTZ001
    ],
)
def test_what_cannot_be_kept_is_refused(
    filled: tuple[Store, str], value: object, wording: str, at: datetime, code: str
) -> None:
    store, patient = filled
    with pytest.raises(StoreError) as caught:
        record(store, patient, value, wording, at)
    assert caught.value.code == code


def test_times_of_other_zones_are_the_same_moment(filled: tuple[Store, str]) -> None:
    store, patient = filled
    at = datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    record(store, patient, 1, "w", at)
    with store.read() as session:
        (row,) = answers_given(session, patient, "q")
    assert row.answered_at == at
    assert row.answered_at.tzinfo is UTC


def test_an_error_of_the_database_quotes_no_values(filled: tuple[Store, str]) -> None:
    store, _ = filled

    def fail() -> None:
        with store.write(SCREENER) as unit:
            row = Identifier(site_id="north", system="urn:mrn", value="CANARY", patient_key="CANARY")
            unit.session.add(row)
            unit.session.flush()

    with pytest.raises(StoreError) as caught:
        fail()
    shown = "".join(map(str, (caught.value, caught.value.__cause__, caught.value.as_dict())))
    assert "CANARY" not in shown
    assert caught.value.__suppress_context__


def test_what_a_database_cannot_take_is_refused_without_its_words(store: Store) -> None:
    wrong = "SELECT CAST('CANARY' AS integer)" if not store.is_sqlite else "SELECT json('CANARY')"
    with pytest.raises(StoreError) as caught, store.read() as session:
        session.execute(text(wrong))
    assert caught.value.code in ("STORE_REFUSED", "STORE_UNAVAILABLE")
    assert "CANARY" not in str(caught.value)


def test_keys_are_distinct_and_in_the_order_they_were_made() -> None:
    keys = [new_key() for _ in range(20_000)]
    assert sorted(set(keys)) == keys
    assert {(len(key), key[12], key[16] in "89ab") for key in keys} == {(32, "7", True)}
