"""The root of the errors, and how an error becomes what an API returns."""

from __future__ import annotations

from typing import ClassVar

Detail = str | int | bool | None | list[str]


class GaplessError(Exception):
    """The root of everything that gapless raises on purpose.

    `code` is stable and meant for programs. `message` is one sentence or two for people; it never holds the contents of
    a row, and repeats at most 80 characters of what the caller passed. `fields` names the columns of the entity, or the
    parameters of the use case, that a form would mark; it is empty if the error is not about an input.
    """

    code: ClassVar[str] = "gapless_error"
    retryable: ClassVar[bool] = False
    """Whether the same use case may succeed if it is tried again in a fresh unit of work."""

    def __init__(self, message: str, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields

    def __reduce__(self) -> tuple[object, ...]:
        # An error is rebuilt from its state and not from its arguments, so that every error can be pickled.
        return _remade, (type(self), self.args, self.__dict__)

    def details(self) -> dict[str, Detail]:
        """Facts for programs beside the code, such as the entity and its id."""
        return {}

    def to_dict(self) -> dict[str, Detail]:
        """The error as an HTTP API can return it: `code`, `message` and the details of its class."""
        return {"code": self.code, "message": self.message, **self.details()}


def _remade(kind: type[GaplessError], arguments: tuple[object, ...], state: dict[str, object]) -> GaplessError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error
