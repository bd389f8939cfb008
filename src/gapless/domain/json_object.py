"""An immutable JSON object that reads back from PostgreSQL's jsonb exactly as it was written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TypeAlias, cast

from gapless.domain.errors import InvalidValue

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What a JSON document can hold, as Python has it."""

GREATEST_INTEGER = 2**53 - 1
GREATEST_DEPTH = 64
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class JsonObject(Mapping[str, Json]):
    """A JSON object as a value: immutable, hashable, equal if every key, value and type is.

    It holds its canonical text, so nobody can change what a store keeps. Reading a key gives a fresh copy.

    Args:
        content: keys and values. Numbers lie within 2^53, whole ones and floats; texts hold neither NUL nor lone
            surrogates, and nothing nests deeper than 64.

    Raises:
        InvalidValue: the content is none that PostgreSQL and other JSON readers keep exactly.
    """

    __slots__ = ("text",)
    text: str

    def __init__(self, content: Mapping[str, Json]) -> None:
        given = content.to_dict() if type(content) is JsonObject else dict(content)
        object.__setattr__(self, "text", _CANONICAL.encode(_exact(given, 1)))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a JsonObject does not change")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a JsonObject does not change")

    def __getitem__(self, key: str) -> Json:
        return self.to_dict()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_dict())

    def __len__(self) -> int:
        return len(self.to_dict())

    def __eq__(self, other: object) -> bool:
        return self.text == other.text if isinstance(other, JsonObject) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"JsonObject({self.text})"

    def __reduce__(self) -> tuple[type[JsonObject], tuple[dict[str, Json]]]:
        return JsonObject, (self.to_dict(),)

    def to_dict(self) -> dict[str, Json]:
        """The content as a fresh dict."""
        return cast("dict[str, Json]", json.loads(self.text))

    @staticmethod
    def parse(text: str) -> JsonObject:
        """Reads a JSON text; a number with a fraction is read as the nearest float, as every reader of JSON does.

        Raises:
            InvalidValue: the text is no JSON object, or one that can't be kept exactly.
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InvalidValue("json_object", "The text is no JSON.") from error
        if not isinstance(content, dict):
            raise InvalidValue("json_object", "The text is no JSON object.")
        return JsonObject(content)


def _exact(value: object, depth: int) -> Json:
    """The value if it can be kept exactly; minus zero becomes zero, as PostgreSQL has only one."""
    if depth > GREATEST_DEPTH:
        raise InvalidValue("json_object", f"A JSON document nests at most {GREATEST_DEPTH} deep.")
    if type(value) is str and is_storable_text(value):
        return value
    if isinstance(value, dict) and all(type(key) is str and is_storable_text(key) for key in value):
        return {key: _exact(item, depth + 1) for key, item in value.items()}
    if value is None or type(value) is bool:
        return value
    if type(value) is int and abs(value) <= GREATEST_INTEGER:
        return value
    if type(value) is float and abs(value) <= GREATEST_INTEGER:
        return value + 0.0
    if isinstance(value, (list, tuple)):
        return [_exact(item, depth + 1) for item in value]
    if type(value) is JsonObject:
        return _exact(value.to_dict(), depth)
    raise InvalidValue("json_object", f"A JSON document can't keep this {type(value).__name__} exactly.")


def is_storable_text(text: str) -> bool:
    """Whether PostgreSQL can hold the text at all: no NUL, no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
