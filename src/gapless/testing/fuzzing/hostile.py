"""The hostile values by name, each made anew for each call, so that a program is data and both stores get the same."""

from __future__ import annotations

import asyncio
import decimal
import enum
import fractions
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import partial
from typing import cast
from uuid import UUID

import attrs
from hypothesis import strategies as st

from gapless.kit import Catalogue
from gapless.kit.audit import Actor, ActorKind
from gapless.kit.characters import trimmed
from gapless.kit.columns import Column, ColumnType
from gapless.kit.ids import UserId
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Model, Validated
from gapless.kit.plain import plain_text
from gapless.testing.fuzzing.hostile_classes import (
    INJECTED,
    Agreeing,
    LongPrinted,
    LyingId,
    LyingNumber,
    LyingText,
    LyingTime,
    Numbers,
    OddZone,
    PlainId,
    PlainNumber,
    PlainText,
    PlainTime,
    Pretender,
    Raiser,
    RaisingId,
    RaisingText,
    RaisingZone,
    TextMembers,
    Texts,
    ZoneOfNone,
    endless_iterator,
    raising_iterator,
)
from gapless.testing.strategies.plain_rows import plain_row
from gapless.testing.strategies.solutions import plan_of
from gapless.testing.templates import shared_by_all

Maker = Callable[[], object]
MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)
AN_ID = UUID(int=5)

TEXTS = (
    *("", " ", "\t a \n", "a\n", "null", "None", "true", "NaN", "OWNER", "owner", "[]", "{}", "undefined", "1E+02"),
    *("\0", "a\0b", "\ud800", "a\udfff", "\udcff" * 500, "\x7f\x80\x85\xa0", "\x1b[31m", "a\r\nb"),
    *(
        "\ufeffann@acme.org",
        "ann@acme.org\u200b",
        "an\u00adn@acme.org",
        "\u202etxt.exe",
        "\u3164",
        "\U000e0020",
        "\u2066x",
    ),
    *(
        "e\u0301" * 200,
        "\ufb03" * 100,
        "\u0130" * 50,
        "\u00df",
        "\U0001f600" * 500,
        "\u1e9e@acme.org",
        "\u0661\u0662\u0663",
    ),
    *("x" * 50, "x" * 51, "x" * 500, "x" * 501, "x" * 5000, "x" * 5001, "\ud800" * 1000),
    *("-" * 50_000, "a-" * 30_000 + "!", "a" * 64, "a" * 254 + "@acme.org", "a@" * 5000, "a@" + "b." * 100_000),
    *("+12", "+1" + "2" * 14, "+1" + "2" * 15, "+" + "1" * 100, "+\u0661\u0662\u0663\u0664\u0665", "sip:ann@acme.org"),
    *("anonymous", "tel:+12025550123;ext=7", '"a b"@acme.org', "ann@[127.0.0.1]", "ann@acme..org", "<ann@acme.org>"),
    *(INJECTED, f"x{INJECTED}", "$$; CREATE TABLE injected (); $$", "\\'; CREATE TABLE injected (); --", "%s%n%(x)s"),
    *("{0.__class__.__mro__}", ":name", "$1", "${jndi:ldap://x}", "../../../etc/passwd", "*/", "-- ", "%", "_", "\\"),
    *(str(AN_ID), "00000000-0000-0000-0000-00000000000g", "2026-03-01T12:00:00Z", "58000-01-01"),
)
NUMBERS = (
    *(-1, 0, 1, 5, 2**31 - 1, 2**31, -(2**31) - 1, 2**53, 2**63 - 1, 2**63, 2**64, 10**400, True, False, 1j),
    *(0.0, -0.0, 1.5, 1e308, float("nan"), float("inf"), -float("inf"), decimal.Decimal(1), fractions.Fraction(1, 3)),
)
TIMES = (
    datetime(2026, 3, 1),  # noqa: DTZ001  # has no zone on purpose
    *(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), datetime(58000 // 10, 1, 1, tzinfo=UTC)),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
    datetime(2026, 3, 1, 2, 30, fold=1, tzinfo=timezone(timedelta(seconds=1))),
    *(datetime(2026, 3, 1, tzinfo=zone) for zone in (RaisingZone(), OddZone(), ZoneOfNone())),
    *(PlainTime(2026, 4, 1, tzinfo=UTC), LyingTime(2026, 4, 1, tzinfo=UTC), date(2026, 3, 1), time(12)),
    *(timedelta(), -timedelta.resolution, timedelta(days=1), timedelta.max, timedelta.min),
)
OBJECTS: tuple[object, ...] = (
    *(None, b"", b"ann", bytearray(b"x"), (), frozenset(), object, int, repr, type, sys, ValueError("x"), Ellipsis),
    *(NotImplemented, range(3), AN_ID, UUID(int=0), UUID(int=2**128 - 1), PlainId(int=5), LyingId(int=5)),
    *(ActorKind, ActorKind.USER, Texts.OWNER, Texts.ACTIVE, Texts.ENGLISH),
    *(TextMembers.OWNER, TextMembers.ACTIVE, TextMembers.ENGLISH, Numbers.ONE, PlainNumber(3), LyingNumber(7)),
    *(PlainText("abc"), PlainText("OWNER"), PlainText("ann@acme.org"), LyingText("abc"), LyingText("ann@acme.org")),
)
MADE: tuple[Maker, ...] = (
    lambda: "x" * 10_000_000,
    lambda: RaisingText("abcd"),
    lambda: RaisingId(int=9),
    Raiser,
    Agreeing,
    LongPrinted,
    object,
    asyncio.Event,
    *(partial(Pretender, kind) for kind in (str, int, bool, UUID, datetime, timedelta, dict, tuple, ActorKind, Actor)),
    raising_iterator,
    endless_iterator,
    lambda: iter([1]),
    lambda: [AN_ID] * 3,
    lambda: [1, "a", None],
    lambda: [LyingId(int=1)],
    lambda: {1: 2},
    lambda: {"a": float("nan"), "b": "\0"},
    lambda: {"a": 2**64, "b": Raiser()},
    lambda: nested(70, {}),
    lambda: nested(2000, {}),
    lambda: nested(20_000, []),
    lambda: endless_mapping(),  # noqa: PLW0108  # is defined below
    lambda: lambda *_: True,
    lambda: lambda *_: None,
    lambda: JsonObject({"a": 1}),
)


def actors() -> tuple[Actor, ...]:
    """Actors with hostile fields, as far as they can be made at all."""
    fields: tuple[dict[str, object], ...] = (
        {"user_id": None, "job": None},
        {"user_id": AN_ID, "job": "both"},
        {"user_id": "x", "job": None},
        {"user_id": LyingId(int=2), "job": None},
        {"user_id": None, "job": "\ud800"},
        {"user_id": None, "job": "x" * 501},
        {"user_id": None, "job": Raiser()},
        {"user_id": None, "job": "job", "ip_address": "x" * 10_000_000, "user_agent": "\0\ud800" * 400},
        {"user_id": None, "job": "job", "ip_address": INJECTED, "user_agent": 7},
        {"user_id": None, "job": "job", "ip_address": Raiser(), "user_agent": LyingText("Mozilla")},
    )
    made = []
    for given in fields:
        actor = object.__new__(Actor)  # as a caller without types can have it
        for field in attrs.fields(Actor):
            object.__setattr__(actor, field.name, given.get(field.name))
        made.append(actor)
    return (*made, Actor.user(cast(UserId, AN_ID)), Actor.system("job"))


def nested(depth: int, innermost: object) -> object:
    """A dict or list in one another, so many times."""
    made = innermost
    for _ in range(depth):
        made = {"a": made} if isinstance(innermost, dict) else [made]
    return made


def endless_mapping() -> dict[str, object]:
    """A dict that holds itself."""
    made: dict[str, object] = {}
    made["a"] = made
    return made


@attrs.frozen
class Apart:
    """Sets the hostile values of one program apart from those of others, where two organizations can't have the same.

    Other programs meet the same values in the same database, and one of them may have kept it.

    Attributes:
        catalogue: says which fields are so.
        mark: tells the program from others.
    """

    catalogue: Catalogue
    mark: str

    def value(self, name: str, value: object) -> object:
        """A hostile value with the mark in it.

        Args:
            name: of which field or parameter it is.
            value: the value. It is changed only if it is, or comes to, a text that a row can keep.

        Returns:
            A text of the same class, or a plain one of a member; what was given if there is nothing to set apart.
        """
        text = plain_text(value)
        core = "" if text is None else trimmed(text).lower()
        found = [(model, column) for model, column in shared_texts(self.catalogue) if column.name == name]
        found = [(model, column) for model, column in found if plan_of(model).allows({column.name: core})]
        if text is None or not found:
            return value
        model, column = found[0]
        apart = str(plain_row(plan_of(model), {}, f"{self.mark} {core}", [column.name])[column.name])
        kind = str if isinstance(value, enum.Enum) else cast(type[str], type(value))  # an enumeration makes no members
        return kind(text.replace(trimmed(text), apart, 1))


def shared_texts(catalogue: Catalogue) -> list[tuple[Model[Validated], Column]]:
    """The texts that no two organizations have alike."""
    return [
        (model, column)
        for model in catalogue.models
        for column in shared_by_all(model)
        if column.type is ColumnType.TEXT
    ]


def _makers() -> Mapping[str, Maker]:
    fixed = {"text": TEXTS, "number": NUMBERS, "time": TIMES, "object": OBJECTS}
    found = {
        f"{kind} {place}": _returning(value) for kind, values in fixed.items() for place, value in enumerate(values)
    }
    found |= {f"made {place}": maker for place, maker in enumerate(MADE)}
    return found | {f"actor {place}": _returning(actor) for place, actor in enumerate(actors())}


def _returning(value: object) -> Maker:
    return lambda: value


@attrs.frozen
class Hostile:
    """Stands for a hostile value in a program.

    Attributes:
        name: which one.
        make: makes it anew.
    """

    name: str
    make: Maker = attrs.field(eq=False)

    @make.default
    def _maker(self) -> Maker:
        return MAKERS[self.name]

    def made(self) -> object:
        """The value, made anew if it can be used up."""
        return self.make()

    def made_for(self, name: str, apart: Apart) -> object:
        """The value, set apart from that of other programs where it has to be."""
        return apart.value(name, self.made())

    def __repr__(self) -> str:
        """The name, with as much of the value as can be read."""
        value = self.made()
        told = (
            f"{value!r:.60}" if type(value) in (str, int, float, bytes, datetime, timedelta) else type(value).__name__
        )
        return f"<{self.name}: {told}>"


MAKERS = _makers()
HOSTILE = st.sampled_from(sorted(MAKERS)).map(Hostile)
SPOILED = (0, 0, 1, 1, 1, 2, 3)
"""How many arguments of a call are hostile, one of these at a time."""


def hostile_values(catalogue: Catalogue | None = None) -> tuple[Hostile, ...]:
    """All hostile values; those of a catalogue with the members of its enumerations, and what pretends to be one."""
    kinds = {
        column.enumeration: None
        for model in (() if catalogue is None else catalogue.models)
        for column in model.columns
        if column.enumeration is not None
    }
    named: dict[str, Maker] = {}
    for kind in kinds:
        named[f"kind {kind.__name__}"] = _returning(kind)
        named[f"pretended {kind.__name__}"] = partial(Pretender, kind)
        named |= {f"member {kind.__name__} {member.name}": _returning(member) for member in list(kind)[:1]}
    return (*map(Hostile, MAKERS), *(Hostile(name, make) for name, make in named.items()))
