"""Refuses a catalogue of which the test kit makes no rows, before it makes one."""

from __future__ import annotations

from collections.abc import Iterator

from gapless.kit import AdmissionGuard, Catalogue, Invariant, Model
from gapless.kit.columns import ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated


def require_rows(catalogue: Catalogue) -> None:
    """Refuses a catalogue with keys that rows can't be made for, or with rules that count below other rows than roots.

    Raises:
        DeclarationError: it has some; the message says which.
    """
    for said in _unsuitable(catalogue):
        raise DeclarationError(f"The test kit makes no rows of this catalogue: {said}.")


def _unsuitable(catalogue: Catalogue) -> Iterator[str]:
    for model in catalogue.models:
        if not _has_usual_key(model):
            yield (
                f"the key ({', '.join(model.key)}) of {model.name} is not that of its root, a UUID, followed by a UUID "
                "or by several values"
            )
    for _, rule in catalogue:
        if isinstance(rule, AdmissionGuard | Invariant) and not catalogue.parent(rule.through).is_root:
            yield f"{rule.name} counts or guards below {catalogue.parent(rule.through).name}, which is no root"


def _has_usual_key(model: Model[Validated]) -> bool:
    kinds = [column.type for column in model.id_columns]
    if model.is_root:
        return kinds == [ColumnType.UUID]
    is_below = model.key[0] == model.tenant and model.column(model.tenant).type in (ColumnType.UUID, ColumnType.KEY)
    return is_below and (len(kinds) != 1 or kinds == [ColumnType.UUID])
