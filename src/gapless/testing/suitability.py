"""Refuses a catalogue of which the test kit makes no rows, or draws no programs, before it makes one."""

from __future__ import annotations

from collections.abc import Iterator

from gapless.kit import AtLeastOne, Catalogue
from gapless.kit.errors import DeclarationError
from gapless.kit.predicates import TRUE


def require_rows(catalogue: Catalogue) -> None:
    """Refuses a catalogue with rows that have no field for their root, or of which each needs another one below it.

    Raises:
        DeclarationError: it is such a one; the message says why.
    """
    for model in catalogue.models:
        if model.through is not None:
            said = f"the rows of {model.name} belong to a root through another row"
            raise DeclarationError(f"The test kit makes no rows of this catalogue: {said}.")
        for rule in model.of_kind(AtLeastOne):
            if catalogue.parent(rule.through) is model and rule.while_parent is TRUE:
                said = f"by {rule.name} each {model.name} has another one below it, without an end"
                raise DeclarationError(f"The test kit makes no rows of this catalogue: {said}.")


def require_programs(catalogue: Catalogue) -> None:
    """Refuses a catalogue with several roots or none, or with rows that belong to no root.

    Raises:
        DeclarationError: it is such a one; the message says why.
    """
    for said in _without_programs(catalogue):
        raise DeclarationError(f"The test kit draws no programs of this catalogue: {said}.")


def _without_programs(catalogue: Catalogue) -> Iterator[str]:
    if len(catalogue.roots) != 1:
        names = " and ".join(root.name for root in catalogue.roots)
        yield f"it has several roots, {names}" if names else "it has no root"
    for model in catalogue.models:
        if model.may_be_alone:
            yield f"the rows of {model.name} {'are shared' if model.is_shared else 'may belong to no root'}"
