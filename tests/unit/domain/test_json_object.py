from __future__ import annotations

import copy
import json
import math
import pickle
import types
from collections import UserDict
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.kit.errors import InvalidValue
from gapless.kit.json_object import (
    GREATEST_DEPTH,
    GREATEST_INTEGER,
    Json,
    JsonObject,
    is_representable_text,
    unrepresentable,
)
from gapless.testing.fuzzing.hostile_classes import Pretender
from tests.properties import bounded

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
FLOATS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: abs(number) <= GREATEST_INTEGER)
LEAVES = st.none() | st.booleans() | st.integers(-GREATEST_INTEGER, GREATEST_INTEGER) | FLOATS | TEXTS
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES, lambda parts: st.lists(parts, max_size=3) | st.dictionaries(TEXTS, parts, max_size=3), max_leaves=8
)
CONTENTS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(TEXTS, VALUES, max_size=4)


def typed(value: object) -> object:
    """The value with the type of every part beside it, so that 1, 1.0 and True are three things."""
    if isinstance(value, dict):
        return {key: typed(part) for key, part in value.items()}
    if isinstance(value, list):
        return [typed(part) for part in value]
    return type(value).__name__, value


def nested(depth: int) -> dict[str, Any]:
    """A document of this depth."""
    document: dict[str, Any] = {}
    for _ in range(depth - 1):
        document = {"a": document}
    return document


@given(CONTENTS)
def test_reads_back_as_it_was_written(content: dict[str, Any]) -> None:
    """The content comes back with its types, from the object and from its text; of the two zeros one is left."""
    document = JsonObject(content)
    assert typed(document.to_dict()) == typed(content)
    assert JsonObject.parse(document.text) == document
    assert JsonObject.parse(json.dumps(content)) == document
    assert dict(document) == document.to_dict()
    assert (set(document), len(document)) == (set(content), len(content))
    assert all(typed(document[key]) == typed(content[key]) for key in content)


@given(CONTENTS, CONTENTS)
def test_equal_is_what_has_equal_types(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Two documents are equal, and hash alike, if every key, value and type is."""
    assert (JsonObject(one) == JsonObject(other)) == (typed(one) == typed(other))
    assert JsonObject(one) == JsonObject(dict(reversed(one.items())))
    assert hash(JsonObject(one)) == hash(JsonObject(dict(reversed(one.items()))))


def told(content: object) -> str | type[Exception]:
    """The text of a document, or the error that refuses it."""
    try:
        return JsonObject(cast("dict[str, Json]", content)).text
    except InvalidValue as error:
        return type(error)


PIECES = st.text(st.sampled_from(["a", "ß", "\0", "\ud800", "\\", "u", "0", '"']), max_size=7)
EDGES = st.integers() | st.sampled_from([GREATEST_INTEGER + 1, -GREATEST_INTEGER, True, None]) | PIECES


@given(st.dictionaries(PIECES | st.integers(0, 1), EDGES, max_size=4))
def test_flat_document_is_kept_as_part_of_another(content: dict[object, object]) -> None:
    """A document without parts of its own, which is looked at as a whole, is kept or refused as one that is a part."""
    inside = told({"part": content})
    flat = told(content)
    assert flat == (inside.removeprefix('{"part":').removesuffix("}") if isinstance(inside, str) else inside)


def test_one_and_one_point_zero_and_true_differ() -> None:
    """A document tells apart what Python's == does not."""
    values: list[Json] = [1, 1.0, True, "1", [1], None]
    documents = [JsonObject({"a": value}) for value in values]
    assert len(set(documents)) == len(documents)
    assert JsonObject({"a": 1}) != {"a": 1}
    assert JsonObject({"a": 1}) != Pretender(JsonObject)
    assert JsonObject({"a": -0.0}) == JsonObject({"a": 0.0})


@given(CONTENTS)
def test_copies_are_equal(content: dict[str, Any]) -> None:
    """A document survives pickling and copying."""
    document = JsonObject(content)
    pickled = pickle.loads(pickle.dumps(document))  # noqa: S301  # our own
    for copied in (pickled, copy.deepcopy(document), copy.copy(document)):
        assert (copied, type(copied), hash(copied)) == (document, JsonObject, hash(document))
    assert JsonObject(document) == document
    assert JsonObject({"a": cast(Json, document)}) == JsonObject({"a": content})


def test_nobody_can_change_it() -> None:
    """Neither the document, nor what was passed in, nor what was read out changes what it holds."""
    inner = {"b": [1]}
    given_content: dict[str, Json] = {"a": cast(Json, inner)}
    document = JsonObject(given_content)
    inner["b"].append(2)
    given_content["c"] = 3
    cast("dict[str, list[int]]", document["a"])["b"].append(4)
    document.to_dict()["d"] = 5
    assert document == JsonObject({"a": {"b": [1]}})
    with pytest.raises(AttributeError):
        document.text = "{}"
    with pytest.raises(AttributeError):
        del document.text
    with pytest.raises(TypeError):
        document["a"] = 1  # type: ignore[index]  # the mistake itself
    assert not hasattr(document, "__dict__")


@pytest.mark.parametrize(
    "content",
    [
        *({"a": math.nan}, {"a": math.inf}, {"a": float(2**53)}, {"a": -1e300}),
        *({"a": 2**53}, {"a": -(2**53)}, {"a": 10**5000}),
        *({"a": "\0"}, {"a": "\ud800"}, {"a": "\ude00\ud83d"}, {"\0": 1}, {"\ud800": 1}),
        *({1: 1}, {None: 1}, {"a": {1: 1}}, {"a": object()}, {"a": {1, 2}}, {"a": b"b"}, {"a": [1j]}),
        *(5, None, "{}", [("a", 1)], object, UserDict(a=object()), {"a": iter("b")}),
        nested(GREATEST_DEPTH + 1),
    ],
)
def test_what_is_not_kept_exactly_is_refused(content: dict[str, Any]) -> None:
    """What PostgreSQL, or another reader of JSON, would refuse or change is refused."""
    with pytest.raises(InvalidValue) as caught:
        JsonObject(content)
    assert caught.value.kind == "json_object"


class Text(str):  # noqa: SLOT000  # somebody's own
    """A text with a method of its own."""

    def __str__(self) -> str:
        return "something else"


@pytest.mark.parametrize(
    "content",
    [
        {Text("a"): [1, {"b": 2.5}]},
        {"a": (type("Number", (int,), {})(1), type("Others", (dict,), {})(b=type("Float", (float,), {})(2.5)))},
        {"a": [1, types.MappingProxyType({Text("b"): 2.5})]},
        UserDict({"a": type("List", (list,), {})([1, UserDict(b=2.5)])}),
        type("Document", (JsonObject,), {})({"a": [1, {"b": 2.5}]}),
    ],
)
def test_values_of_subclasses_are_what_they_are(content: dict[str, Any]) -> None:
    """A text, a number, a list or a mapping of a subclass is kept as the plain one, whatever its methods say."""
    assert JsonObject(content) == JsonObject({"a": [1, {"b": 2.5}]})


def test_document_without_an_end_is_refused() -> None:
    """Lists that hold each other twice, and so grow beyond any bound though they do not nest deep, are refused."""
    grown: list[Any] = [1]
    for _ in range(GREATEST_DEPTH - 10):
        grown = [grown, grown]
    with pytest.raises(InvalidValue, match="at most"):
        JsonObject({"a": cast(Json, grown)})


def test_document_that_holds_itself_is_refused() -> None:
    """A cycle is only a document that nests too deep."""
    content: dict[str, Any] = {}
    content["a"] = [content]
    with pytest.raises(InvalidValue):
        JsonObject(content)


def test_ends_of_the_ranges_are_kept() -> None:
    """The greatest depth, the greatest integers and the floats just below the limit are kept."""
    assert JsonObject(nested(GREATEST_DEPTH)).to_dict() == nested(GREATEST_DEPTH)
    numbers: list[Json] = [
        GREATEST_INTEGER,
        -GREATEST_INTEGER,
        float(GREATEST_INTEGER),
        -float(GREATEST_INTEGER),
        5e-324,
        1e-7,
        5.0,
    ]
    assert typed(JsonObject({"a": numbers})["a"]) == typed(numbers)
    assert JsonObject({"a": cast(Json, (1, 2))})["a"] == [1, 2]


@pytest.mark.parametrize("text", ["", "[]", "1", "null", "{", '{"a": NaN}', '{"a": 1e400}', "{'a': 1}", "[" * 100_000])
def test_text_that_is_no_object_is_refused(text: str) -> None:
    """Only the text of a JSON object is read."""
    with pytest.raises(InvalidValue):
        JsonObject.parse(text)


def test_missing_key_is_a_key_error() -> None:
    """A document is a mapping: what it does not hold is a KeyError, and `get` answers."""
    document = JsonObject({"a": 1})
    with pytest.raises(KeyError):
        document["b"]
    assert document.get("b") is None
    assert "a" in document
    assert repr(document) == 'JsonObject({"a":1})'


@given(st.text())
def test_representable_text_is_what_utf8_holds(text: str) -> None:
    """A text is representable if UTF-8 can write it and it holds no NUL."""
    surrogates = any("\ud800" <= character <= "\udfff" for character in text)
    assert is_representable_text(text) == (not surrogates and "\0" not in text)


UNHELD = {"\0": "a NUL", **dict.fromkeys(map(chr, (0xD800, 0xDFFF)), "a lone surrogate")}
"""The characters that PostgreSQL can't hold, as an error names them."""


@bounded(60)
@given(before=TEXTS, behind=st.lists(st.sampled_from([*UNHELD, "a"])))
def test_the_first_character_that_can_not_be_held_is_named(before: str, behind: list[str]) -> None:
    """Of several characters that PostgreSQL can't hold the first is named with its place, and none of those it can."""
    text = before + "".join(behind)
    wrong = next((place for place, character in enumerate(text) if character in UNHELD), None)
    assert unrepresentable(text) == ("" if wrong is None else f"{UNHELD[text[wrong]]} at {wrong}")
