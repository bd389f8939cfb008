"""How the rows of a fixture are added to a store: those of each root in one unit of work."""

from __future__ import annotations

from typing import TypeVar, cast

import attrs

from gapless.kit import AuditedEntity, Entity
from gapless.kit.model import Validated
from gapless.kit.ports import IdFactory, Store, UnitOfWork
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture, fixture_of
from gapless.testing.unit_roots import in_units

E = TypeVar("E", bound=Validated)


async def stored(factories: Factories, store: Store, ids: IdFactory | None = None) -> Fixture:
    """Makes a fixture, adds it to a store, and returns it with its rows as the store keeps them.

    Args:
        factories: the factories that make the rows; of the catalogue of the store.
        store: the store to which they are added.
        ids: as for `fixture_of`.
    """
    return await added(store, fixture_of(factories, ids))


async def added(store: Store, fixture: Fixture, *further: Validated) -> Fixture:
    """Adds a fixture with further rows, those of each root in one unit of work; returns it with its rows as kept."""
    catalogue = fixture.factories.catalogue
    rows = [*fixture.rows, *(each for row in further for each in (*fixture.before(row), row))]
    kept: dict[int, Validated] = {}
    for root, those in in_units(catalogue, (*fixture.roots, *rows)):
        is_new = any(row is each for row in those for each in fixture.roots)
        async with root.creating(store) if is_new else root.unit(store) as unit:
            kept |= {id(row): await add_row(unit, fixture, row) for row in those}
            await unit.commit()
    roots, others = ([kept[id(row)] for row in those] for those in (fixture.roots, rows))
    return attrs.evolve(fixture, roots=tuple(roots), rows=tuple(others))


async def add_row(unit: UnitOfWork, fixture: Fixture, row: E) -> E:
    """Adds a row of any entity in a unit of work of its root, with an audit record if it takes one."""
    if isinstance(row, AuditedEntity):
        return cast(E, await unit.of(type(row)).add(row, fixture.audit_for(row)))
    return cast(E, await unit.of(type(cast(Entity, row))).add(cast(Entity, row)))
