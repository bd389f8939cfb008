"""What rows are like below which others are counted or let in: programs begin with such that have room for few."""

from __future__ import annotations

from collections.abc import Iterator

from gapless.kit import AdmissionGuard, AtLeastOne, AtMost, Catalogue, Model
from gapless.kit.columns import Column
from gapless.kit.model import Validated
from gapless.kit.predicates import TRUE, Field, Node, Not
from gapless.testing.differential.derived.ranges import Row
from gapless.testing.differential.derived.variation import PLACES
from gapless.testing.strategies.parents import rules_below
from gapless.testing.strategies.solutions import plan_of


def always_has_rows_below(catalogue: Catalogue, model: Model[Validated]) -> bool:
    """Whether no row of an entity is without rows below it."""
    return any(rule.while_parent is TRUE for rule in rules_below(catalogue, model, AtLeastOne))


def entered(catalogue: Catalogue, model: Model[Validated]) -> list[Node]:
    """What is true of rows that let all others in below them."""
    return [rule.parent for rule in rules_below(catalogue, model, AdmissionGuard)]


def spared(catalogue: Catalogue, model: Model[Validated], kind: type[AtMost | AtLeastOne]) -> list[Node]:
    """What is true of rows that no rule of a kind below them concerns, where it does not concern them all."""
    conditions = [rule.while_parent for rule in rules_below(catalogue, model, kind)]
    return [Not(node) for node in conditions if node is not TRUE]


def limits_of(catalogue: Catalogue, model: Model[Validated]) -> tuple[Column, ...]:
    """The fields of an entity that limit how many rows are below one of it, or below the row that it supplements."""
    own = [rule.limit.column for rule in rules_below(catalogue, model, AtMost) if isinstance(rule.limit, Field)]
    limits = [rule.supplement for _, rule in catalogue.invariants if isinstance(rule, AtMost)]
    others = [limit.column for limit in limits if limit is not None and limit.entity is model.entity]
    return tuple(dict.fromkeys((*own, *others)))


def limited(catalogue: Catalogue, model: Model[Validated], least: int) -> Row:
    """The smallest limits of an entity that the checks allow one beside the other, without large ones.

    Args:
        catalogue: the rules.
        model: the entity.
        least: what each is at least.
    """
    found: Row = {}
    for column in limits_of(catalogue, model):
        found |= limited_in(model, column, least, found)
    return found


def limited_in(model: Model[Validated], column: Column, least: int, beside: Row) -> Row:
    """The smallest value of one limit that the checks allow beside other fields of a row; nothing if it is large.

    Args:
        model: of the row below which others are counted.
        column: its field that is the limit.
        least: what it is at least.
        beside: the other fields.
    """
    allows = plan_of(model).allows
    found: Iterator[Row] = ({column.name: each} for each in range(least, PLACES))
    return next((values for values in found if allows({**beside, **values})), {})
