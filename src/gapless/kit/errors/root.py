"""The root of the errors, and how each becomes what an API returns."""

from __future__ import annotations

from typing import ClassVar

Detail = str | int | bool | None | list[str]


class GaplessError(Exception):
    """The root of everything that gapless raises on purpose.

    `code` is stable and meant for programs; `message` is one message for people and never holds a row's contents. Of
    what the caller gave it repeats at most 80 characters. `fields` are the columns of the entity, or the parameters of
    the use case, that a form would mark; none if the error is about no input.
    """

    code: ClassVar[str] = "gapless_error"
    retryable: ClassVar[bool] = False
    """Whether the same use case, tried again in a fresh unit of work, may succeed."""

    def __init__(self, message: str, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message, self.fields = message, fields

    def __reduce__(self) -> tuple[object, ...]:
        # By its state and not by its arguments, so that every error of the tree crosses the border of a process.
        return _remade, (type(self), self.args, self.__dict__)

    def details(self) -> dict[str, Detail]:
        """What a program may want to know beyond the code."""
        return {}

    def to_dict(self) -> dict[str, Detail]:
        """The error as an HTTP API can return it: `code`, `message` and the details of its class."""
        return {"code": self.code, "message": self.message, **self.details()}


def _remade(kind: type[GaplessError], arguments: tuple[object, ...], state: dict[str, object]) -> GaplessError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error
