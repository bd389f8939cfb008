"""Worlds: a root with rows of every entity of a catalogue, which keep all rules, so that a store takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar, cast
from uuid import UUID

import attrs
from hypothesis import assume
from hypothesis import strategies as st

from gapless.bootstrap import DEFAULT_CATALOGUE
from gapless.kit import AtLeastOne, AtMost, AuditedEntity, Catalogue, Entity, Model, Reference, model_of
from gapless.kit.audit import AuditRecord
from gapless.kit.ids import RootId
from gapless.kit.invariants import InvariantValidator
from gapless.kit.model import Validated
from gapless.kit.ports import Repository, Store
from gapless.kit.predicates import Field
from gapless.testing.strategies.consistency import fits_beside
from gapless.testing.strategies.row_generators import rows_of
from gapless.testing.strategies.solutions import Plan, Values
from gapless.testing.strategies.world_plans import WorldPlans, world_plans
from gapless.testing.suitability import require_worlds

E = TypeVar("E", bound=Validated)
MOST = 3
"""How many rows of an entity a world has at most, beside one that it has to have."""


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
    plans.open_root  # noqa: B018  # is refused here, and not where it is drawn

    @st.composite
    def worlds(draw: st.DrawFn) -> World:
        return _world(draw, plans)

    return worlds()  # without arguments, because Hypothesis shows them, and a catalogue fills pages


def _world(draw: st.DrawFn, plans: WorldPlans) -> World:
    home = draw(st.uuids())
    drawing = WorldDrawing(draw, plans, home, _root(draw, plans, home))
    for model in plans.belonging:
        drawing.add_rows(model)
    audit = draw(rows_of(plans.of(plans.catalogue.model(AuditRecord)), {"root_id": home}))
    return World(
        root=drawing.root,
        rows=(drawing.root, *(row for rows in drawing.rows.values() for row in rows)),
        audit=AuditRecord(**audit),  # type: ignore[arg-type]  # the values of its own columns
    )


def _root(draw: st.DrawFn, plans: WorldPlans, home: RootId) -> Validated:
    """A root that lets rows in; now and then it keeps those of one rule out."""
    root = plans.catalogue.root
    plan = draw(st.sampled_from((*[plans.open_root] * 3, *plans.closed_roots)))
    return root.entity(**draw(rows_of(plan, {root.key[0]: home})))


class WorldDrawing:
    """A world while it is drawn, entity by entity: what is drawn later refers to what is there.

    Args:
        draw: Hypothesis gives it.
        plans: how rows can be.
        home: the root's id.
        root: the root.

    Attributes:
        root: the root, with as much room as the rows need.
        rows: the rows by their entity.
    """

    def __init__(self, draw: st.DrawFn, plans: WorldPlans, home: RootId, root: Validated) -> None:
        self._draw = draw
        self._plans = plans
        self._home = home
        self.root = root
        self.rows: dict[type[Validated], list[Validated]] = {}

    def add_rows(self, model: Model[Validated]) -> None:
        """Draws the rows of an entity."""
        kept = self.rows.setdefault(model.entity, [])
        invariants = self._plans.catalogue.invariants_of(model.entity)
        for invariant in invariants:
            if isinstance(invariant.rule, AtLeastOne) and invariant.is_broken(self.root, invariant.number(kept)):
                row = self._row(model, self._plans.inside(model, invariant.rule, self.root))
                assume(row is not None)
                self._keep(model, row)
        counted = (self._plans.inside(model, invariant.rule, self.root) for invariant in invariants)
        plans = [plan for plan in (self._plans.entering(model, self.root), *counted) if plan is not None]
        for _ in range(self._draw(st.integers(0, MOST)) if plans else 0):
            self._keep(model, self._row(model, self._draw(st.sampled_from(plans))))

    def _keep(self, model: Model[Validated], row: Validated | None) -> None:
        """Keeps a row that stands beside the others, and for which there is room, or can be made."""
        kept = self.rows[model.entity]
        if row is None or not fits_beside(model, row, kept):
            return
        invariants = self._plans.catalogue.invariants_of(model.entity)
        needed = _room(invariants, self.root, [*kept, row])
        if needed is None:
            return
        root = self._plans.catalogue.root
        grown = root.evolved(self.root, needed)
        if not root.find_violations(root.values_by_column(grown)):
            self.root = grown
            kept.append(row)

    def _row(self, model: Model[Validated], plan: Plan | None) -> Validated | None:
        """A row of a plan that refers to rows which are there; None if there is none."""
        if plan is None:
            return None
        fixed: dict[str, object] = {model.named_tenant: self._home}
        for reference in model.of_kind(Reference):
            parent = self._plans.catalogue.parent(reference)
            if parent is self._plans.catalogue.root:
                continue
            found = [_pointing(reference, parent, row) for row in self.rows.get(parent.entity, ())]
            nowhere = {column.name: None for column in reference.fields if column.nullable}
            choices = [{**fixed, **values} for values in ((nowhere,) if nowhere else ()) + tuple(found)]
            fitting = [values for values in choices if plan.allows(values)]
            if not fitting:
                return None
            fixed = self._draw(st.sampled_from(fitting))
        return model.entity(**self._draw(rows_of(plan, fixed)))


def _pointing(reference: Reference, parent: Model[Validated], row: Validated) -> Values:
    return {
        column.name: getattr(row, key)
        for column, key in zip(reference.fields, parent.key, strict=True)
        if key != parent.tenant
    }


def _room(
    invariants: Sequence[InvariantValidator[Validated]], root: Validated, rows: Sequence[Validated]
) -> Mapping[str, object] | None:
    """What the root's limits have to be for these rows; None if a rule does not let so many be."""
    needed: dict[str, object] = {}
    for invariant in invariants:
        number = invariant.number(rows)
        if not isinstance(invariant.rule, AtMost) or not invariant.is_broken(root, number):
            continue
        if not isinstance(invariant.rule.limit, Field):
            return None
        needed[invariant.rule.limit.column.name] = number
    return needed


def as_stored(row: E) -> E:
    """The row as a store returns it after adding it: with the first version, if its entity has a version."""
    return model_of(type(row)).with_version(row, 1)
