"""Whatever catalogue is accepted, both stores serve it: keys of every shape and type, beside fields of every type."""

from __future__ import annotations

import enum
import random
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, partial
from itertools import product
from operator import attrgetter
from typing import Annotated, cast
from uuid import UUID, uuid4

import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres.schema.creation import fingerprinted
from gapless.domain.organizations import OrganizationId
from gapless.kit import (
    AtMost,
    Catalogue,
    Check,
    Entity,
    Model,
    OnDelete,
    Reference,
    Rule,
    Transition,
    Unique,
    length,
    previous,
    row,
    rules_of,
)
from gapless.kit.columns import BigInteger, ColumnType, Digits
from gapless.kit.errors import DeclarationError, QueryRefused
from gapless.kit.ids import RowId
from gapless.kit.json_object import JsonObject
from gapless.kit.kinds import GREATEST_NAME_LENGTH
from gapless.kit.model import Validated
from gapless.kit.names import GREATEST_IDENTIFIER
from gapless.kit.ports import Store
from tests.stores import STORES, store_of

SCHEMA = "served"
HOME, ROOT = "group", "order"  # words of SQL
RANDOM = random.Random(1)


class Colour(enum.Enum):
    """A text of few."""

    RED = "RED"
    BLUE = "BLUE"


TYPES: dict[ColumnType, object] = {
    ColumnType.TEXT: str,
    ColumnType.ENUMERATION: Colour,
    ColumnType.INTEGER: int,
    ColumnType.BIG_INTEGER: BigInteger,
    ColumnType.DECIMAL: Annotated[Decimal, Digits(precision=40, scale=2)],
    ColumnType.BOOLEAN: bool,
    ColumnType.UUID: UUID,
    ColumnType.UUIDS: tuple[UUID, ...],
    ColumnType.TIME: datetime,
    ColumnType.JSON: JsonObject,
}
LETTERS = 330  # two of them in a key are as many bytes as an index holds
VALUES: dict[ColumnType, Callable[[], object]] = {
    # Nothing that a compression could make shorter.
    ColumnType.TEXT: lambda: "".join(chr(RANDOM.randrange(0x10000, 0x10FFFF)) for _ in range(LETTERS)),
    ColumnType.ENUMERATION: lambda: Colour.BLUE,
    ColumnType.INTEGER: lambda: -(2**31),
    ColumnType.BIG_INTEGER: lambda: 2**63 - 1,
    ColumnType.DECIMAL: lambda: Decimal(f"-{'9' * 38}.99"),
    ColumnType.BOOLEAN: lambda: True,
    ColumnType.UUID: uuid4,
    ColumnType.UUIDS: lambda: (uuid4(), uuid4()),
    ColumnType.TIME: lambda: datetime(2026, 3, 1, tzinfo=UTC),
    ColumnType.JSON: lambda: JsonObject({"a": [1, None]}),
}


@attrs.frozen(kw_only=True, slots=True)
class Clinic(Entity):
    """A root whose key has a name of its own, which is a word of SQL."""

    order: UUID
    beds: int
    version: int = 0


@rules_of(Clinic, "clinics", root=True, key=(ROOT,))
def clinic_rules(clinic: Clinic) -> Iterator[Rule]:
    """What holds for clinics."""
    yield Check("clinics_beds_range", "A clinic has beds.", clinic.beds >= 1)


def declared(number: int, parts: tuple[ColumnType, ...], home: tuple[str, ...], *, versioned: bool) -> Model[Validated]:
    """An entity below the clinic with a field of each type; its key is the clinic or not, and values of these types."""
    key = {f"key_{chr(ord('a') + place)}": TYPES[part] for place, part in enumerate(parts)}
    fields = {f"of_{kind.name.lower()}": annotation for kind, annotation in TYPES.items()}
    given = {HOME: OrganizationId, **key, **fields, **({"version": int} if versioned else {})}
    entity = attrs.make_class(
        f"Thing{number}",
        {name: attrs.field(type=annotation) for name, annotation in given.items()},  # type: ignore[call-overload]  # any type
        bases=(Entity,),
        frozen=True,
        kw_only=True,
        slots=True,
    )
    table = f"things_{number}x"

    def rules(thing: Validated) -> Iterator[Rule]:
        texts = [getattr(thing, name) for name, annotation in given.items() if annotation is str]
        for place, text in enumerate(texts):
            yield Check(f"{table}_text_{'abc'[place]}", "A text is short.", length(text) <= LETTERS)
        clinic = (getattr(thing, HOME),)
        yield Reference(f"{table}_clinic_fkey", "A thing is in a clinic.", clinic, Clinic, OnDelete.CASCADE)
        yield Unique(f"{table}_unique", "Texts are there once.", (*clinic, getattr(thing, "of_text")))  # noqa: B009

    return cast(
        "Model[Validated]",
        rules_of(entity, table, belongs_to=attrgetter(HOME), key=(*home, *key))(rules),
    )


KEYS = [(), *((kind,) for kind in TYPES), *product(TYPES, repeat=2)]
HOMES = ((HOME,), ())


@cache
def models() -> list[Model[Validated]]:
    """Of an entity for each key that there can be, those that are accepted."""
    found = []
    for number, (home, parts) in enumerate(product(HOMES, KEYS)):
        try:
            # Every second one has a version; as there is an odd number of keys, one of each two with the same parts.
            found.append(declared(number, parts, home, versioned=number % 2 == 0))
        except DeclarationError:
            continue
    return found


@cache
def catalogue() -> Catalogue:
    """All of them below the clinic."""
    return Catalogue((cast("Model[Validated]", clinic_rules), *models()))


@pytest_asyncio.fixture(params=STORES)
async def served(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[Store]:
    """A store of the catalogue; PostgreSQL's has its tables in a schema of their own."""
    async with store_of(request.param, engine, catalogue(), SCHEMA) as found:
        yield found


def a_row(model: Model[Validated], home: UUID) -> Validated:
    """A row of the clinic, with the greatest values that its rules allow."""
    values = {column.name: VALUES[column.type]() for column in model.columns} | {HOME: home, "version": 0}
    known = {column.name for column in model.columns}
    return model.entity(**{name: value for name, value in values.items() if name in known})


@pytest.mark.asyncio
async def test_what_is_accepted_is_served(served: Store) -> None:
    """A row of every entity is added, got by its id where it has one, found, saved and removed."""
    clinic = Clinic(order=uuid4(), beds=3)
    home = OrganizationId(clinic.order)
    async with served.creating(home) as unit:
        await unit.of(Clinic).add(clinic)
        await unit.commit()
    for model in models():
        async with served.unit(home) as unit:
            things = unit.of(cast("type[Entity]", model.entity))
            added = await things.add(cast(Entity, a_row(model, home)))
            assert await things.find() == (added,)
            if model.id_columns:
                assert await things.get(cast(RowId, model.id_of(added))) == added
            if len(model.id_columns) > 1:
                with pytest.raises(QueryRefused, match="is found by a tuple of its"):
                    await things.get(uuid4())
            if model.versioned:
                added = await things.save(attrs.evolve(added, of_integer=7))  # type: ignore[misc]  # made above
            assert await things.count() == 1
            await things.remove(added)
            assert await things.count() == 0
            await unit.commit()


def test_what_is_accepted_is_not_little() -> None:
    """Keys of one, two and three fields are accepted, with the clinic or without; those of lists and JSON are not."""
    shapes = {tuple(column.type for column in model.key_columns) for model in models()}
    comparable = set(TYPES) - {ColumnType.JSON, ColumnType.UUIDS}
    below = [(kind,) for kind in comparable] + [*product(comparable, repeat=2)]
    assert shapes == {(ColumnType.UUID,), *below, *((ColumnType.UUID, *parts) for parts in below)}


def test_names_have_room_in_the_database() -> None:
    """An object that carries a rule with the longest name still has a name that PostgreSQL does not cut."""
    longest = "x" * GREATEST_NAME_LENGTH

    @attrs.frozen(kw_only=True, slots=True)
    class Bed(Entity):
        organization_id: UUID
        id: UUID
        is_used: bool
        version: int = 0

    def rules(bed: Bed, kind: str) -> Iterator[Rule]:
        home = Reference("beds_clinic_fkey", "A bed is in a clinic.", bed.organization_id, Clinic, OnDelete.CASCADE)
        yield home
        if kind == "transition":
            yield Transition(
                longest, "A bed that is used stays so.", bed.is_used == previous(bed).is_used, added=bed.is_used
            )
        else:
            yield AtMost(
                longest,
                "So many beds.",
                home,
                of=bed.is_used,
                limit=row(Clinic).beds,
                while_parent=row(Clinic).beds > 1,
            )

    for kind in ("transition", "at most"):
        copy: type[Bed] = attrs.make_class("Copy", {}, bases=(Bed,), frozen=True, kw_only=True, slots=True)
        model = rules_of(copy, "beds", belongs_to=lambda row: row.organization_id)(partial(rules, kind=kind))
        names = [item.name for item, _ in fingerprinted(Catalogue(()) + clinic_rules + model, SCHEMA)]
        assert any(longest in name for name in names)
        assert max(map(len, names)) <= GREATEST_IDENTIFIER
