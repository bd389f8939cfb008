"""An immutable JSON object that reads back from PostgreSQL's jsonb exactly as it was written."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping
from math import inf
from typing import TypeAlias, cast

from gapless.kit.errors import InvalidValue
from gapless.kit.plain import entries_of, is_of, kind_of, plain, plain_text

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What a JSON document can hold, in Python's types."""

GREATEST_INTEGER = 2**53 - 1
GREATEST_DEPTH = 64
GREATEST_NUMBER = 100_000
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_TEXT = frozenset((str,))
_FLAT = frozenset((str, int, bool, type(None)))
_NUL = "\\u0000"
"""How a NUL stands in the text of a document; six characters that only look like it are no reason to refuse."""


class JsonObject(Mapping[str, Json]):
    """A JSON object as a value: it is immutable and hashable, and equal to one with the same keys, values and types.

    It keeps its canonical text, so nobody can change what a store holds. Reading a key gives a fresh copy.

    Args:
        content: keys and values, plain ones or of subclasses. Every number lies within 2^53, a text holds neither a NUL
            nor a lone surrogate, nothing nests deeper than 64, and there are at most 100,000 values.

    Raises:
        InvalidValue: PostgreSQL or other readers of JSON could not keep the content exactly.
    """

    __slots__ = ("text",)
    text: str

    def __init__(self, content: Mapping[str, Json]) -> None:
        # A plain dict is nearly always given; it is copied, for a value in it may be anybody's.
        given: dict[object, object] | None = dict(content) if type(content) is dict else _entries(content)
        if given is None:
            raise InvalidValue("json_object", f"A JsonObject is made of a mapping, not of {kind_of(content)}.")
        text = _flat_text(given)
        if text is None:
            text = _CANONICAL.encode(_exact_entries(given, 1, _Room(GREATEST_NUMBER - 1)))
        object.__setattr__(self, "text", text)

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
        return self.text == other.text if type(other) is JsonObject else NotImplemented

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"JsonObject({self.text})"

    def __reduce__(self) -> tuple[type[JsonObject], tuple[dict[str, Json]]]:
        return JsonObject, (self.to_dict(),)

    def to_dict(self) -> dict[str, Json]:
        """The content as a fresh dict."""
        return cast("dict[str, Json]", json.loads(self.text))

    def only(self, keys: Container[str]) -> JsonObject:
        """The document with only the members whose keys are among these."""
        return _made_of({key: value for key, value in self.to_dict().items() if key in keys})

    @staticmethod
    def parse(text: str) -> JsonObject:
        """Reads a JSON text; a number with a fraction becomes the nearest float, as in every reader of JSON.

        Raises:
            InvalidValue: the text is not a JSON object, or it can't be kept exactly.
        """
        given = plain_text(text)
        if given is None:
            raise InvalidValue("json_object", f"A JsonObject is read from a text, not from {kind_of(text)}.")
        try:
            content = json.loads(given)
        except (ValueError, RecursionError) as error:
            raise InvalidValue("json_object", "The text is not JSON.") from error
        if not isinstance(content, dict):
            raise InvalidValue("json_object", "The text is JSON, but not a JSON object: it must begin with {.")
        return _made_of(_exact(content, 1, _Room(inf)))


def _made_of(content: Json) -> JsonObject:
    """Makes the object from content that is exact already."""
    made = object.__new__(JsonObject)
    object.__setattr__(made, "text", _CANONICAL.encode(content))
    return made


class _Room:
    """How many values a document has room for.

    Attributes:
        left: for how many more.
    """

    __slots__ = ("left",)

    def __init__(self, left: float) -> None:
        self.left = left

    def take(self, number: int) -> None:
        """Takes the room for so many values.

        Raises:
            InvalidValue: there is none.
        """
        self.left -= number
        if self.left < 0:
            raise InvalidValue("json_object", f"A JSON document holds at most {GREATEST_NUMBER} values.")


def _flat_text(entries: dict[object, object]) -> str | None:
    """The text of an object with only texts, truth values, whole numbers and nulls, if it can be kept exactly.

    Its parts are asked for their types alone, and the whole text for what can't be kept (decision 0048).

    Returns:
        The text; None if each part has to be looked at.
    """
    kinds = set(map(type, entries.values()))
    if not kinds <= _FLAT or not set(map(type, entries)) <= _TEXT or len(entries) >= GREATEST_NUMBER:
        return None
    if int in kinds and any(type(each) is int and abs(each) > GREATEST_INTEGER for each in entries.values()):
        return None
    text = _CANONICAL.encode(entries)
    return text if _NUL not in text and is_representable_text(text) else None


def _exact(value: object, depth: int, room: _Room) -> Json:
    """The value in plain types, if it can be kept exactly; minus zero becomes zero, because PostgreSQL has only one."""
    if depth > GREATEST_DEPTH:
        raise InvalidValue("json_object", f"A JSON document nests at most {GREATEST_DEPTH} deep.")
    value = plain(value)
    if type(value) is dict:
        return _exact_entries(value.copy(), depth, room)
    if _is_exact(value):
        return cast(Json, value)
    if type(value) is float and abs(value) <= GREATEST_INTEGER:
        return value + 0.0
    if type(value) in (list, tuple):
        parts = cast("list[object]", value)
        room.take(len(parts))
        return [_exact(part, depth + 1, room) for part in parts]
    entries = _entries(value)
    if entries is not None:
        return _exact_entries(entries, depth, room)
    raise InvalidValue("json_object", f"A JSON document can't keep {_refused(value)} exactly.")


def _exact_entries(entries: dict[object, object], depth: int, room: _Room) -> dict[str, Json]:
    """The entries of an object. Most are texts and numbers as they are kept, for which nothing more is called."""
    room.take(len(entries))
    deeper = depth < GREATEST_DEPTH
    return {
        _key(key): cast(Json, item) if deeper and _is_exact(item) else _exact(item, depth + 1, room)
        for key, item in entries.items()
    }


def _is_exact(value: object) -> bool:
    """Whether a document keeps this value as it is: a text, a truth value, a whole number, or null."""
    kind = type(value)
    if kind is str:
        return is_representable_text(cast(str, value))
    return value is None or kind is bool or (kind is int and abs(cast(int, value)) <= GREATEST_INTEGER)


def _entries(value: object) -> dict[object, object] | None:
    """The keys and values of a mapping; None if it can't be read. Methods of a subclass of dict are not called."""
    if is_of(value, JsonObject):
        return cast("dict[object, object]", json.loads(_text_of(value)))
    return entries_of(value, GREATEST_NUMBER)


def _key(key: object) -> str:
    if type(key) is str and is_representable_text(key):
        return key
    found = plain(key)
    if type(found) is not str:
        raise InvalidValue("json_object", f"The keys of a JSON document must be texts, not {kind_of(found)}.")
    if not is_representable_text(found):
        raise InvalidValue("json_object", f"A key of a JSON document holds {unrepresentable(found)}.")
    return found


def _refused(value: object) -> str:
    """Says in words what can't be kept."""
    if type(value) is str:
        return f"a text that holds {unrepresentable(value)}"
    if type(value) in (int, float):
        return f"{kind_of(value)} that is not finite, or so large that other readers would round it,"
    return kind_of(value)


def is_representable_text(text: str) -> bool:
    """Whether PostgreSQL can hold the text at all: it has no NUL and no lone surrogate."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return "\0" not in text


def unrepresentable(text: str) -> str:
    """Names the first character of a text that PostgreSQL can't hold, and its place; "" if it can hold all."""
    places = [(found, name) for name, found in (("a NUL", text.find("\0")), ("a lone surrogate", _surrogate(text)))]
    found = min((place for place in places if place[0] >= 0), default=None)
    return "" if found is None else f"{found[1]} at {found[0]}"


def _surrogate(text: str) -> int:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start
    return -1


_text_of = vars(JsonObject)["text"].__get__
