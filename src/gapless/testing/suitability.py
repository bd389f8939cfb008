"""Refuses a catalogue of which the test kit makes no rows, and draws no programs, before it makes one."""

from __future__ import annotations

from gapless.kit import AtLeastOne, Catalogue
from gapless.kit.errors import DeclarationError
from gapless.kit.predicates import TRUE


def require_rows(catalogue: Catalogue, what: str = "makes no rows") -> None:
    """Refuses a catalogue with rows that have no field for their root, or of which each needs another one below it.

    Args:
        catalogue: the rules.
        what: what the test kit does not do for such a one.

    Raises:
        DeclarationError: it is such a one; the message says why.
    """
    for model in catalogue.models:
        if model.through is not None:
            said = f"the rows of {model.name} belong to a root through another row"
            raise DeclarationError(f"The test kit {what} of this catalogue: {said}.")
        for rule in model.of_kind(AtLeastOne):
            if catalogue.parent(rule.through) is model and rule.while_parent is TRUE:
                said = f"by {rule.name} each {model.name} has another one below it, without an end"
                raise DeclarationError(f"The test kit {what} of this catalogue: {said}.")


def has_rows_apart(catalogue: Catalogue) -> bool:
    """Whether there are rows of nobody, or of other roots than the first, so that units read more than their root's."""
    return catalogue.may_be_alone or len(catalogue.roots) != 1
