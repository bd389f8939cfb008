"""Counterexamples of what follows from an annotation: a value that can't be kept, none, or an unknown one."""

from __future__ import annotations

from collections.abc import Iterator

from gapless.kit import Known, Model, Required, Storable
from gapless.kit.model import Validated
from gapless.testing.counterexamples.attempts import RowViolation
from gapless.testing.factories import Factories
from gapless.testing.unstorable import UNSTORABLE


def unstorable(_: Factories, __: Model[Validated], rule: Storable) -> Iterator[RowViolation]:
    """Values that a column of the type can't keep."""
    for tried, value in UNSTORABLE[rule.column.type]:
        yield RowViolation(rule.name, tried, {rule.column.name: value})


def missing(_: Factories, __: Model[Validated], rule: Required) -> Iterator[RowViolation]:
    """Nothing."""
    yield RowViolation(rule.name, "nothing", {rule.column.name: None})


def unknown(_: Factories, __: Model[Validated], rule: Known) -> Iterator[RowViolation]:
    """A text that is none of the members'."""
    yield RowViolation(rule.name, "an unknown text", {rule.column.name: "unknown"})
