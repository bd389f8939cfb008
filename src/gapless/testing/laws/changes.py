"""What may change in a row without any rule that refuses it, for laws of every entity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gapless.kit import AdmissionGuard, Exclusion, Model, Unique
from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import Invariant
from gapless.kit.kinds.referenced_columns import asked_of_parent, conditions
from gapless.kit.model import VERSION, Validated
from gapless.kit.predicates import fields_of
from gapless.testing.counterexamples.other_values import another
from gapless.testing.laws.entities import AnyEntity, Scene
from gapless.testing.laws.entity_kinds import is_change
from gapless.testing.templates import pointing


def free_columns(entity: AnyEntity, *, shared: bool = False) -> tuple[Column, ...]:
    """The columns that may change by themselves: no other row depends on them, and they point at none.

    Args:
        entity: the entity.
        shared: whether those are left out in which no two rows may have the same.
    """
    model = entity.model
    kept = {*model.key, model.tenant, VERSION, *model.immutable, *model.filled, *pointing(model)}
    kept |= {column.name for column in _ruling(entity)}
    if shared:
        kept |= {column.name for rule in model.of_kind(Unique) for column in rule.columns}
    return tuple(column for column in model.columns if column.name not in kept)


def _ruling(entity: AnyEntity) -> Iterator[Column]:
    """The columns by which a row is deleted, released, counted or let in, or by which it lets others in."""
    model = entity.model
    if model.released is not None:
        yield model.released
    if model.soft_deleted is not None:
        yield from fields_of(model.soft_deleted)
    for rule in model.rules:
        if isinstance(rule, (Invariant, AdmissionGuard)):
            yield from (column for node in conditions(rule) for column in fields_of(node))
        if isinstance(rule, Exclusion):
            yield from rule.columns
    for _, rule in entity.catalogue:
        if isinstance(rule, (Invariant, AdmissionGuard)) and entity.catalogue.parent(rule.through) is model:
            yield from asked_of_parent(rule)


def other_values(scene: Scene, row: Validated, column: Column) -> Iterator[object]:
    """Other values of a column that a row may have: of what is unique that of a further row, which is not added."""
    model = scene.model
    is_unique = any(column in rule.columns for rule in model.of_kind(Unique))
    try:
        value = (
            getattr(scene.fixture.row(model.entity), column.name) if is_unique else another(scene.fixture, row, column)
        )
    except DeclarationError:  # no further row differs from those that were made
        return
    is_other = value != getattr(row, column.name) and column.represents(value)
    if is_other and may_become(model, row, {column.name: value}):
        yield value


def may_become(model: Model[Validated], row: Validated, changes: Mapping[str, object]) -> bool:
    """Whether rules over one row and over changes let a row have these values, and stay so."""
    values = {**model.values_by_column(row), **changes}
    if model.find_violations(values):
        return False
    after = model.construct_unvalidated(values)
    return is_change(model, row, after) and is_change(model, after, after)  # it is saved again, as it is then
