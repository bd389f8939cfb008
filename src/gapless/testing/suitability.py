"""Refuses a catalogue of which the test kit makes no rows before it makes one; and tells how programs are run."""

from __future__ import annotations

from gapless.kit import AtLeastOne, Catalogue
from gapless.kit.errors import DeclarationError
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


def has_rows_apart(catalogue: Catalogue) -> bool:
    """Whether there are rows of nobody, or of other roots than the first, so that units read more than their root's."""
    return catalogue.may_be_alone or len(catalogue.roots) != 1
