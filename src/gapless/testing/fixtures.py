"""Fixtures, in which rules are broken: a root with a row of each entity that others refer to or invariants need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

import attrs

from gapless.adapters.system import UuidV7Factory
from gapless.kit import AuditedEntity, Entity, Model, Reference, model_of
from gapless.kit.audit import AuditRecord
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import OrganizationId
from gapless.kit.model import TENANT, Validated
from gapless.kit.ports import IdFactory, Store, UnitOfWork
from gapless.testing.factories import Factories
from gapless.testing.templates import Template, is_standing_in

E = TypeVar("E", bound=Validated)


@attrs.frozen(kw_only=True)
class Fixture:
    """A root with its rows: either to be added, or as a store keeps them.

    Attributes:
        factories: the factories that make further rows.
        ids: makes their ids.
        root: the root.
        rows: the rows that belong to it, in an order in which they can be added.
    """

    factories: Factories
    ids: IdFactory
    root: Validated
    rows: tuple[Validated, ...]

    @property
    def home(self) -> OrganizationId:
        """The id of the root, to which all the rows belong."""
        return cast(OrganizationId, self.factories.catalogue.root.key_of(self.root)[0])

    def there(self, entity: type[E]) -> E:
        """The row of an entity that the fixture has.

        Raises:
            DeclarationError: the fixture has no row of this entity.
        """
        for row in (self.root, *self.rows):
            if type(row) is entity:
                return row
        raise DeclarationError(
            f"The fixture has no {entity.__name__}: no row refers to one, and no invariant needs one."
        )

    def row(self, entity: type[E]) -> E:
        """A new valid row of an entity, not added yet: it belongs to the root, or is another root."""
        sample = self.factories.samples.get(entity)
        if sample is not None:
            return cast(E, sample(self))
        model = cast("Model[Validated]", self.factories.catalogue.model(entity))
        return cast(E, self.made(self.factories.plain(model)))

    def made(self, template: Template) -> Validated:
        """A new row of a template, with values of its own, which refers to the rows of the fixture."""
        model = template.model
        values = {**template.values, **{name: make(self.ids.new()) for name, make in template.own.items()}}
        values[model.tenant] = self.ids.new() if model is self.factories.catalogue.root else self.home
        return model.construct_unvalidated({**values, **self.pointing(model, values)})

    def pointing(self, model: Model[Validated], values: Mapping[str, object]) -> dict[str, object]:
        """The values by which a row refers to the rows of the fixture."""
        found: dict[str, object] = {}
        for reference in model.of_kind(Reference):
            own = [column.name for column in reference.fields if column.name != model.tenant]
            if own and all(is_standing_in(model.column(name), values.get(name)) for name in own):
                parent = self.factories.catalogue.parent(reference)
                names = (column.name for column in reference.fields)
                key = dict(zip(names, parent.key_of(self.there(parent.entity)), strict=True))
                found |= {name: key[name] for name in own}
        return found

    def twin(self, row: E, *alike: str) -> E:
        """A further row like another one; of the values that are a row's own it shares only those of these columns."""
        model = cast("Model[Validated]", self.factories.catalogue.model(type(row)))
        fresh = self.row(type(row))
        own = self.factories.apart(model) | ({model.tenant} if model is self.factories.catalogue.root else set())
        names = own - set(alike)
        return cast(E, model.evolved(row, {name: getattr(fresh, name) for name in names}))

    def pointing_at(self, row: E, reference: Reference, parent: Validated) -> E:
        """The row with its reference to another row."""
        model = cast("Model[Validated]", self.factories.catalogue.model(type(row)))
        key = model_of(type(parent)).key_of(parent)
        return cast(E, model.evolved(row, dict(zip((c.name for c in reference.fields), key, strict=True))))

    def at(self, root: Validated) -> Fixture:
        """The fixture of another root, without further rows."""
        return attrs.evolve(self, root=root, rows=())

    def audit(self, home: object = None) -> AuditRecord:
        """A new audit record for a write in the root, or in another root that is given."""
        audit = self.row(AuditRecord)
        return audit if home is None else model_of(AuditRecord).evolved(audit, {TENANT: home})

    def with_needed(self, row: Validated) -> tuple[Validated, ...]:
        """The row; if it is a root, followed by the rows that it can't be without."""
        if type(row) is not self.factories.catalogue.root.entity:
            return (row,)
        return row, *completed(self.at(row), self.factories.needed).rows


def completed(fixture: Fixture, templates: Sequence[Template]) -> Fixture:
    """The fixture with a further row of each template, in this order."""
    for template in templates:
        fixture = attrs.evolve(fixture, rows=(*fixture.rows, fixture.made(template)))
    return fixture


def fixture_of(factories: Factories, ids: IdFactory | None = None) -> Fixture:
    """Makes a fixture that is in no store.

    Args:
        factories: the factories that make the rows.
        ids: makes the ids; for several fixtures in one store all ids have to differ. None for random ids.

    Raises:
        DeclarationError: no valid row of an entity was found that the fixture needs; the message says what to give.
    """
    none_yet = cast(Validated, None)
    bare = Fixture(factories=factories, ids=ids or UuidV7Factory(), root=none_yet, rows=())
    root = bare.row(factories.catalogue.root.entity)
    return completed(attrs.evolve(bare, root=root), factories.referenced)


async def stored(factories: Factories, store: Store, ids: IdFactory | None = None) -> Fixture:
    """Makes a fixture, adds it to a store, and returns it with its rows as the store keeps them.

    Args:
        factories: the factories that make the rows; of the catalogue of the store.
        store: the store to which they are added.
        ids: as for `fixture_of`.
    """
    return await added(store, fixture_of(factories, ids))


async def added(store: Store, fixture: Fixture, *further: Validated) -> Fixture:
    """Adds a fixture with further rows in one unit of work; returns it with its rows as they are kept."""
    async with store.creating(fixture.home) as unit:
        root, *rows = [await add_row(unit, fixture, row) for row in (fixture.root, *fixture.rows, *further)]
        await unit.commit()
    return attrs.evolve(fixture, root=root, rows=tuple(rows))


async def add_row(unit: UnitOfWork, fixture: Fixture, row: E) -> E:
    """Adds a row of any entity in a unit of work, with an audit record if it takes one."""
    if isinstance(row, AuditedEntity):
        audit = fixture.audit(model_of(type(row)).tenant_of(row))
        return cast(E, await unit.of(type(row)).add(row, audit))
    return cast(E, await unit.of(type(cast(Entity, row))).add(cast(Entity, row)))
