"""The one exception of the units layer. `resolve` never raises it; conversions do."""


class UnitError(ValueError):
    """A value or a dimension that cannot be used; `code` is stable, `subject` is what was given."""

    def __init__(self, code: str, subject: object, message: str) -> None:
        super().__init__(f"{code}: {message}: {subject!r:.80}")
        self.code = code
        self.subject = subject
