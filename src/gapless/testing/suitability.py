"""Refuses a catalogue of which the test kit makes no rows, before it makes one."""

from __future__ import annotations

from collections.abc import Iterator

from gapless.kit import AdmissionGuard, Catalogue, Invariant, Model, Reference
from gapless.kit.columns import ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated


def require_rows(catalogue: Catalogue) -> None:
    """Refuses a catalogue with several roots or none, or with rows that have no field for their root.

    Raises:
        DeclarationError: it is such a one; the message says why.
    """
    for said in _without_rows(catalogue):
        raise DeclarationError(f"The test kit makes no rows of this catalogue: {said}.")


def require_worlds(catalogue: Catalogue) -> None:
    """Refuses a catalogue of which no worlds are drawn: also one with other keys than UUIDs, or rules below other rows.

    Raises:
        DeclarationError: it is such a one; the message says why.
    """
    require_rows(catalogue)
    for said in _without_worlds(catalogue):
        raise DeclarationError(f"The test kit draws no worlds and no programs of this catalogue: {said}.")


def _without_rows(catalogue: Catalogue) -> Iterator[str]:
    if len(catalogue.roots) != 1:
        names = " and ".join(root.name for root in catalogue.roots)
        yield f"it has several roots, {names}" if names else "it has no root"
    for model in catalogue.models:
        if model.may_be_alone:
            yield f"the rows of {model.name} {'are shared' if model.is_shared else 'may belong to no root'}"
        if model.through is not None:
            yield f"the rows of {model.name} belong to a root through another row"


def _without_worlds(catalogue: Catalogue) -> Iterator[str]:
    for model in catalogue.models:
        key = f"the key ({', '.join(model.key)}) of {model.name}"
        if model.is_root and model.key_columns[0].type is not ColumnType.UUID:
            yield f"{key} is no UUID"
        elif not _has_usual_key(model):
            yield f"{key} is not that of its root, a UUID, followed by a UUID or by several values"
        for reference in model.of_kind(Reference):
            if reference.fields != tuple(own for own, _ in catalogue.links(model, reference)):
                yield f"{reference.name} does not begin with {model.tenant}, the field that holds the key of the root"
    for _, rule in catalogue:
        if isinstance(rule, AdmissionGuard | Invariant) and not catalogue.parent(rule.through).is_root:
            yield f"{rule.name} counts or guards below {catalogue.parent(rule.through).name}, which is no root"


def _has_usual_key(model: Model[Validated]) -> bool:
    if model.is_root:
        return True
    kinds = [column.type for column in model.id_columns]
    is_below = model.key[0] == model.tenant and model.column(model.tenant).type in (ColumnType.UUID, ColumnType.KEY)
    return is_below and (len(kinds) != 1 or kinds == [ColumnType.UUID])
