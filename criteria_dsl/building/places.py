"""Where a rule and a token stand in the text: what every rule of the builder begins with."""

from __future__ import annotations

from typing import Any

from lark import Token, Transformer
from lark.tree import Meta

from criteria_dsl import tree as t
from criteria_dsl.source import Source, Span


class Places(Transformer[Token, Any]):
    """Base of the builder's rules, for one block that begins at `offset` of its source."""

    def __init__(self, source: Source, offset: int) -> None:
        super().__init__()
        self._source = source
        self._offset = offset

    def _span(self, meta: Meta) -> Span:
        return Span(self._source, meta.start_pos + self._offset, meta.end_pos + self._offset)

    def _word(self, token: Token) -> t.Word:
        start = (token.start_pos or 0) + self._offset
        return t.Word(str(token), Span(self._source, start, (token.end_pos or 0) + self._offset))

    def _quoted(self, token: Token) -> t.Word:
        word = self._word(token)
        return t.Word(word.text[1:-1], word.span)
