"""One shape for everything a user can get wrong: a code, a place, a message."""

from __future__ import annotations


class UserError(Exception):
    """Shown as `code: place: message`, never as a traceback."""

    def __init__(self, code: str, place: str, message: str) -> None:
        self.code, self.place, self.message = code, place, message
        super().__init__(f"{place}: {message}" if place else message)

    def __reduce__(self) -> tuple[type[UserError], tuple[str, str, str]]:
        return type(self), (self.code, self.place, self.message)  # as it comes back from another process

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "place": self.place, "message": self.message}
