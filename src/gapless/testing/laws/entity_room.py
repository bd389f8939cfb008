"""For which entities there is room: the rules leave further rows beside those to which others refer."""

from __future__ import annotations

from math import inf, prod
from typing import cast

from gapless.kit import AtMost, Exclusion, Model
from gapless.kit.model import Validated
from gapless.kit.predicates import Constant, fields_of
from gapless.kit.python_compiler import is_true
from gapless.testing.factories import Factories
from gapless.testing.laws.entities import AnyEntity, begins_anew
from gapless.testing.templates import Apart, Template, agreed, names_root, pointing, rules_apart

MANY_ROWS = 100
"""So many rows are enough for all laws that share a store."""


def has_room(entity: AnyEntity) -> bool:
    """Whether rows can be added beside those that are there for others, and as many roots as laws want."""
    if begins_anew(entity) and not has_room_for_all(entity):
        return False
    own = [entity.model] if entity.root is None else [entity.model, entity.root]
    return all(is_free(entity.factories, model) for model in own)


def has_room_beside(entity: AnyEntity) -> bool:
    """Whether rows of other entities can be written as well: of several kinds of root there are new ones each time."""
    return len(entity.catalogue.roots) == 1 or has_room_for_all(entity)


def has_room_for_all(entity: AnyEntity) -> bool:
    """Whether all that others refer to can be in one store several times, each time with new roots."""
    return all(_are_many(entity.factories, made.model) for made in entity.factories.first)


def is_free(factories: Factories, model: Model[Validated]) -> bool:
    """Whether rows of an entity can be added beside those of a fixture."""
    return _are_many(factories, model) and _is_free_below(factories, model)


def _are_many(factories: Factories, model: Model[Validated]) -> bool:
    """Whether there can be many rows, of all roots together."""
    if model.entity in factories.samples:  # whoever wrote it knows what there is room for
        return True
    across = (rule for rule in rules_apart(model) if not names_root(model, rule))
    return all(_number(factories.plain(model), rule) > MANY_ROWS for rule in across)


def _is_free_below(factories: Factories, model: Model[Validated]) -> bool:
    """Whether a further row fits below the rows of a fixture, and differs from those in what no two of a root share."""
    if model.entity in factories.samples:
        return True
    plain, there = factories.plain(model), [made for made in factories.first if made.model is model]
    within = (rule for rule in rules_apart(model) if names_root(model, rule))
    bounds = (rule for rule in model.of_kind(AtMost) if _counts(plain, rule) and not _has_new_parents(plain, rule))
    return all(_number(plain, rule) > len(there) for rule in within) and all(
        _limit(factories, rule) > sum(_counts(made, rule) for made in there) for rule in bounds
    )


def _number(plain: Template, rule: Apart) -> float:
    """How many rows differ in what a rule compares: where they refer to others, these can be new ones."""
    model = plain.model
    names = {column.name for column in agreed(rule)} - ({model.tenant} if not model.is_root else set())
    where = getattr(rule, "where", None)
    is_meant = where is None or is_true(where)(model.construct_unvalidated({**plain.values}))
    is_null = any(plain.values[name] is None for name in names)
    if isinstance(rule, Exclusion) or not is_meant or is_null or names & pointing(model):
        return inf
    sizes = [plain.own[name].size if name in plain.own else 1 for name in names]
    return prod(inf if size is None else size for size in sizes)


def _counts(made: Template, rule: AtMost) -> bool:
    """Whether a row is in the set that a rule bounds."""
    return made.has(rule.through) and is_true(rule.of)(made.model.construct_unvalidated({**made.values}))


def _has_new_parents(plain: Template, rule: AtMost) -> bool:
    """Whether rows differ by their parents alone, so that each has a new one."""
    parent = {column.name for column in rule.through.fields} - {plain.model.tenant}
    compared = ({column.name for column in agreed(apart)} for apart in rules_apart(plain.model))
    return any(names & parent and names.isdisjoint(plain.own) for names in compared)


def _limit(factories: Factories, rule: AtMost) -> int:
    """The number of rows that a parent may have: of its own fields, if it is one, what plain rows have there."""
    if isinstance(rule.limit, Constant):
        return cast(int, rule.limit.value)
    if rule.supplement is not None:
        return cast(int, rule.supplement.default)  # a scene has no supplement but where its own law adds one
    parent = factories.plain(factories.catalogue.parent(rule.through))
    return min(cast(int, parent.values[column.name]) for column in fields_of(rule.limit))
