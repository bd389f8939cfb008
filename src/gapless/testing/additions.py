"""How rows are added to a store, those of a fixture or any: those of each root in one unit of work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from functools import partial
from typing import TypeVar, cast

import attrs

from gapless.kit import AuditedEntity, Entity, model_of
from gapless.kit.audit import AuditRecord
from gapless.kit.model import Validated
from gapless.kit.ports import IdFactory, Store, UnitOfWork
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture, fixture_of
from gapless.testing.unit_roots import Unit, UnitRoot, in_units

E = TypeVar("E", bound=Validated)
AddRow = Callable[[UnitOfWork, Validated], Awaitable[Validated]]
"""Adds a row in a unit of work, and returns it as the store keeps it."""


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
    rows = [*fixture.rows, *(each for row in further for each in (*fixture.before(row), row))]
    kept = await add_rows(store, fixture, (*fixture.roots, *rows), roots_there(fixture.beside))
    roots, others = ([kept[id(row)] for row in those] for those in (fixture.roots, rows))
    return attrs.evolve(fixture, roots=tuple(roots), rows=tuple(others))


async def add_rows(
    store: Store, fixture: Fixture, rows: Sequence[Validated], there: Collection[UnitRoot] | None = None
) -> dict[int, Validated]:
    """Adds rows of a fixture; the rest as for `add_in_units`. Unless it is said, the roots of the fixture are there."""
    fixture.known.enter(rows)
    there = roots_there(fixture) if there is None else there
    add = partial(add_row, fixture=fixture)
    return await add_in_units(store, in_units(fixture.factories.catalogue, rows, fixture.unit_root_of), add, there)


def roots_there(fixture: Fixture | None) -> set[UnitRoot]:
    """The roots of a fixture that a store has, with those of the fixtures beside which it is; none without one."""
    if fixture is None:
        return set()
    return {*roots_there(fixture.beside), *map(fixture.unit_root_of, fixture.roots)}


async def add_in_units(
    store: Store, units: Iterable[Unit], add: AddRow, there: Collection[UnitRoot] = ()
) -> dict[int, Validated]:
    """Adds rows, those of each root in one unit of work, which creates the root if it is not there, or among the rows.

    Args:
        store: the store to which they are added.
        units: the roots, each with rows; see `in_units`.
        add: adds one of them in a unit.
        there: the roots that the store has already.

    Returns:
        What the store keeps of each row, by the identity of the row.
    """
    kept: dict[int, Validated] = {}
    known = {*there}
    for root, those in units:
        is_new = root not in known or any(model_of(type(row)).is_root for row in those)
        async with root.creating(store) if is_new else root.unit(store) as unit:
            kept |= {id(row): await add(unit, row) for row in those}
            await unit.commit()
        known.add(root)
    return kept


async def add_row(unit: UnitOfWork, row: E, fixture: Fixture) -> E:
    """Adds a row of any entity in a unit of work of its root, with an audit record of a fixture if it takes one."""
    return await add_audited(unit, row, lambda: fixture.audit_for(row))


async def add_audited(unit: UnitOfWork, row: E, audit: Callable[[], AuditRecord]) -> E:
    """Adds a row of any entity in a unit of work, with the audit record that a function gives if it takes one."""
    if isinstance(row, AuditedEntity):
        return cast(E, await unit.of(type(row)).add(row, audit()))
    return cast(E, await unit.of(type(cast(Entity, row))).add(cast(Entity, row)))
