"""Worlds: a root with rows of every entity of a catalogue, which keep all rules, so that a store takes them."""

from __future__ import annotations

from typing import TypeVar, cast
from uuid import UUID

import attrs
from hypothesis import strategies as st

from gapless.bootstrap import DEFAULT_CATALOGUE
from gapless.kit import Catalogue, Model, model_of
from gapless.kit.audit import AuditRecord
from gapless.kit.ids import AuditRecordId, RootId
from gapless.kit.model import Validated
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.additions import add_audited, add_in_units
from gapless.testing.strategies.row_generators import rows_of
from gapless.testing.strategies.world_plans import WorldPlans, world_plans
from gapless.testing.strategies.world_rows import WorldDrawing
from gapless.testing.suitability import require_rows
from gapless.testing.unit_roots import KnownRows, UnitRoot, in_units

E = TypeVar("E", bound=Validated)


@attrs.frozen(kw_only=True)
class World:
    """A root of each entity with rows of every entity, not added to a store yet.

    Attributes:
        catalogue: that of the rows.
        rows: all rows, roots and shared ones too, in an order in which they can be added; at most a few of each entity.
        audit: the audit record for adding them; it is not among the rows.
    """

    catalogue: Catalogue = attrs.field(repr=False, eq=False)
    rows: tuple[Validated, ...]
    audit: AuditRecord

    @property
    def root(self) -> Validated:
        """The root; of several that of the first entity.

        Raises:
            DeclarationError: the catalogue has no root.
        """
        root = self.catalogue.root
        return next(row for row in self.rows if type(row) is root.entity)

    @property
    def id(self) -> RootId:
        """The root's id.

        Raises:
            DeclarationError: the catalogue has no root.
        """
        return cast(RootId, self.catalogue.root.key_of(self.root)[0])

    def of(self, entity: type[E]) -> tuple[E, ...]:
        """The rows of one entity."""
        return tuple(row for row in self.rows if type(row) is entity)


async def put(store: Store, world: World) -> None:
    """Adds a world to a store, the rows of each root in one unit of work.

    Raises:
        RuleViolated: the store already has a row with the same id, or with other values that have to be unique.
    """
    audits: dict[UnitOfWork, AuditRecord] = {}
    root_of = KnownRows(world.catalogue, world.rows).unit_root_of

    async def add(unit: UnitOfWork, row: Validated) -> Validated:
        if unit not in audits:
            audits[unit] = _audit_of(world, root_of(row), len(audits))
        return await add_audited(unit, row, lambda: audits[unit])

    await add_in_units(store, in_units(world.catalogue, world.rows, root_of), add)


def _audit_of(world: World, root: UnitRoot, number: int) -> AuditRecord:
    """The audit record for one of several units, the world's own for the first: each has one of its own."""
    next_id = AuditRecordId(UUID(int=(world.audit.id.int + number) % (1 << 128)))
    return attrs.evolve(world.audit, id=next_id, root_id=root.of_records)


def worlds(catalogue: Catalogue = DEFAULT_CATALOGUE) -> st.SearchStrategy[World]:
    """Draws worlds: a root of each entity with rows of every entity of a catalogue, which keep all rules.

    The rows refer to each other, may enter below each other, and are as few or as many as the invariants allow. A world
    shrinks to the roots with the rows that they need.

    Args:
        catalogue: the catalogue of the store to which the worlds are to be added.

    Raises:
        DeclarationError: no root was found that keeps its rules and lets rows in; or each row of an entity needs
            another one of it below itself.
    """
    require_rows(catalogue)
    plans = world_plans(catalogue)
    plans.require_open_roots()  # is refused here, and not where it is drawn

    @st.composite
    def worlds(draw: st.DrawFn) -> World:
        return _world(draw, plans)

    return worlds()  # without arguments, because Hypothesis shows them, and a catalogue fills pages


def _world(draw: st.DrawFn, plans: WorldPlans) -> World:
    drawing, catalogue = WorldDrawing(draw, plans), plans.catalogue
    for model in plans.drawn:
        if model.is_root:
            drawing.add_root(model)
        else:
            drawing.add_rows(model)
    for model in plans.drawn:
        drawing.add_needed(model)  # of rows that were drawn after those that they need
    rows = tuple(row for rows in drawing.rows.values() for row in rows)
    units = in_units(catalogue, rows, KnownRows(catalogue, rows).unit_root_of)
    root = next((root.of_records for root, _ in units), None)
    trail = cast("Model[Validated]", catalogue.trail)
    audit = draw(rows_of(plans.of(trail), {trail.named_tenant: root}))
    return World(catalogue=catalogue, rows=rows, audit=AuditRecord(**audit))  # type: ignore[arg-type]  # its own columns


def as_stored(row: E) -> E:
    """The row as a store returns it after adding it: with the first version, if its entity has a version."""
    return model_of(type(row)).with_version(row, 1)
