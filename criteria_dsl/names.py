"""Files and the names they define: loads libraries, collects names, and says what sort each name is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum
from typing import Any

from criteria_dsl import blocks, parse
from criteria_dsl import tree as t
from criteria_dsl.problem import Report
from criteria_dsl.source import Source, Span, read
from criteria_dsl.standard import standard_library, standard_names
from criteria_dsl.suggest import nearest
from criteria_dsl.vocabulary import KINDS, person_fields

Library = Callable[[str], str | None]
MAX_LIBRARIES = 50
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")
_KIND = "|".join(sorted(KINDS, key=len, reverse=True))
_HEAD = re.compile(rf"(?:define|parameter|codes|{_KIND})[ ]+([A-Za-z]\w*(?:-\w+)*)")


class Sort(Enum):
    """What a name stands for."""

    TERM = "term"
    CODES = "a list of codes"
    ROWS = "rows"
    PICK = "one picked record"
    VALUE = "a number"
    STATEMENT = "a statement"
    PERIOD = "a period"
    DATE = "a date"
    NUMBER = "a number of the run"
    DURATION = "a duration"
    FUNCTION = "a definition with arguments"
    BROKEN = "broken"

    @property
    def called(self) -> str:
        """What a message calls it."""
        return "records" if self in (Sort.TERM, Sort.ROWS) else self.value


@dataclass(eq=False)
class Entry:
    """One defined name. `node` is None where its block could not be read or its use was rejected.

    A definition with arguments is used through its instances: entries of their own, whose `bindings`
    say what each argument's name means in them.
    """

    name: str
    span: Span
    file: File
    node: t.Term | t.Define | t.Parameter | None
    bindings: dict[str, Entry] = field(default_factory=dict)
    instances: dict[tuple[Entry, ...], Entry] = field(default_factory=dict)
    uses: dict[str, int] = field(default_factory=dict)  # how often each argument is written out

    @property
    def arguments(self) -> tuple[t.Word, ...]:
        """The names of the arguments that have to be given where this name is used."""
        return self.node.arguments if isinstance(self.node, t.Define) and not self.bindings else ()

    @property
    def key(self) -> str:
        """The name as the program knows it: a library's names carry the library's."""
        return f"{self.file.prefix}{self.name}"


@dataclass(eq=False)
class File:
    """One parsed file with its names, its own and the ones it uses."""

    source: Source
    prefix: str = ""
    header: t.Header | None = None
    nodes: list[t.Node] = field(default_factory=list)
    names: dict[str, Entry] = field(default_factory=dict)

    @property
    def entries(self) -> Iterator[Entry]:
        """The names defined here."""
        return (entry for entry in self.names.values() if entry.file is self)

    @property
    def criteria(self) -> Iterator[t.Criterion]:
        return (node for node in self.nodes if isinstance(node, t.Criterion))


class Loader:
    """Reads the protocol and the libraries it uses, each once."""

    def __init__(self, library: Library | None, report: Report) -> None:
        self._library = library
        self._report = report
        self._files: dict[str, File | None] = {}
        self._reading: set[str] = set()
        self.sources: list[Source] = []
        self.files: list[File] = []

    def load(self, source: Source, prefix: str = "") -> File:
        """Parses a file, its libraries first come first served, and collects its names."""
        self.sources.append(source)
        file = File(source, prefix)
        self.files.append(file)
        for block in blocks.cut(source, self._report):
            node = parse.parse(block, self._report)
            if node is not None:
                file.nodes.append(node)
            else:
                self._keep_broken(file, block)
        _take_header(file, self._report)
        for node in file.nodes:
            if isinstance(node, t.Term | t.Define | t.Parameter):
                self._define(file, node.name, node)
        for node in file.nodes:
            if isinstance(node, t.Use):
                self._use(file, node)
        return file

    def _keep_broken(self, file: File, block: blocks.Block) -> None:
        """The name of a block that cannot be read stays known, so that its uses are no errors."""
        head = _HEAD.match(block.text)
        if head is not None:
            file.names.setdefault(head[1], Entry(head[1], block.span, file, None))

    def _define(self, file: File, word: t.Word, node: t.Term | t.Define | t.Parameter) -> None:
        if word.text in person_fields():
            message = f"`{word.text}` is a field of the person, so it cannot be a name"
            self._report.add("E107", word.span, message, f"choose another, such as `{word.text}-of-patient`")
            return
        earlier = file.names.get(word.text)
        if earlier is not None and earlier.node is not None:
            message = f"`{word.text}` is defined twice"
            self._report.add("E111", word.span, message, f"the first stands on line {earlier.span.line}")
            return
        file.names[word.text] = Entry(word.text, word.span, file, node)

    def _use(self, file: File, use: t.Use) -> None:
        library = self._file_of(use, file)
        for word in use.names:
            if library is None:
                file.names.setdefault(word.text, Entry(word.text, word.span, file, None))
                continue
            entry = library.names.get(word.text)
            if entry is None or entry.file is not library:
                near = nearest(word.text, [known.name for known in library.entries])
                message = f"`{use.library.text}` does not define `{word.text}`"
                self._report.add("E133", word.span, message, f"did you mean `{near}`?" if near else "")
                entry = Entry(word.text, word.span, file, None)
            if word.text in file.names:
                message = f"`{word.text}` is defined twice"
                hint = f"the first stands on line {file.names[word.text].span.line}"
                self._report.add("E111", word.span, message, hint)
                continue
            file.names[word.text] = entry

    def _file_of(self, use: t.Use, user: File) -> File | None:
        name = use.library.text
        if not _PLAIN_NAME.fullmatch(name) or name.endswith(".elig"):
            hint = "write the name alone, without folders and without `.elig`"
            self._report.add("E131", use.library.span, f"`{name}` is not a plain name of a library", hint)
            return None
        if name in self._files:
            file = self._files[name]
            if name in self._reading:
                message = f"`{name}` is used by itself, directly or through other libraries"
                self._report.add("E135", use.library.span, message, "take out one of the `use` lines")
                return None
        else:
            file = self._read(name, use)
        if file is not None and file.header is not None and file.header.version.text != use.version.text:
            message = f"`{name}` has version {file.header.version.text}, not {use.version.text}"
            hint = f"write `version {file.header.version.text}` after checking what has changed"
            self._report.add("E132", use.version.span, message, hint)
        return file

    def _read(self, name: str, use: t.Use) -> File | None:
        if len(self._files) >= MAX_LIBRARIES:
            self._report.add("E002", use.library.span, f"more than {MAX_LIBRARIES} libraries are used")
            return None
        text = self._library(name) if self._library is not None else None
        if text is None:
            text = standard_library(name)
        if text is None:
            near = nearest(name, standard_names())
            hint = f"put `{name}.elig` into the folder of this file"
            if near:
                hint = f"did you mean `{near}`, which comes with the language?"
            self._report.add("E130", use.library.span, f"there is no library `{name}`", hint)
            self._files[name] = None
            return None
        self._files[name] = None
        self._reading.add(name)
        file = self.load(read(f"{name}.elig", text), f"{name}/")
        self._reading.discard(name)
        if file.header is not None and file.header.kind != "library":
            message = f"`{name}` is a {file.header.kind}, not a library"
            self._report.add(
                "E134", use.library.span, message, "only a file that begins with `library` is used"
            )
        elif file.header is not None and file.header.name.text != name:
            message = f"`{name}.elig` says that it is the library `{file.header.name.text}`"
            self._report.add("E134", use.library.span, message, "file and heading have one name")
        self._files[name] = file
        return file


def _take_header(file: File, report: Report) -> None:
    headers = [node for node in file.nodes if isinstance(node, t.Header)]
    if headers and headers[0] is file.nodes[0]:
        file.header = headers[0]
    for header in headers:
        if header is not file.header:
            message = "a second heading" if file.header else "the heading has to come first"
            report.add("E006", header.name.span, message, "one file is one protocol, measure or library")
            file.header = file.header or header
    if file.header is None:
        if re.search(r"^(protocol|measure|library)(?![\w-])", file.source.text, re.MULTILINE):
            return  # it is there, and its own problem is reported
        end = min(1, len(file.source.text))
        report.add(
            "E005",
            Span(file.source, 0, end),
            "the file has no heading",
            'begin with `protocol NAME version 1.0 "title"`',
        )


def sort_of(entry: Entry) -> Sort:
    """What a name stands for; cycles and unknown names are broken."""
    seen: set[int] = set()
    while True:
        node = entry.node
        if node is None or id(entry) in seen:
            return Sort.BROKEN
        seen.add(id(entry))
        match node:
            case t.Term(kind=kind):
                return Sort.CODES if kind.text == "codes" else Sort.TERM
            case t.Parameter(sort=sort):
                sorts = {"period": Sort.PERIOD, "number": Sort.NUMBER, "duration": Sort.DURATION}
                return sorts.get(sort.text, Sort.DATE)
            case t.Define() if entry.arguments:
                return Sort.FUNCTION
            case t.Define(statement=statement) if statement is not None:
                return Sort.STATEMENT
            case t.Define(value=t.PickedValue()):
                return Sort.PICK
            case t.Define(value=t.RowsValue(rows=rows)):
                if len(rows.names) > 1:
                    return Sort.ROWS
                following = entry.bindings.get(rows.names[0].text)
                following = following or entry.file.names.get(rows.names[0].text)
                clauses: tuple[t.Clause, ...] = rows.clauses
                if following is not None and following.arguments:
                    following, clauses = applied(following, rows, entry.file, entry.bindings)
                if clauses or rows.excepted is not None:
                    return Sort.ROWS
                if following is None:
                    return Sort.BROKEN
                if isinstance(following.node, t.Term) and following.node.kind.text != "codes":
                    return Sort.ROWS
                entry = following
            case _:
                return Sort.VALUE


def written_call(rows: t.Rows) -> tuple[t.Word, ...] | None:
    """The names that stand where arguments do, directly after a name: `f of a`, `f of a, b`."""
    match rows.clauses[:1]:
        case (t.OfClause(test=t.Among(words=words, negated=False)),) if len(words) == 1:
            return words
        case (t.CallClause(words=words),):
            return words
    return None


def applied(
    function: Entry, rows: t.Rows, file: File, bindings: dict[str, Entry]
) -> tuple[Entry | None, tuple[t.Clause, ...]]:
    """The instance of a definition that `f of a …` names, and the clauses behind its arguments.

    None where arguments are missing, too many, or not defined; all of that is reported elsewhere.
    """
    words = written_call(rows)
    if words is None:
        return None, rows.clauses
    return instance(function, words, file, bindings), rows.clauses[1:]


def instance(
    function: Entry, words: tuple[t.Word, ...], file: File, bindings: dict[str, Entry]
) -> Entry | None:
    """A definition with its arguments given, each combination once."""
    given = tuple(bindings.get(word.text) or file.names.get(word.text) for word in words)
    known = tuple(entry for entry in given if entry is not None and not entry.arguments)
    node = function.node
    if len(known) != len(function.arguments) or len(known) != len(words) or not isinstance(node, t.Define):
        return None
    if known not in function.instances:
        name = f"{function.name} of {', '.join(entry.name for entry in known)}"
        names = [word.text for word in function.arguments]
        spoken = tuple((one, entry.name) for one, entry in zip(names, known, strict=True))
        bound = dict(zip(names, known, strict=True))
        function.instances[known] = Entry(name, function.span, function.file, said(node, spoken), bound)
    return function.instances[known]


def said(node: Any, spoken: tuple[tuple[str, str], ...]) -> Any:
    """A tree whose texts say what was given in place of the arguments' names."""
    if isinstance(node, tuple):
        return tuple(said(part, spoken) for part in node)
    if isinstance(node, Span):
        return node.said(spoken)
    if isinstance(node, t.Word) or not is_dataclass(node) or isinstance(node, type):
        return node
    return replace(node, **{item.name: said(getattr(node, item.name), spoken) for item in fields(node)})
