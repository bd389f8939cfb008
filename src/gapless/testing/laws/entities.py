"""Any entity of a catalogue, for laws that are tried with each of them: its rows, and the root to which these belong.

A law that asks for `entity` is tried once for each entity of the catalogue that its conditions let in (`of_each`). It
gets a scene for it: a root of its own in the store, with the rows to which others refer. Rows that belong to no root
are beside those of other laws, and are told from them by their keys.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import TypeVar, cast

import attrs

from gapless.kit import AtLeastOne, AtMost, Catalogue, Entity, Model, all_of, any_of
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import DeclarationError, RuleViolated
from gapless.kit.ids import RowId
from gapless.kit.model import VERSION, Validated
from gapless.kit.ports import Reading, ReadRepository, Store, UnitOfWork
from gapless.testing.additions import add_row, add_rows, added
from gapless.testing.counterexamples.attempts import Violation
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture, completed, fixture_of
from gapless.testing.steps import remove_audited, remove_row, save_audited, save_row
from gapless.testing.unit_roots import UnitRoot

CONDITIONS = "entities_asked_for"
"""The attribute of a law that has what it asks of an entity with which it is tried."""
Write = Callable[[UnitOfWork, Callable[[], AuditRecord]], Awaitable[object]]
"""A write in a unit, with an audit record if it takes one."""
E = TypeVar("E", bound=Validated)
F = TypeVar("F", bound=Callable[..., object])


@attrs.define(eq=False)
class Scenery:
    """The rows beside which laws make their own: they are added once to the store that is used.

    Attributes:
        factories: what makes rows of the catalogue.
    """

    factories: Factories
    _added: Fixture | None = attrs.field(default=None, init=False)

    async def added_to(self, store: Store) -> Fixture:
        """The rows in a store: those that were added last, or new ones if that was to another store."""
        if self._added is None or not await _is_there(store, self._added):
            self._added = await added(store, fixture_of(self.factories))
        return self._added


@attrs.frozen(kw_only=True, slots=False)
class AnyEntity:
    """An entity of a catalogue, of whatever kind.

    Attributes:
        model: the entity.
        written: what breaks the rules of which no violation is derived.
        scenery: the rows beside which laws make their own, which all entities share.
    """

    model: Model[Validated]
    written: tuple[Violation, ...] = attrs.field(repr=False)
    scenery: Scenery = attrs.field(repr=False)

    @property
    def name(self) -> str:
        """The name of the entity, and of the case that is tried with it."""
        return self.model.name

    @property
    def factories(self) -> Factories:
        """What makes rows of the catalogue."""
        return self.scenery.factories

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue."""
        return self.factories.catalogue

    @property
    def root(self) -> Model[Validated] | None:
        """The entity of the root to which the rows belong; None if they are shared."""
        return self.catalogue.root_of(self.model)

    async def scene(self, store: Store, *, writes_beside: bool = False) -> Scene:
        """Makes a root with the rows to which others refer, and adds it to a store; nothing if rows are shared.

        Args:
            store: the store.
            writes_beside: whether rows of other entities are written as well, perhaps of other roots.
        """
        if begins_anew(self) or (writes_beside and len(self.catalogue.roots) > 1):
            beside = await added(store, fixture_of(self.factories))
        else:
            beside = (await self.scenery.added_to(store)).afresh()
        if self.root is None:
            return Scene(store=store, fixture=beside, model=self.model)
        root = beside.row(self.root.entity)
        await add_rows(store, beside, beside.before(root))
        other = beside.at(root)
        rows = completed(other, self.factories.referenced_in(self.root)).rows
        kept = await added(store, attrs.evolve(other, rows=rows))
        return Scene(store=store, fixture=kept, model=self.model)


def begins_anew(entity: AnyEntity) -> bool:
    """Whether each scene has all rows for itself: below such as are there for all laws theirs would be counted."""
    catalogue, model = entity.catalogue, entity.model
    counts = (*model.of_kind(AtMost), *model.of_kind(AtLeastOne))
    return any(catalogue.leads_across(model, rule.through) for rule in counts)


async def _is_there(store: Store, fixture: Fixture) -> bool:
    """Whether a store has the rows of a fixture: it has all of them, or none."""
    for row in fixture.all_rows[:1]:
        scene = Scene(store=store, fixture=fixture, model=fixture.factories.catalogue.by_entity[type(row)])
        return await scene.kept(row) != ()
    return True


@attrs.frozen(kw_only=True)
class Newcomer:
    """A new row that is in no store yet, though all that it refers to is.

    Attributes:
        scene: where it is made.
        row: the row.
        along: the rows that it can't be without, which are added in the same unit of work.
    """

    scene: Scene
    row: Validated
    along: tuple[Validated, ...]

    @property
    def root(self) -> UnitRoot:
        """The root of the units that write it."""
        return self.scene.fixture.unit_root_of(self.row)

    def unit(self) -> UnitOfWork:
        """A unit of work that may add it."""
        store = self.scene.store
        return self.root.creating(store) if self.scene.model.is_root else self.root.unit(store)

    async def add(self, unit: UnitOfWork) -> Validated:
        """Adds it with the rows that it can't be without, and returns it as the unit has it."""
        kept = await add_row(unit, self.row, self.scene.fixture)
        for row in self.along:
            await add_row(unit, row, self.scene.fixture)
        return kept

    async def commit(self) -> Validated:
        """Adds it in a unit of work of its own, and returns it as the store keeps it."""
        async with self.unit() as unit:
            kept = await self.add(unit)
            await unit.commit()
        return kept


@attrs.frozen(kw_only=True)
class Scene:
    """What a law has of an entity in a store: a root, if there is one, with the rows to which others refer.

    Attributes:
        store: the store.
        fixture: the rows that are there.
        model: the entity.
    """

    store: Store
    fixture: Fixture
    model: Model[Validated]

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue."""
        return self.fixture.factories.catalogue

    async def newcomer(self) -> Newcomer:
        """Makes a new row, and adds the rows to which it refers."""
        row = self.fixture.row(self.model.entity)
        await add_rows(self.store, self.fixture, self.fixture.before(row))
        row, *along = self.fixture.with_needed(row)
        for each in along:
            await add_rows(self.store, self.fixture, self.fixture.before(each))
        return Newcomer(scene=self, row=row, along=tuple(along))

    async def row(self) -> Validated:
        """A new row, as the store keeps it."""
        return await (await self.newcomer()).commit()

    async def rows(self, most: int) -> list[Validated]:
        """New rows, as the store keeps them: as many as there is room for, and no more than these."""
        found = [await self.row()]
        while len(found) < most:
            try:
                found.append(await self.row())
            except (DeclarationError, RuleViolated):  # of what there is at most, or of what no two rows may share
                break
        return found

    def unit(self, row: Validated) -> UnitOfWork:
        """A unit of work that may write a row which is there."""
        return self.fixture.unit_root_of(row).unit(self.store)

    def reading(self, row: Validated) -> AbstractAsyncContextManager[Reading]:
        """A reading that sees a row."""
        return self.fixture.unit_root_of(row).reading(self.store)

    async def save(self, unit: UnitOfWork, row: Validated) -> Validated:
        """Saves a row."""
        return await save_row(unit, self.fixture, row)

    async def remove(self, unit: UnitOfWork, row: Validated) -> None:
        """Removes a row."""
        await remove_row(unit, self.fixture, row)

    async def kept(self, *rows: Validated) -> tuple[Validated, ...]:
        """Those of some rows that are there, as a reading of the root of the first one finds them by their keys."""
        async with self.reading(rows[0]) as reading:
            return await self.found(reading, *rows)

    async def found(self, opened: UnitOfWork | Reading, *rows: Validated) -> tuple[Validated, ...]:
        """Those of some rows that a unit or a reading finds by their keys."""
        return await rows_of(opened, self.model.entity).find(self.is_one_of(*rows), include_deleted=True)

    def is_one_of(self, *rows: Validated) -> Callable[[Validated], bool]:
        """The condition that a row has the key of one of these."""
        names = self.model.key

        def where(row: Validated) -> bool:
            keys = (all_of(*(getattr(row, name) == getattr(one, name) for name in names)) for one in rows)
            return any_of(*keys)

        return where


def rows_of(opened: UnitOfWork | Reading, entity: type[Validated]) -> ReadRepository[Validated, RowId]:
    """The rows of an entity in a unit or a reading, to be read."""
    return cast("ReadRepository[Validated, RowId]", opened.of(cast("type[Entity]", entity)))


def saving(row: Validated) -> Write:
    """Saves a row."""
    return lambda unit, audit: save_audited(unit, row, audit)


def removing(row: Validated) -> Write:
    """Removes a row."""
    return lambda unit, audit: remove_audited(unit, row, audit)


def given(row: E, model: Model[E]) -> dict[str, object]:
    """What the writer of a row says of it: all but what the store fills, and its version."""
    return {column.name: getattr(row, column.name) for column in model.given if column.name != VERSION}


def has_any(cases: Iterator[object]) -> bool:
    """Whether a law has anything to try with an entity; it says itself what can't be derived of the declaration."""
    try:
        return next(cases, None) is not None
    except DeclarationError:
        return True


def of_each(*conditions: Callable[[AnyEntity], bool]) -> Callable[[F], F]:
    """Lets a law be tried with each entity of a catalogue for which some conditions hold."""

    def asking(law: F) -> F:
        vars(law)[CONDITIONS] = conditions
        return law

    return asking
