"""A world while it is drawn, entity by entity: what is drawn later refers to what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from hypothesis import assume
from hypothesis import strategies as st

from gapless.kit import AtLeastOne, AtMost, Model, Reference
from gapless.kit.columns import ColumnType
from gapless.kit.invariants import InvariantValidator
from gapless.kit.model import Validated
from gapless.kit.predicates import Field, Node
from gapless.testing.strategies.consistency import fits_beside
from gapless.testing.strategies.parents import Row, referring_to, refers_to
from gapless.testing.strategies.row_generators import rows_of
from gapless.testing.strategies.world_plans import Conditions, WorldPlans

MOST = 3
"""How many rows of an entity a world has at most, beside those that it has to have."""
T = TypeVar("T")
Counted = InvariantValidator[Validated]


class WorldDrawing:
    """A world while it is drawn.

    Args:
        draw: Hypothesis gives it.
        plans: how rows can be.

    Attributes:
        rows: the rows by their entity, those below which others are counted with as much room as these need.
    """

    def __init__(self, draw: st.DrawFn, plans: WorldPlans) -> None:
        self._draw = draw
        self._plans = plans
        self._catalogue = plans.catalogue
        self.rows: dict[type[Validated], list[Validated]] = {}

    def add_root(self, model: Model[Validated]) -> None:
        """Draws a root; it lets rows in, but for those of one rule now and then."""
        (key,) = model.key_columns
        self.rows[model.entity] = []
        self._keep(
            model, self._row(model, (), {key.name: self._draw(st.uuids())} if key.type is ColumnType.UUID else {})
        )
        assume(self.rows[model.entity])

    def add_rows(self, model: Model[Validated]) -> None:
        """Draws the rows of an entity."""
        self.rows.setdefault(model.entity, [])
        self.add_needed(model)
        counting = [(invariant.rule.of,) for invariant in self._catalogue.invariants_of(model.entity)]
        asked = [way for way in ((), *counting) if self._plans.where(model, way) is not None]
        for _ in range(self._draw(st.integers(0, MOST)) if asked else 0):
            self._keep(model, self._row(model, self._draw(st.sampled_from(asked)), {}))

    def add_needed(self, model: Model[Validated]) -> None:
        """Draws the rows of an entity that those which are there can't be without, or gives the world up."""
        for invariant in self._catalogue.invariants_of(model.entity):
            if isinstance(invariant.rule, AtLeastOne):
                for parent in (*self.rows.get(invariant.parent.entity, ()),):
                    if self._is_broken(invariant, parent):
                        self._keep(model, self._row(model, (invariant.rule.of,), referring_to(invariant.links, parent)))
                        assume(not self._is_broken(invariant, parent))

    def _is_broken(self, invariant: Counted, parent: Validated) -> bool:
        return self._is_too_many(invariant, parent, self.rows.get(invariant.model.entity, ()))

    def _is_too_many(self, invariant: Counted, parent: Validated, rows: Sequence[Validated]) -> bool:
        """Whether these rows are too many below a parent, or too few, by the limit that is there."""
        limit = invariant.supplemented
        there = [] if limit is None else self.rows.get(limit.model.entity, [])
        return invariant.is_broken(
            parent, invariant.number_below(parent, rows), invariant.supplement_among(there, parent)
        )

    def _limits_too_low(self, model: Model[Validated], row: Validated) -> bool:
        """Whether a row has a limit that is lower than what is there below the row that it supplements."""
        return any(
            invariant.supplement_among([row], parent) is row
            and invariant.is_broken(
                parent, invariant.number_below(parent, self.rows.get(invariant.model.entity, ())), row
            )
            for invariant in self._catalogue.all_invariants
            if invariant.supplemented is not None and invariant.supplemented.model is model
            for parent in self.rows.get(invariant.parent.entity, ())
        )

    def _keep(self, model: Model[Validated], row: Validated | None) -> None:
        """Keeps a row that stands beside the others, and for which there is room, or can be made."""
        kept = self.rows[model.entity]
        if row is None or not fits_beside(model, row, kept) or self._limits_too_low(model, row):
            return
        grown: dict[tuple[type, tuple[object, ...]], Validated] = {}
        for invariant in self._catalogue.invariants_of(model.entity):
            for parent in self.rows.get(invariant.parent.entity, ()):
                if refers_to(invariant.links, row, parent):
                    place = invariant.parent.entity, invariant.parent.key_of(parent)
                    made = self._with_room(invariant, grown.get(place, parent), [*kept, row])
                    if made is None:
                        return
                    grown[place] = made
        for (entity, key), parent in grown.items():
            key_of = self._catalogue.by_entity[entity].key_of
            self.rows[entity] = [parent if key_of(each) == key else each for each in self.rows[entity]]
        self.rows[model.entity].append(row)

    def _with_room(self, invariant: Counted, parent: Validated, rows: Sequence[Validated]) -> Validated | None:
        """The parent with a limit that lets so many rows be; None if there can be none."""
        number = invariant.number_below(parent, rows)
        if not isinstance(invariant.rule, AtMost) or not self._is_too_many(invariant, parent, rows):
            return parent
        if not isinstance(invariant.rule.limit, Field):
            return None
        model = invariant.parent
        grown = model.evolved(parent, {invariant.rule.limit.column.name: number})
        others = [row for row in self.rows[model.entity] if model.key_of(row) != model.key_of(parent)]
        is_valid = not model.find_violations(model.values_by_column(grown))
        return grown if is_valid and fits_beside(model, grown, others) else None

    def _row(self, model: Model[Validated], asked: Conditions, given: Row) -> Validated | None:
        """A row of which conditions are true, and which refers to rows that are there; None if there is none."""
        conditions = (*asked, *self._one_of(self._plans.doors(model)))
        fixed: Row = {**self._key_of_root(model), **given}
        for reference in model.of_kind(Reference):
            fitting = [*self._fitting(model, reference, conditions, fixed)]
            if not fitting:
                return None
            conditions, fixed = self._one_of(fitting)
        plan = self._plans.where(model, conditions)
        return None if plan is None else model.entity(**self._draw(rows_of(plan, fixed)))

    def _one_of(self, choices: Sequence[T]) -> T:
        """One of some choices; nothing is drawn where there is but one."""
        return choices[0] if len(choices) == 1 else self._draw(st.sampled_from(choices))

    def _key_of_root(self, model: Model[Validated]) -> Row:
        """To which root a row belongs: the one that is there, or none if it may; a root has a key of its own."""
        if model.tenant is None or model.is_root:
            return {}
        root = self._catalogue.root_of(model)
        keys = [] if root is None else [root.key_of(self.rows[root.entity][0])[0]]
        return {model.tenant: self._one_of([*keys, None] if model.may_be_alone else keys)}

    def _fitting(
        self, model: Model[Validated], reference: Reference, conditions: Sequence[Node], fixed: Row
    ) -> Iterator[tuple[Conditions, Row]]:
        """What a row can refer to: the values by which it does, and the conditions that are then to be true of it."""
        for values, kept_out in self._targets(model, reference):
            if any(fixed.get(name, value) != value for name, value in values.items()):
                continue
            those, row = (*conditions, *kept_out), {**fixed, **values}
            plan = self._plans.where(model, those)
            if plan is not None and plan.allows(row):
                yield those, row

    def _targets(self, model: Model[Validated], reference: Reference) -> Iterator[tuple[Row, Conditions]]:
        nowhere: Row = {column.name: None for column in reference.fields if column.nullable}
        if nowhere:
            yield nowhere, ()
        links, to = self._catalogue.links(model, reference), self._catalogue.parent(reference)
        leaves_root = to.may_be_alone and self._catalogue.links_leave_root(model, reference)
        for parent in self.rows.get(to.entity, ()):
            if not (leaves_root and to.tenant_of(parent) is None):  # nobody's row is in no root
                yield referring_to(links, parent), self._plans.kept_out(model, reference, parent)
