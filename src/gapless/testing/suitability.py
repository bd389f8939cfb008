"""Refuses a catalogue of which the test kit makes no rows before it makes one; and tells how programs are run."""

from __future__ import annotations

from collections.abc import Sequence

from gapless.kit import AtLeastOne, Catalogue, Model, Reference
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from gapless.kit.predicates import TRUE


def require_rows(catalogue: Catalogue) -> None:
    """Refuses a catalogue with rows of which each needs another one below it.

    Args:
        catalogue: the rules.

    Raises:
        DeclarationError: it is such a one; the message says why.
    """
    for model in catalogue.models:
        for rule in model.of_kind(AtLeastOne):
            if catalogue.parent(rule.through) is model and rule.while_parent is TRUE:
                raise DeclarationError(
                    f"The test kit makes no rows of this catalogue: by {rule.name} each {model.name} has another one "
                    "below it, without an end."
                )


def require_beginning(model: Model[Validated], itself: Sequence[Reference]) -> None:
    """Refuses an entity of which no row can be the first: each refers to another one.

    Args:
        model: the entity.
        itself: its references to its own kind.

    Raises:
        DeclarationError: it is such a one; the message says why.
    """
    for rule in itself:
        if not any(column.nullable for column in rule.fields):
            raise DeclarationError(
                f"The test kit makes no rows of {model.name}: by {rule.name} each refers to another one, without an "
                "end. Let a field of it be null in the first one."
            )


def has_rows_apart(catalogue: Catalogue) -> bool:
    """Whether there are rows of nobody, or of other roots than the first, so that units read more than their root's."""
    return catalogue.may_be_alone or len(catalogue.roots) != 1
