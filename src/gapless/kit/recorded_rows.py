"""How the audit trail calls a row, by its entity and its id; an entity whose rows it could not call so is refused."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING

from gapless.kit.audit import GREATEST_RESOURCE_ID, GREATEST_RESOURCE_TYPE
from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import Check
from gapless.kit.lengths import greatest_characters
from gapless.kit.model import Model, Validated
from gapless.kit.python_compiler import is_false
from gapless.kit.soft_deletion import is_soft_deletable

if TYPE_CHECKING:
    from gapless.kit.catalogue import Catalogue

GREATEST_WRITTEN = 40
"""How many characters a value of a key has in the audit trail, if it is no text: more than a UUID or a time."""
_WORD = re.compile("(?<!^)(?=[A-Z])")


def resource_type(entity: type[Validated]) -> str:
    """How the audit trail calls the rows of an entity: its name in lower case, with underscores between its words."""
    return _WORD.sub("_", entity.__name__).lower()


def require_recorded(catalogue: Catalogue, model: Model[Validated]) -> None:
    """Refuses an entity of whose rows audit records are made, if one could have a name or an id that no record holds.

    Raises:
        DeclarationError: its name is too long, or an id may be too long or empty.
    """
    if not _is_recorded(catalogue, model):
        return
    said = f"{model.name} is {'audited' if model.audited else 'a root of which a cleanup removes rows'}"
    called = resource_type(model.entity)
    if len(called) > GREATEST_RESOURCE_TYPE:
        raise DeclarationError(
            f"{said}, and the audit trail calls its rows {called}, in {len(called)} characters; it takes "
            f"{GREATEST_RESOURCE_TYPE}: give the entity a shorter name."
        )
    names = ", ".join(column.name for column in model.id_columns)
    if _greatest(model) > GREATEST_RESOURCE_ID:
        raise DeclarationError(
            f"{said}, and its id ({names}) can have over {GREATEST_RESOURCE_ID} characters, which "
            "an audit record can't hold: bound its texts by a Check."
        )
    if len(model.id_columns) == 1 and _may_be_empty(model, model.id_columns[0]):
        raise DeclarationError(
            f"{said}, and its id ({names}) can be an empty text, which an audit record can't hold: say its least "
            f"length by a Check, such as between(length(row.{names}), 1, 50)."
        )


def _is_recorded(catalogue: Catalogue, model: Model[Validated]) -> bool:
    """Whether audit records are made of rows: a cleanup makes one of the root for what it removes, kept or not."""
    below = (each for each in catalogue.models if model.is_root and catalogue.root_of(each) is model)
    return model.audited or any(is_soft_deletable(each) or each.released is not None for each in below)


def _greatest(model: Model[Validated]) -> float:
    """How many characters an id has in an audit record at most; several values are a list of JSON."""
    texts = [column for column in model.id_columns if column.type is ColumnType.TEXT]
    greatest = sum(greatest_characters(column, [check.holds for check in model.of_kind(Check)]) for column in texts)
    others = (len(model.id_columns) - len(texts)) * GREATEST_WRITTEN
    if len(model.id_columns) == 1:
        return greatest + others
    return 2 * greatest + others + 3 * len(model.id_columns) + 1  # quotes, commas, perhaps a \ before each character


def _may_be_empty(model: Model[Validated], column: Column) -> bool:
    """Whether no check over this column alone is false of an empty text."""
    if column.type is not ColumnType.TEXT:
        return False
    empty = SimpleNamespace(**{column.name: ""})
    return not any(is_false(check.holds)(empty) for check in model.of_kind(Check) if check.columns == (column,))
