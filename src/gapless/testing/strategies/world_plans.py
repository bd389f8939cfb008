"""The plans of a catalogue's worlds: how its root and the rows that belong to it can be when they are added."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache

import attrs

from gapless.kit import AdmissionGuard, Catalogue, Model, Reference, Transition
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from gapless.kit.predicates import TRUE, Field, Node, Not
from gapless.kit.python_compiler import is_true
from gapless.testing.strategies.parents import rules_below
from gapless.testing.strategies.solutions import Plan, plan_where

Conditions = tuple[Node, ...]
OPEN = 3
"""How often a row that lets all others in is drawn, beside those that keep out the rows of one rule."""


@attrs.frozen(eq=False, slots=False)
class WorldPlans:
    """How the rows of a catalogue's worlds are drawn.

    Attributes:
        catalogue: the rules.
    """

    catalogue: Catalogue
    _made: dict[tuple[type, tuple[int, ...]], Plan | None] = attrs.field(factory=dict, init=False)
    _negated: dict[int, Node] = attrs.field(factory=dict, init=False)
    _doors: dict[type, tuple[Conditions, ...]] = attrs.field(factory=dict, init=False)

    @cached_property
    def drawn(self) -> tuple[Model[Validated], ...]:
        """The entities whose rows are drawn: all but archives, whose rows come from another table alone."""
        return tuple(model for model in self.catalogue.models if model.entity not in self.catalogue.archives)

    def require_open_roots(self) -> None:
        """Sees that there are roots that let every row in.

        Raises:
            DeclarationError: there are none of an entity.
        """
        for root in self.catalogue.roots:
            plan_where(root, [*_added(root), *self._open(root).values()])

    def doors(self, model: Model[Validated]) -> tuple[Conditions, ...]:
        """What rows may be that others enter below: they let all in, or keep out those of one rule."""
        if model.entity not in self._doors:
            self._doors[model.entity] = tuple(self._made_doors(model)) or ((),)
        return self._doors[model.entity]

    def _made_doors(self, model: Model[Validated]) -> list[Conditions]:
        doors = self._open(model)
        ways = [tuple(doors.values())] * OPEN
        for name, door in doors.items():
            ways.append((self.negated(door), *(node for other, node in doors.items() if other != name)))
        return [way for way in ways if self.where(model, way) is not None]

    def _open(self, model: Model[Validated]) -> dict[str, Node]:
        """What a row has to be for others to enter below it, by the name of the rule."""
        return {rule.name: rule.parent for rule in rules_below(self.catalogue, model, AdmissionGuard)}

    def of(self, model: Model[Validated]) -> Plan:
        """Of rows that may be added, as far as they alone decide.

        Raises:
            DeclarationError: there are none.
        """
        return plan_where(model, _added(model))

    def kept_out(self, model: Model[Validated], reference: Reference, parent: Validated) -> Conditions:
        """What has to be true of rows that a parent does not let in: that they do not enter."""
        guards = [rule for rule in model.of_kind(AdmissionGuard) if rule.through.name == reference.name]
        return tuple(self.negated(rule.enters_added) for rule in guards if not is_true(rule.parent)(parent))

    def negated(self, node: Node) -> Node:
        """That a condition is not true; the same node each time."""
        return self._negated.setdefault(id(node), Not(node))

    def where(self, model: Model[Validated], conditions: Sequence[Node]) -> Plan | None:
        """Of rows that may be added, and of which conditions are true; None if there are none.

        Args:
            model: of which entity.
            conditions: nodes of the rules, or such as `negated` gives.
        """
        key = model.entity, tuple(map(id, conditions))
        if key not in self._made:
            never = any(isinstance(node, Not) and node.part is TRUE for node in conditions)
            self._made[key] = None if never else _possible(model, [*_added(model), *conditions])
        return self._made[key]


@lru_cache(maxsize=16)
def world_plans(catalogue: Catalogue) -> WorldPlans:
    """The plans of a catalogue's worlds, worked out once."""
    return WorldPlans(catalogue)


def _added(model: Model[Validated]) -> list[Node]:
    """What has to be true of a row that is added, and that readings show."""
    shown = [] if model.released is None else [Not(Field(model.released))]
    return [*(rule.added for rule in model.of_kind(Transition)), *shown]


def _possible(model: Model[Validated], conditions: list[Node]) -> Plan | None:
    try:
        return plan_where(model, conditions)
    except DeclarationError:
        return None
