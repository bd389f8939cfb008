"""Small catalogues of shapes about which random programs are hard to derive: few values, no fields, no id, no rows."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast
from uuid import UUID

import attrs

from gapless.domain.organizations import OrganizationId
from gapless.kit import (
    AppendOnly,
    AtLeastOne,
    AtMost,
    Catalogue,
    Check,
    Entity,
    Exclusion,
    OnDelete,
    Reference,
    Rule,
    Unique,
    between,
    is_null,
    length,
    matches,
    negate,
    nullable,
    one_of,
    row,
    rules_of,
)
from gapless.kit.model import Model, Validated

SPRING, SUMMER = datetime(2031, 3, 1, tzinfo=UTC), datetime(2031, 3, 1, 4, 20, tzinfo=UTC)
Thing = SimpleNamespace
"""What the rules of an entity that is made here are given: a row with fields of any names."""
Build = Callable[[Thing, Reference, type], Iterator[Rule]]
_ID: Mapping[str, object] = {"organization_id": OrganizationId, "id": UUID}


class Tone(enum.Enum):
    """Few values."""

    LOW = "low"
    HIGH = "high"


def at_home(thing: Thing, table: str) -> Reference:
    """The reference of a row to its root."""
    home = thing.organization_id
    return Reference(f"{table}_home", "It is somewhere.", home, Yard, OnDelete.CASCADE)


@attrs.frozen(kw_only=True, slots=True)
class Yard(Entity):
    """A root that nobody audits, and whose limit can't be as small as programs would like it."""

    id: OrganizationId
    name: str = "yard"
    most: int = 6
    version: int = 0


@rules_of(Yard, "yards", root=True)
def yard_rules(yard: Yard) -> Iterator[Rule]:
    """What holds for yards."""
    yield Check("yards_name_length", "A name is short.", length(yard.name) <= 20)
    yield Check("yards_most_range", "There is room for some.", between(yard.most, 3, 9))


@attrs.frozen(kw_only=True, slots=True)
class Person(Entity):
    """What others refer to."""

    organization_id: OrganizationId
    id: UUID
    name: str = "ann"
    version: int = 0


@rules_of(Person, "people", belongs_to=lambda person: person.organization_id)
def person_rules(person: Person) -> Iterator[Rule]:
    """What holds for people."""
    yield Check("people_name_length", "A name is short.", length(person.name) <= 20)
    yield at_home(cast(Thing, person), "people")


@attrs.frozen(kw_only=True, slots=True)
class Club(Entity):
    """A row without a field of its own."""

    organization_id: OrganizationId
    id: UUID
    version: int = 0


@rules_of(Club, "clubs", belongs_to=lambda club: club.organization_id)
def club_rules(club: Club) -> Iterator[Rule]:
    """What holds for clubs."""
    yield at_home(cast(Thing, club), "clubs")


YARD = Catalogue((cast("Model[Validated]", yard_rules),))
PEOPLE = YARD + person_rules + club_rules


def beside(fields: Mapping[str, object], rules: Build, key: tuple[str, ...] = ("organization_id", "id")) -> Catalogue:
    """The catalogue of people and clubs, and of one more entity with these fields, rules and key."""
    given = {name: _field(annotation) for name, annotation in fields.items()}
    entity = attrs.make_class("Thing", given, bases=(Entity,), frozen=True, kw_only=True, slots=True)
    table = "things"

    def built(row: Validated) -> Iterator[Rule]:
        thing = cast(Thing, row)
        home = at_home(thing, table)
        yield home
        yield from rules(thing, home, entity)

    return PEOPLE + cast(
        "Model[Validated]", rules_of(entity, table, belongs_to=lambda row: row.organization_id, key=key)(built)
    )


def _field(annotation: object) -> object:
    """A field, which is null by default if it may be."""
    if "None" in str(annotation):
        return attrs.field(type=annotation, default=None)  # type: ignore[call-overload]  # any type
    return attrs.field(type=annotation)  # type: ignore[call-overload]  # any type


def _to(thing: Thing, field: str, entity: type, on_delete: OnDelete = OnDelete.CASCADE) -> Reference:
    fields = (thing.organization_id, getattr(thing, field))
    return Reference(f"things_{field}", "It is there.", fields, entity, on_delete)


def _ranged(**bounds: object) -> Build:
    """An exclusion over a range whose ends are between two bounds."""

    def rules(thing: Thing, _: Reference, __: type) -> Iterator[Rule]:
        first, last = thing.first, thing.last
        yield Check("things_first", "It begins within.", between(first, bounds["least"], bounds["greatest"]))
        if "end" in bounds:
            yield Check("things_last", "It ends within.", nullable(last) <= bounds["end"])
        yield Check("things_order", "It ends last.", first <= nullable(last))
        yield Exclusion("things_free", "It is taken.", thing.organization_id, start=first, end=last)

    return rules


def _listed(thing: Thing, _: Reference, __: type) -> Iterator[Rule]:
    first, last, level = thing.first, thing.last, thing.level
    yield Check("things_first", "There are few.", one_of(first, 10, 20, 40))
    yield Check("things_last", "There are few.", one_of(last, 20, 40, 80))
    yield Check("things_level", "It is high up.", between(level, 30, 40))
    yield Check("things_order", "It ends last.", first <= last)
    yield Exclusion("things_free", "It is taken.", (thing.organization_id, level), start=first, end=last)


def _apart(thing: Thing, _: Reference, __: type) -> Iterator[Rule]:
    """Every range overlaps every other one."""
    first, last = thing.first, thing.last
    yield Check("things_first", "It begins early.", between(first, 1, 10))
    yield Check("things_last", "It ends late.", between(last, 20, 30))
    yield Check("things_order", "It ends last.", first <= last)
    yield Exclusion("things_free", "It is taken.", thing.organization_id, start=first, end=last)


def _joining(thing: Thing, _: Reference, __: type) -> Iterator[Rule]:
    yield _to(thing, "person_id", Person)
    yield _to(thing, "club_id", Club)


def _unique(*names: str, among: tuple[int, int] | None = None) -> Build:
    """No two rows have the same in some fields."""

    def rules(thing: Thing, _: Reference, __: type) -> Iterator[Rule]:
        fields = [getattr(thing, name) for name in names]
        if among is not None:
            yield Check("things_number", "There are few.", between(fields[0], *among))
        if "person_id" in names:
            yield _to(thing, "person_id", Person)
        yield Unique("things_unique", "It is taken.", (thing.organization_id, *fields))

    return rules


def _appended(_: Thing, home: Reference, __: type) -> Iterator[Rule]:
    yield AppendOnly("things_stay", "It stays.", home)


def _kept(thing: Thing, home: Reference, _: type) -> Iterator[Rule]:
    is_main = thing.is_main
    yield AtLeastOne("things_some", "One is main.", home, of=is_main)
    yield Unique("things_main", "One is main at most.", thing.organization_id, where=is_main)


def _of_itself(thing: Thing, _: Reference, entity: type) -> Iterator[Rule]:
    yield _to(thing, "thing_id", entity, OnDelete.RESTRICT)


def _of_another(thing: Thing, _: Reference, entity: type) -> Iterator[Rule]:
    """No row can be the first one."""
    yield Check("things_other", "It is another one.", thing.thing_id != thing.id)
    yield _to(thing, "thing_id", entity, OnDelete.RESTRICT)


def _never_main(thing: Thing, home: Reference, _: type) -> Iterator[Rule]:
    """What every root needs is what no row may be."""
    yield Check("things_plain", "None is main.", negate(thing.is_main))
    yield AtLeastOne("things_some", "There is one.", home, of=thing.is_main)


def _of_a_person(thing: Thing, _: Reference, __: type) -> Iterator[Rule]:
    yield _to(thing, "person_id", Person)


def _by_a_person(**further: type) -> Catalogue:
    """Rows whose key is a person and one more field."""

    def rules(thing: Thing, _: Reference, __: type) -> Iterator[Rule]:
        yield _to(thing, "person_id", Person)
        if "code" in further:
            yield Check("things_code", "A code is two letters.", matches(thing.code, "[A-Z]{2}"))

    key = ("organization_id", "person_id", *further)
    return beside({"organization_id": OrganizationId, "person_id": UUID, **further, "version": int}, rules, key)


def _nothing_else(*_: object) -> Iterator[Rule]:
    yield from ()


def _counted(thing: Thing, home: Reference, _: type) -> Iterator[Rule]:
    person = thing.person_id
    yield Check("things_note_length", "A note is short.", length(thing.note) <= 20)
    yield _to(thing, "person_id", Person, OnDelete.SET_NULL)
    yield AtMost("things_owned", "There are enough.", home, of=negate(is_null(person)), limit=row(Yard).most)
    yield Unique("things_note", "It is noted.", (thing.organization_id, thing.note), where=negate(is_null(person)))


_NUMBERS = {**_ID, "first": int, "last": int, "version": int}
_TIMES = {**_ID, "first": datetime, "last": datetime | None, "version": int}
_PAIR = {"organization_id": OrganizationId, "person_id": UUID, "club_id": UUID}
_HOME = ("organization_id",)
SHAPES: Mapping[str, Catalogue] = {
    "a root alone": YARD,
    "people": PEOPLE,
    "numbers within bounds": beside(_NUMBERS, _ranged(least=1, greatest=31)),
    "numbers below zero": beside(_NUMBERS, _ranged(least=-900, greatest=-890, end=-880)),
    "times of a spring": beside(_TIMES, _ranged(least=SPRING, greatest=SUMMER, end=SUMMER)),
    "ranges of listed ends": beside({**_NUMBERS, "level": int}, _listed),
    "ranges that all overlap": beside(_NUMBERS, _apart),
    "a join": beside({**_PAIR, "created_at": datetime}, _joining, tuple(_PAIR)),
    "a join of versions": beside({**_PAIR, "is_main": bool, "version": int}, _joining, tuple(_PAIR)),
    "nothing of its own": beside(_ID, _nothing_else),
    "what is appended": beside({**_ID, "created_at": datetime}, _appended),
    "one each of a boolean": beside({**_ID, "is_good": bool, "version": int}, _unique("is_good")),
    "one each of an enumeration": beside({**_ID, "tone": Tone, "version": int}, _unique("tone")),
    "one each of few numbers": beside(
        {**_ID, "place": int, "version": int},
        _unique("place", among=(1, 3)),
    ),
    "one each of a person": beside({**_ID, "person_id": UUID, "version": int}, _unique("person_id")),
    "one at all": beside({**_ID, "is_main": bool, "version": int}, _kept),
    "of itself": beside({**_ID, "thing_id": UUID, "version": int}, _of_itself),
    "one in each root": beside({"organization_id": OrganizationId, "note": str, "version": int}, _nothing_else, _HOME),
    "with the id of a person": beside(
        {"organization_id": OrganizationId, "person_id": UUID, "version": int}, _of_a_person, (*_HOME, "person_id")
    ),
    "keyed by a person and a number": _by_a_person(number=int),
    "keyed by a person and a code": _by_a_person(code=str),
    "keyed by a person and a time": _by_a_person(at=datetime),
    "counted by who owns it": beside({**_ID, "person_id": UUID | None, "note": str, "version": int}, _counted),
}
"""A catalogue of each shape, by what is special about it."""
SIDE_BY_SIDE = ("numbers within bounds", "numbers below zero", "times of a spring", "ranges of listed ends")
"""Those with room for several ranges side by side."""
SEVERAL = (*SIDE_BY_SIDE, *(name for name in SHAPES if name.startswith(("a join", "keyed by"))))
"""These, and those of which rows are told apart by a key that is no id: there is room for several rows."""
BARE = ("a join", "nothing of its own", "one in each root", "what is appended", "keyed by a person and a number")
"""Those whose entity lacks an id, a version or a field of its own."""
TOO_FEW: Mapping[str, tuple[str, Catalogue]] = {
    "a tone of all roots": (
        "things_tone",
        beside(
            {**_ID, "tone": Tone, "version": int},
            lambda thing, *_: iter((Unique("things_tone", "It is taken.", thing.tone),)),
        ),
    ),
    "of another": ("things_other", beside({**_ID, "thing_id": UUID, "version": int}, _of_another)),
    "none that is main": (
        "things_some",
        beside({**_ID, "is_main": bool, "version": int}, _never_main),
    ),
}
"""Catalogues about which no programs can be, each with the rule that leaves too little."""
