"""Worlds: a root with rows of every entity of a catalogue, which keep all rules, so that a store takes them."""

from __future__ import annotations

from typing import TypeVar, cast
from uuid import UUID

import attrs
from hypothesis import strategies as st

from gapless.bootstrap import DEFAULT_CATALOGUE
from gapless.kit import AuditedEntity, Catalogue, Entity, Model, model_of
from gapless.kit.audit import AuditRecord
from gapless.kit.columns import ColumnType
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.kit.ports import Repository, Store
from gapless.testing.strategies.row_generators import rows_of
from gapless.testing.strategies.solutions import Plan
from gapless.testing.strategies.world_plans import WorldPlans, world_plans
from gapless.testing.strategies.world_rows import WorldDrawing
from gapless.testing.suitability import require_worlds

E = TypeVar("E", bound=Validated)


@attrs.frozen(kw_only=True)
class World:
    """A root with rows of every entity, not added to a store yet.

    Attributes:
        root: the row to which all others belong.
        rows: all rows, the root first, in an order in which they can be added; at most a few of each entity.
        audit: the audit record for adding them; it is not among the rows.
    """

    root: Validated
    rows: tuple[Validated, ...]
    audit: AuditRecord

    @property
    def id(self) -> RootId:
        """The root's id."""
        return cast(RootId, model_of(type(self.root)).key_of(self.root)[0])

    def of(self, entity: type[E]) -> tuple[E, ...]:
        """The rows of one entity."""
        return tuple(row for row in self.rows if type(row) is entity)


async def put(store: Store, world: World) -> None:
    """Adds a world to a store, in one unit of work.

    Raises:
        RuleViolated: the store already has a row with the same id, or with other values that have to be unique.
    """
    async with store.creating(world.id) as unit:
        for row in world.rows:
            if isinstance(row, AuditedEntity):
                await unit.of(type(row)).add(row, world.audit)
            else:
                repository = cast("Repository[Validated, UUID]", unit.of(cast("type[Entity]", type(row))))
                await repository.add(row)
        await unit.commit()


def worlds(catalogue: Catalogue = DEFAULT_CATALOGUE) -> st.SearchStrategy[World]:
    """Draws worlds: a root with rows of every entity of a catalogue, which keep all rules.

    The rows refer to each other, may enter their root, and are as few or as many as the invariants allow. A world
    shrinks to the root with the rows that it needs.

    Args:
        catalogue: the catalogue of the store to which the worlds are to be added.

    Raises:
        DeclarationError: the test kit makes no rows of the catalogue, or no root was found that keeps its rules and
            lets rows in.
    """
    require_worlds(catalogue)
    plans = world_plans(catalogue)
    plans.require_open_root()  # is refused here, and not where it is drawn

    @st.composite
    def worlds(draw: st.DrawFn) -> World:
        return _world(draw, plans)

    return worlds()  # without arguments, because Hypothesis shows them, and a catalogue fills pages


def _world(draw: st.DrawFn, plans: WorldPlans) -> World:
    root = plans.catalogue.root
    drawing = WorldDrawing(draw, plans, _root(draw, plans))
    for model in plans.belonging:
        drawing.add_rows(model)
    for model in plans.belonging:
        drawing.add_needed(model)  # of rows that were drawn after those that they need
    rows = tuple(row for rows in drawing.rows.values() for row in rows)
    trail = plans.catalogue.trail
    audit = draw(rows_of(plans.of(cast("Model[Validated]", trail)), {trail.named_tenant: root.key_of(rows[0])[0]}))
    return World(root=rows[0], rows=rows, audit=AuditRecord(**audit))  # type: ignore[arg-type]  # its own columns


def _root(draw: st.DrawFn, plans: WorldPlans) -> Validated:
    """A root that lets rows in; now and then it keeps those of one rule out."""
    root = plans.catalogue.root
    (key,) = root.key_columns
    home = {key.name: draw(st.uuids())} if key.type is ColumnType.UUID else {}
    plan = plans.where(root, draw(st.sampled_from(plans.doors(root))))
    return root.entity(**draw(rows_of(cast(Plan, plan), home)))


def as_stored(row: E) -> E:
    """The row as a store returns it after adding it: with the first version, if its entity has a version."""
    return model_of(type(row)).with_version(row, 1)
