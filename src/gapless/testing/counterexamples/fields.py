"""Counterexamples of what follows from an annotation: a value that can't be kept, none, or an unknown one."""

from __future__ import annotations

from collections.abc import Iterator

from gapless.kit import DataType, EnumMember, Model, Required, model_of
from gapless.kit.model import Validated
from gapless.testing.counterexamples.attempts import RowViolation
from gapless.testing.factories import Factories
from gapless.testing.unrepresentable import unrepresentable as values_beyond


def unrepresentable(_: Factories, model: Model[Validated], rule: DataType) -> Iterator[RowViolation]:
    """Values that a column of the type can't keep; of a root's key those that no root has, as the entity says."""
    declared = model_of(model.entity).column(rule.column.name)
    for tried, value in values_beyond(declared):
        yield RowViolation(rule.name, tried, {rule.column.name: value})


def missing(_: Factories, __: Model[Validated], rule: Required) -> Iterator[RowViolation]:
    """Nothing."""
    yield RowViolation(rule.name, "nothing", {rule.column.name: None})


def unknown(_: Factories, __: Model[Validated], rule: EnumMember) -> Iterator[RowViolation]:
    """A text that is none of the members'."""
    yield RowViolation(rule.name, "an unknown text", {rule.column.name: "unknown"})
