"""Texts that are too large, too deep or not text at all: an answer in short time, never an exception."""

from __future__ import annotations

import re
import time
from cProfile import Profile
from pathlib import Path

import pytest

from criteria_dsl import Compiled, CriteriaError, EncodingError, compile_file, compile_text
from tests.criteria_dsl.corpus import rendered

HEAD = 'protocol T version 1 "Test"\n'
DEMO = Path(__file__).parents[2] / "protocols" / "demo.elig"


def codes(text: str) -> set[str]:
    return {problem.code for problem in compile_text(text).problems}


def compiled_within(text: str, calls: int) -> Compiled:
    """A text compiled in so many calls of functions, which a busy machine does not change.

    One search for a pattern is one call, however long it takes: that is what the wide bound on time is for.
    """
    profile = Profile()
    began = time.process_time()
    result = profile.runcall(compile_text, text)
    taken = time.process_time() - began
    assert sum(entry.callcount for entry in profile.getstats()) < calls
    assert taken < 300
    return result


def test_a_file_too_large_is_told_so() -> None:
    result = compile_text(HEAD + "# " + "x" * 1_000_000)
    assert rendered(result) == (
        "E001 protocol.elig:1:1: the file is longer than 1,000,000 characters\n"
        '  | protocol T version 1 "Test"\n'
        "  | ^\n"
        "  = divide it: move terms and definitions into a library\n"
    )


def test_a_block_too_long_is_told_so_and_the_rest_is_read() -> None:
    names = " or ".join(["diabetes"] * 6_000)
    text = f'{HEAD}include I1 "Long"\n  {names}\ninclude I2 "Short"\n  zebra\n'
    assert rendered(compile_text(text)) == (
        "E002 protocol.elig:2:1: this block is longer than 60,000 characters\n"
        '  | include I1 "Long"\n'
        "  | ^^^^^^^^^^^^^^^^^\n"
        "  = divide it: name its parts with `define`\n"
        "E110 protocol.elig:5:3: `zebra` is not defined\n"
        "  |   zebra\n"
        "  |   ^^^^^\n"
        "  = define it above, or `use` it from a library\n"
    )


def test_many_blocks() -> None:
    assert codes(HEAD + "x\n" * 21_000) == {"E002"}


def test_many_libraries() -> None:
    uses = "".join(f'use x{k} from "l{k}" version 1\n' for k in range(60))
    result = compile_text(HEAD + uses, library=lambda name: f'library {name} version 1 "L"\n')
    assert "E002" in {problem.code for problem in result.problems}


def test_a_long_chain_of_definitions() -> None:
    chain = "define n0 when sex is female\n"
    chain += "".join(f"define n{k} when not n{k - 1}\n" for k in range(1, 3_000))
    assert codes(f'{HEAD}{chain}include I1 "Test"\n  n2999\n') == {"E004"}


def test_a_long_circle() -> None:
    circle = "".join(f"define n{k} when not n{(k + 1) % 3_000}\n" for k in range(3_000))
    assert "E113" in codes(f'{HEAD}{circle}include I1 "Test"\n  n0\n')


def test_the_largest_legal_block_is_quick() -> None:
    names = " or ".join(["sex"] * 9_000)
    bullets = "  all of\n" + "  - sex is female\n" * 3_000
    text = f'{HEAD}include I1 "Names"\n  {names}\ninclude I2 "Bullets"\n{bullets}'
    compiled_within(text, 500 * len(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        " ",
        "#",
        "\ufeff" + HEAD,
        "\x00",
        "\ud800",
        "protocol",
        '"',
        "|",
        "-",
        HEAD + '  "',
        HEAD + "é",
    ],
    ids=repr,
)
def test_texts_that_are_hardly_texts(text: str) -> None:
    rendered(compile_text(text))


def test_line_ends_of_other_systems() -> None:
    text = DEMO.read_text(encoding="utf-8")
    unix = compile_text(text).require()
    assert compile_text(text.replace("\n", "\r\n")).require() == unix
    assert compile_text(text.replace("\n", "\r")).require().source_sha256 == unix.source_sha256


def test_bytes_that_are_not_text(tmp_path: Path) -> None:
    file = tmp_path / "broken.elig"
    file.write_bytes(b'protocol T version 1 "\xff\xfe"\n\x80\x81')
    with pytest.raises(EncodingError, match=r"line 1 of broken\.elig is not UTF-8 \(byte 0xFF\)"):
        compile_file(file)


def test_a_library_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "terms.elig").write_bytes('library terms version 1 "caf\u00e9"\n'.encode("latin-1"))
    file = tmp_path / "p.elig"
    file.write_text(f'{HEAD}use d from "terms" version 1\n')
    with pytest.raises(EncodingError, match=r"line 1 of terms\.elig"):
        compile_file(file)


def test_libraries_stay_in_their_folder(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "terms.elig").write_text('library terms version 1 "T"\ndiagnosis d: ICD-10-CM E11*\n')
    file = tmp_path / "inside" / "p.elig"
    for name in ("../terms", "/etc/passwd", "terms", "..", "", "a/../terms", "terms\\x"):
        file.write_text(f'{HEAD}use d from "{name}" version 1\n')
        assert {problem.code for problem in compile_file(file).problems} & {"E130", "E131"}, name


def test_require_raises_with_all_problems() -> None:
    with pytest.raises(CriteriaError) as caught:
        compile_text(HEAD + 'include I1 "A"\n  zebra\ninclude I2 "B"\n  okapi\n').require()
    assert [problem.line for problem in caught.value.problems] == [3, 5]
    assert "okapi" in str(caught.value)


def test_twenty_criteria_compile_in_a_moment() -> None:
    text = DEMO.read_text(encoding="utf-8")
    compile_text(text)
    assert compiled_within(text, 500_000).program is not None


DEFINED = "diagnosis dd: ICD-10-CM E11*\n"


def doubling(head: str, join: str, count: int) -> str:
    """Definitions that each use the one before twice."""
    return head + "".join(join.format(k=k, j=k - 1) for k in range(1, count))


ROWS = doubling("define r0 as dd or dd\n", "define r{k} as r{j} or r{j}\n", 12)
STATEMENTS = doubling("define s0 when dd\n", "define s{k} when all of\n  - s{j}\n  - s{j}\n", 12)
LOOKING_AHEAD = (
    *("x", "to", "consecutive", "over", "normal", "answers", "amendment", "changed", "priority", "route"),
    *("notes", "noted", "under", "records", "relatives"),
)
HOSTILE = {
    "many broken blocks": "".join(f'include I{k} "x"\n  aa bb withn\n' for k in range(2_500)),
    "many unknown names": "".join(f'include I{k} "x"\n  zz{k}\n' for k in range(1_500))
    + "".join(f"define yy{k} when sex is female\n" for k in range(1_500)),
    "words in a row": 'include I1 "x"\n  ' + "a " * 29_000,
    "spaces": 'include I1 "x"\n  all of\n' + " " * 29_000 + "x" + " " * 29_000,
    "names times fields": 'include I1 "x"\n  '
    + " or ".join(["dd"] * 5_000)
    + " whose "
    + " and ".join(["stage is dd"] * 1_500),
    "names times exceptions": 'include I1 "x"\n  '
    + " or ".join(["dd"] * 4_500)
    + " except "
    + " or ".join(["dd"] * 4_500),
    "heavy rows": ROWS + "".join(f'include I{k} "x"\n  r11\n' for k in range(5_000)),
    "heavy statements": STATEMENTS + "".join(f'include I{k} "x"\n  s11\n' for k in range(5_000)),
    # Words that look ahead past comments for what makes them words.
    "comments in comments": "".join(
        f'include I{k} "x"\n  dd {word} ' + "# " * 500 + "\n" for k, word in enumerate(LOOKING_AHEAD)
    ),
    "heavy definitions": ROWS + "".join(f"define x{k} as r11\n" for k in range(1_500)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_end_soon(text: str) -> None:
    assert compiled_within(HEAD + DEFINED + text, 400 * len(text)).program is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            STATEMENTS + 'include I1 "x"\n  all of\n' + "  - s11\n" * 4,
            "this criterion has more than 20,000 parts",
        ),
        (
            STATEMENTS + "".join(f'include I{k} "x"\n  s11\n' for k in range(20)),
            "the file has more than 100,000 parts",
        ),
        (
            STATEMENTS + "".join(f"define x{k} when not s11\n" for k in range(20)),
            "the definitions have more than 100,000 parts",
        ),
    ],
)
def test_what_repeats_itself_is_told_how_large_it_is(text: str, shown: str) -> None:
    (problem,) = [one for one in compile_text(HEAD + DEFINED + text).problems if one.code == "E004"]
    assert problem.message == f"written out, {shown}"
    assert problem.suggestion == "its definitions repeat each other: simplify them"


def test_anchors_of_anchors_do_not_exhaust_the_stack() -> None:
    chain = doubling("define e0 as first mm\n", "define e{k} as first mm after start of e{j}\n", 60)
    text = HEAD + "measurement mm in %: LOINC 4548-4\n" + chain
    assert compile_text(text + 'include I1 "x"\n  e35 is > 3 %\n').problems[0].code == "E004"
    short = text.replace(chain, doubling("define e0 as first mm\n", chain.splitlines()[1] + "\n", 2))
    assert compile_text(short + 'include I1 "x"\n  e1 is > 3 %\n').program is not None


def test_a_lost_word_is_noticed() -> None:
    """Each word of the demo protocol's criteria left out in turn: none may leave another protocol."""
    text = DEMO.read_text(encoding="utf-8")
    whole = compile_text(text).require()
    begin = text.index("# --- inclusion")
    silent = []
    for word in re.finditer(r"\S+", text[begin:]):
        start, end = begin + word.start(), begin + word.end()
        line = text[text.rfind("\n", 0, start) + 1 : text.find("\n", start)]
        if line.lstrip().startswith(("|", "#")) or '"' in line:
            continue
        program = compile_text(text[:start] + text[end:]).program
        if program is not None and program != whole:
            silent.append((word[0], line.strip()))
    assert silent == []
