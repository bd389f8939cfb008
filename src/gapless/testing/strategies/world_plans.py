"""The plans of a catalogue's worlds: how its root and the rows that belong to it can be when they are added."""

from __future__ import annotations

from functools import cached_property, lru_cache

import attrs

from gapless.kit import AdmissionGuard, Catalogue, Model, Transition
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import Invariant
from gapless.kit.model import Validated
from gapless.kit.predicates import TRUE, Node, Not
from gapless.kit.python_compiler import is_true
from gapless.testing.strategies.solutions import Plan, plan_where


@attrs.frozen(eq=False, slots=False)
class WorldPlans:
    """How the rows of a catalogue's worlds are drawn.

    Attributes:
        catalogue: the rules.
    """

    catalogue: Catalogue
    _made: dict[tuple[type, tuple[int, ...]], Plan | None] = attrs.field(factory=dict, init=False)
    _negated: dict[int, Node] = attrs.field(factory=dict, init=False)

    @cached_property
    def belonging(self) -> tuple[Model[Validated], ...]:
        """The entities whose rows belong to the root, but for archives, whose rows come from another table alone."""
        apart = {self.catalogue.root.entity, *self.catalogue.archives}
        return tuple(model for model in self.catalogue.models if model.entity not in apart)

    @cached_property
    def open_root(self) -> Plan:
        """Of a root that lets every row in.

        Raises:
            DeclarationError: there is none.
        """
        return plan_where(self.catalogue.root, [*_added(self.catalogue.root), *self._doors.values()])

    @cached_property
    def closed_roots(self) -> tuple[Plan, ...]:
        """Of roots that keep the rows of one rule out, for each that may be closed."""
        doors, found = self._doors, list[Plan]()
        for name, door in doors.items():
            others = [node for other, node in doors.items() if other != name]
            plan = _possible(self.catalogue.root, [*_added(self.catalogue.root), Not(door), *others])
            found += [] if plan is None else [plan]
        return tuple(found)

    @cached_property
    def _doors(self) -> dict[str, Node]:
        """What a root has to be for rows to enter, by the name of the rule."""
        return {rule.name: rule.parent for _, rule in self.catalogue if isinstance(rule, AdmissionGuard)}

    def of(self, model: Model[Validated]) -> Plan:
        """Of rows that may be added, as far as they alone decide.

        Raises:
            DeclarationError: there are none.
        """
        return plan_where(model, _added(model))

    def entering(self, model: Model[Validated], root: Validated) -> Plan | None:
        """Of rows that may be added below a root; None if there are none."""
        return self._where(model, self._kept_out(model, root))

    def inside(self, model: Model[Validated], rule: Invariant, root: Validated) -> Plan | None:
        """Of rows that may be added below a root, and are in the set that a rule counts; None if there are none."""
        return self._where(model, (rule.of, *self._kept_out(model, root)))

    def _kept_out(self, model: Model[Validated], root: Validated) -> tuple[Node, ...]:
        """What has to be true of rows that a root does not let in: that they do not enter."""
        closed = [rule for rule in model.of_kind(AdmissionGuard) if not is_true(rule.parent)(root)]
        return tuple(self._not(rule.enters_added) for rule in closed)

    def _not(self, node: Node) -> Node:
        return self._negated.setdefault(id(node), Not(node))

    def _where(self, model: Model[Validated], conditions: tuple[Node, ...]) -> Plan | None:
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
    """What has to be true of a row that is added."""
    return [rule.added for rule in model.of_kind(Transition)]


def _possible(model: Model[Validated], conditions: list[Node]) -> Plan | None:
    try:
        return plan_where(model, conditions)
    except DeclarationError:
        return None
