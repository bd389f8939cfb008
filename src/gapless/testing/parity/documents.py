"""JSON objects that readers of JSON disagree on: numbers of every kind, keys and texts in every script, nesting."""

from __future__ import annotations

from random import Random

from gapless.kit.json_object import GREATEST_DEPTH, GREATEST_INTEGER, Json, JsonObject
from gapless.testing.parity.characters import drawn_character

NUMBERS: tuple[Json, ...] = (
    *(0, 1, -1, GREATEST_INTEGER, -GREATEST_INTEGER),
    *(
        0.0,
        -0.0,
        1.0,
        0.1,
        1e-7,
        5e-324,
        2.2250738585072014e-308,
        1.7976931348623157e-308,
        float(GREATEST_INTEGER),
        -1e15,
    ),
)
WORDS: tuple[Json, ...] = (None, True, False, "", "1", "true", "null", [], {}, "\\u0000", '"', "\x01", "\ufeff")


def edge_documents() -> list[JsonObject]:
    """The documents that are always tried: every number and word, the deepest nesting, keys that others reorder."""
    deep: Json = 1
    for _ in range(GREATEST_DEPTH - 2):
        deep = [deep]
    alone = [JsonObject({"key": value}) for value in (*NUMBERS, *WORDS)]
    keys = JsonObject({key: place for place, key in enumerate(("", "b", "aa", "é", "e\u0301", "\U0001f600", "\uffff"))})
    return [JsonObject({}), *alone, JsonObject({"deep": deep}), keys]


def drawn_document(random: Random) -> JsonObject:
    """A small document, up to four deep."""
    return JsonObject({_text(random): _drawn(random, 3) for _ in range(random.randrange(4))})


def _drawn(random: Random, depth: int) -> Json:
    kind = random.random()
    if depth and kind < 0.1:
        return [_drawn(random, depth - 1) for _ in range(random.randrange(4))]
    if depth and kind < 0.2:
        return {_text(random): _drawn(random, depth - 1) for _ in range(random.randrange(3))}
    if kind < 0.4:
        return _text(random)
    if kind < 0.6:
        return random.choice(WORDS)
    return _number(random)


def _number(random: Random) -> Json:
    kind = random.random()
    if kind < 0.3:
        return random.choice(NUMBERS)
    if kind < 0.6:
        return random.getrandbits(random.randint(1, 53)) * random.choice((1, -1))
    return random.uniform(-1, 1) * 10.0 ** random.randint(-300, 15)


def _text(random: Random) -> str:
    return "".join([drawn_character(random) for _ in range(random.randrange(4))])
