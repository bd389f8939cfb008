"""A declaration that one of the stores could not serve is refused where it is made, with what to do instead."""

from __future__ import annotations

import enum
from bisect import bisect
from collections.abc import Callable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.kit import (
    AppendOnly,
    AtMost,
    Catalogue,
    Check,
    Entity,
    Index,
    Model,
    OnDelete,
    Reference,
    Rule,
    Unique,
    length,
    matches,
    rules_of,
)
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import RootId
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.kit.servability import TRIGGERS_VARIABLES

Fields = dict[str, object]
Yields = Callable[[Validated], Iterator[Rule]]
HOME = "organization_id"
TENANTED: Fields = {HOME: UUID, "id": UUID}
OPEN = "is_open"
KEY = (HOME, "id")


def none(_: Validated) -> Iterator[Rule]:
    """No rule but those that follow from the annotations."""
    yield from ()


def declared(
    fields: Fields, table: str = "things", key: tuple[str, ...] = KEY, rules: Yields = none
) -> Model[Validated]:
    """The model of an entity with these fields."""
    entity = attrs.make_class(
        "Thing",
        {name: attrs.field(type=cast(type, annotation)) for name, annotation in fields.items()},
        bases=(Entity,),
        frozen=True,
        kw_only=True,
        slots=True,
    )
    belongs_to = attrgetter(HOME) if HOME in fields else None
    return rules_of(entity, table, belongs_to=belongs_to, root=belongs_to is None, key=key)(rules)


def over(kind: type[Unique | Index], name: str) -> Yields:
    """A rule with an index over the field of this name."""

    def rules(thing: Validated) -> Iterator[Rule]:
        yield kind("things_index", "A thing is found.", (getattr(thing, name),))

    return rules


REFUSED: dict[str, tuple[Callable[[], object], str]] = (
    {
        "a root with a truth for a key": (
            lambda: declared({"id": bool}, key=("id",)),
            "Thing.id is a boolean; the key of a root is a UUID, a whole number or a text",
        ),
        "a root with any text for a key": (
            lambda: declared({"id": str}, key=("id",)),
            "Thing.id is the key of a root, .* bound it by a Check to at most 200 characters",
        ),
        "a tenant that is a time": (
            lambda: declared({HOME: datetime, "id": UUID}),
            f"Thing.{HOME} is a time; the key of a root is a UUID, a whole number or a text",
        ),
        "a key of some root that is no tenant": (
            lambda: declared({**TENANTED, "other_id": RootId}),
            "Thing.other_id: only a part, whose field of belongs_to= is a RootId, takes the types of keys",
        ),
        "a root with two keys": (
            lambda: declared({"id": UUID, "number": int}, key=("id", "number")),
            "Thing is a root, so its key must be one field and not",
        ),
        "a key of one field twice": (
            lambda: declared(TENANTED, key=("organization_id", "organization_id")),
            "The key of Thing names a field twice",
        ),
        "a key with a document": (
            lambda: declared({**TENANTED, "more": JsonObject}, key=(*KEY, "more")),
            "Thing.more is a json, which an index does not compare alike",
        ),
        "a unique document": (
            lambda: declared({**TENANTED, "more": JsonObject}, rules=over(Unique, "more")),
            "things_index: Thing.more is a json",
        ),
        "an index over a list": (
            lambda: declared({**TENANTED, "ids": tuple[UUID, ...]}, rules=over(Index, "ids")),
            "things_index: Thing.ids is a list of uuids",
        ),
        "an index over any text": (
            lambda: declared({**TENANTED, "text": str}, rules=over(Index, "text")),
            "things_index: Thing.text can be too long for an index, .* bound the length by a Check",
        ),
        "a key with any text": (
            lambda: declared({**TENANTED, "text": str}, key=(*KEY, "text")),
            "things_organization_id_id_text_unique: Thing.text can be too long",
        ),
        "the version in a key": (
            lambda: declared({**TENANTED, "version": int}, key=(*KEY, "version")),
            "The key of Thing never changes, and version does: leave it out of the key",
        ),
        "a field of the server": (
            lambda: declared({**TENANTED, "xmin": int}),
            "PostgreSQL allows no column called xmin",
        ),
        "a long field": (lambda: declared({**TENANTED, "x" * 64: int}), "a name is a text of 1 to 63 bytes"),
        "a long name of table and field": (
            lambda: declared({**TENANTED, "x" * 60: datetime}),
            "this name is too long beside its table's",
        ),
        "a field that the store needs": (
            lambda: Catalogue(()) + declared({"id": UUID, "touches": int}, key=("id",)),
            "Thing.touches: the store uses names like touches, last_number and at_…",
        ),
        "two entities on one table": (lambda: GAPLESS + declared(TENANTED, "users"), "each table in once"),
        "a reference of another type": (lambda: GAPLESS + declared(TENANTED, rules=strangers), "does not fit the key"),
    }
    | {
        f"the field {name}": (
            lambda name=name: declared({**TENANTED, name: bool}),
            f"Thing.{name}: a trigger of PostgreSQL has a variable called {name}: rename the field",
        )
        for name in TRIGGERS_VARIABLES
    }
    | {
        f"the table {table}": (lambda table=table: declared(TENANTED, table), message)
        for table, message in {
            "Things": "a table can't be called 'Things'",
            "things_1": "no number after the last underscore",
            "1things": "a letter first",
            "my things": "lower-case letters",
            "": "can't be called ''",
            "alembic_version": "neither alembic_version",
            "x" * 30: "is too long: the rule of its key would be called",
        }.items()
    }
)


def strangers(thing: Validated) -> Iterator[Rule]:
    """A reference by two fields to a table whose key has one."""
    yield Reference(
        "things_home",
        "A thing has a home.",
        tuple(getattr(thing, name) for name in KEY),
        Organization,
        OnDelete.CASCADE,
    )


@pytest.mark.parametrize("how", REFUSED)
def test_what_no_store_serves_is_refused(how: str) -> None:
    """The refusal names the entity and the field, and says what to do."""
    declare, message = REFUSED[how]
    with pytest.raises(DeclarationError, match=message):
        declare()


def test_what_both_stores_serve_is_accepted() -> None:
    """An ordinary entity is accepted, also with a key of three fields, of another type, or of the root's alone."""
    accepted = (
        declared(TENANTED),
        declared({HOME: UUID, "id": int}),
        declared({HOME: UUID, "id": UUID}, key=("id",)),
        declared({HOME: UUID, "id": UUID}, key=("id", HOME)),
        declared({**TENANTED, "number": int}, key=(*KEY, "number")),
        declared({"organization_id": UUID, "text": str}, key=("organization_id",)),
    )
    for model in accepted:
        assert model in (GAPLESS + model).models


def test_a_text_that_is_the_key_of_a_root_has_a_bound() -> None:
    """In every table below such a root it follows by itself, unless a check of the table's own says less."""
    texts: Fields = {HOME: str, "id": UUID}
    (check,) = declared(texts).of_kind(Check)
    assert (check.name, [column.name for column in check.columns]) == (f"things_{HOME}_length", [HOME])
    assert declared({**texts, HOME: UUID}).of_kind(Check) == ()

    def short(thing: Validated) -> Iterator[Rule]:
        yield Check("things_short", "It is short.", length(getattr(thing, HOME)) <= 20)

    assert [rule.name for rule in declared(texts, rules=short).of_kind(Check)] == ["things_short"]


def ruled(table: str, *names: str, kind: Callable[..., Rule] = Index, count: int = 1) -> Model[Validated]:
    """A table with such rules over a field of its own."""

    def rules(thing: Validated) -> Iterator[Rule]:
        for name in names:
            yield kind(name, "A thing is so.", tuple(getattr(thing, f"n{place}") for place in range(count)))

    fields = {**TENANTED, **{f"n{place}": int for place in range(max(count, 1))}}
    return declared(fields, table, rules=rules)


def appended(table: str, name: str, *, entering: bool = False) -> Model[Validated]:
    """A table whose rows stay as they are, by a rule of that name."""

    def rules(thing: Validated) -> Iterator[Rule]:
        home = Reference(f"{table}_home", "A home.", getattr(thing, HOME), Organization, OnDelete.CASCADE)
        yield home
        yield AppendOnly(name, "A thing stays.", home)
        if entering:
            yield AtMost(f"{table}_most", "A few.", through=home, of=getattr(thing, OPEN), limit=3)

    return declared({**TENANTED, OPEN: bool}, table, rules=rules)


def rooted(name: str) -> Model[Validated]:
    """A root of that class name."""
    entity = attrs.make_class(
        name, {"id": attrs.field(type=UUID)}, bases=(Entity,), frozen=True, kw_only=True, slots=True
    )
    return rules_of(entity, "roots", root=True)(none)


COLLIDING: dict[str, Callable[[], object]] = {
    "an index like its table": lambda: Catalogue((ruled("things", "things"),)),
    "a unique like another table": lambda: GAPLESS + ruled("things", "users", kind=Unique),
    "a table like another's index": lambda: GAPLESS + ruled("users_email_unique"),
    "an index like the version table": lambda: GAPLESS + ruled("things", "alembic_version"),
    "a function like a check": lambda: GAPLESS + appended("keep", "inserted", entering=True),
    "a trigger like that of a statement": lambda: GAPLESS + appended("things", "rules_inserted", entering=True),
    "an index of too many columns": lambda: ruled("things", "things_many", count=33),
    "a table of too many columns": lambda: declared({**TENANTED, **{f"n{place}": int for place in range(1599)}}),
    "a root with too long a name": lambda: Catalogue((rooted("A" + "b" * 58),)),
}


@pytest.mark.parametrize("kind", COLLIDING)
def test_objects_that_could_not_stand_side_by_side(kind: str) -> None:
    """Two objects of one name, and more or longer ones than PostgreSQL takes, are refused where they are declared."""
    with pytest.raises(DeclarationError):
        COLLIDING[kind]()


def indexed(fields: Fields, *names: str, longest: int) -> bool:
    """Whether an index over a text of so many characters of ASCII and these other fields is accepted."""

    def rules(thing: Validated) -> Iterator[Rule]:
        for name in ("text", "other"):
            yield Check(f"things_{name}_form", "It is ASCII.", matches(getattr(thing, name), "[!-~]*"))
        yield Check("things_text_length", "It is short.", length(thing.text) <= longest)  # type: ignore[attr-defined]
        yield Check("things_other_length", "It is short.", length(thing.other) <= 40)  # type: ignore[attr-defined]
        yield Index("idx_things", "It is found.", tuple(getattr(thing, name) for name in ("text", *names)))

    try:
        declared({**TENANTED, "text": str, "other": str, **fields}, rules=rules)
    except DeclarationError:
        return False
    return True


@pytest.mark.parametrize("length_of_member", [1, 39, 40])
def test_a_member_takes_as_much_of_an_index_as_a_text_of_its_length(length_of_member: int) -> None:
    """The longest member of an enumeration counts, as a text of ASCII with so many characters does."""
    kind = enum.Enum("Kind", {"SHORT": "a", "LONG": "b" * length_of_member})  # type: ignore[misc]
    fields: Fields = {"kind": kind}
    beside_member, beside_text = (
        bisect(range(2600, 2704), x=0, key=lambda n, name=name: not indexed(fields, name, longest=n))  # type: ignore[misc]
        for name in ("kind", "other")
    )
    assert beside_member + length_of_member == beside_text + 40


def test_the_most_that_postgresql_takes() -> None:
    """What is just within the limits is declared."""
    assert ruled("things", "things_many", count=32).columns
    assert len(declared({**TENANTED, **{f"n{place}": int for place in range(1598)}}).columns) == 1600
    assert Catalogue((rooted("A" + "b" * 57),)).roots
    assert (GAPLESS + appended("keep", "inserted")).models
