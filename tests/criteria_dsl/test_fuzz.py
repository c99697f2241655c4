"""No text makes the compiler raise, whatever was cut, doubled, swapped or typed into it."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from criteria_dsl import compile_text, print_defaults
from tests.criteria_dsl.corpus import BAD, GOOD

PROTOCOLS = Path(__file__).parents[2] / "protocols"
TEXTS = [path.read_text(encoding="utf-8") for path in (*GOOD, *BAD, PROTOCOLS / "demo.elig")]
WORDS = sorted({word for text in TEXTS for word in text.split()})
LIBRARY = 'library any version 1 "Any"\ndiagnosis office-visit: ICD-10-CM E11*\n'

slow = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def survives(text: str) -> None:
    result = compile_text(text, library=lambda name: LIBRARY)
    assert (result.program is None) == any(problem.severity == "error" for problem in result.problems)
    for problem in result.problems:
        assert problem.line >= 1
        assert problem.end_column > problem.column >= 1
        assert problem.code in problem.render(text)
    if result.program is not None:
        print_defaults(result.program)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A corpus text with some of its words or characters changed."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 30)))
        filling = draw(
            st.sampled_from(["", " ", "\n", "\n  ", "\n  - ", text[start:end] * 2])
            | st.sampled_from(WORDS)
            | st.text(max_size=5)
        )
        text = text[:start] + filling + text[end:]
    return text


@slow
@given(mutated())
def test_changed_texts(text: str) -> None:
    survives(text)


@slow
@given(st.lists(st.sampled_from([*WORDS, "\n", "\n  ", "\n  - ", "\n    - "]), max_size=60).map(" ".join))
def test_words_in_any_order(text: str) -> None:
    survives('protocol T version 1 "Test"\n' + text)


@slow
@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_words_in_a_criterion(text: str) -> None:
    survives(
        f'protocol T version 1 "Test"\ndiagnosis diabetes: ICD-10-CM E11*\ninclude I1 "Test"\n  {text}\n'
    )


@slow
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    survives(text)
