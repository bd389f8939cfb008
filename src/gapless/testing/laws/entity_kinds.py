"""For which entities a law holds: whether rows can be added, saved and removed by themselves."""

from __future__ import annotations

from itertools import pairwise

from gapless.kit import AtLeastOne, Catalogue, Model, OnDelete, Transition, Unique
from gapless.kit.model import Validated
from gapless.kit.python_compiler import is_false_of_change
from gapless.testing.fixtures import fixture_of
from gapless.testing.laws.entities import AnyEntity
from gapless.testing.laws.entity_room import has_room

MOST_SAVES = 30
"""How often laws save a row at most."""


def is_addable(entity: AnyEntity) -> bool:
    """Whether rows are added by the ports, by themselves, and as many as laws want.

    Those of an archive are added by the store alone, and a row of which each parent has exactly one comes with that.
    """
    is_written = entity.model.entity not in entity.catalogue.archives
    return is_written and not comes_with_its_parent(entity.model) and has_room(entity)


def is_versioned(entity: AnyEntity) -> bool:
    """Whether rows can change, and are saved as they are: what else a rule would have, only its author knows."""
    return is_addable(entity) and entity.model.versioned and _may_stay(entity)


def is_removable(entity: AnyEntity) -> bool:
    """Whether rows can be removed by themselves, and neither go with others alone nor are kept by what they need."""
    return is_addable(entity) and entity.model.append_only is None and not _is_kept(entity.catalogue, entity.model)


def is_change(model: Model[Validated], before: Validated, after: Validated) -> bool:
    """Whether the rules over changes let a row become another one."""
    return not any(is_false_of_change(rule.holds)(before, after) for rule in model.of_kind(Transition))


def comes_with_its_parent(model: Model[Validated]) -> bool:
    """Whether each parent has exactly one row, so that none is added to one that is there."""
    uniques = [{*model.key}, *({column.name for column in rule.columns} for rule in model.of_kind(Unique))]
    parents = [{column.name for column in rule.through.fields} for rule in model.of_kind(AtLeastOne)]
    return any(unique <= {*parent, model.tenant} for unique in uniques for parent in parents)


def _may_stay(entity: AnyEntity) -> bool:
    """Whether a row can be saved as it is, as often as laws do that."""
    model = entity.model
    if not model.of_kind(Transition):
        return True
    row = fixture_of(entity.factories).row(model.entity)
    saved = (model.with_version(row, version) for version in range(1, MOST_SAVES + 2))
    return all(is_change(model, before, after) for before, after in pairwise(saved))


def _is_kept(catalogue: Catalogue, model: Model[Validated], above: tuple[Model[Validated], ...] = ()) -> bool:
    """Whether a row that it can't be without keeps it, or one that would go with it."""
    needed = [(each, rule.through) for each, rule in catalogue if isinstance(rule, AtLeastOne)]
    return any(
        reference.on_delete is OnDelete.RESTRICT or _is_kept(catalogue, child, (*above, model))
        for child, reference in needed
        if catalogue.parent(reference) is model and child not in above
    )
