"""What the rows of an entity belong to: a root, or nothing, because they are the root's own.

Each declaration says it, and no name of a field does; see docs/decisions/0053-tenancy-is-declared.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import attrs

from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.plain import kind_of, plain_text, shown
from gapless.kit.predicates import Field
from gapless.kit.symbolic import Nodes, SymbolicRow, answer_of

T = TypeVar("T")
ID = "id"
"""The column of a row's own id, where a declaration names no key."""


@attrs.frozen
class Belonging:
    """What the rows of an entity belong to, and the key that follows from it.

    Attributes:
        tenant: the column that says which root a row belongs to; for the root itself, its key.
        is_root: whether the rows are roots.
        key: the names of the columns of the primary key.
    """

    tenant: str
    is_root: bool
    key: tuple[str, ...]


def belonging_of(
    nodes: Nodes, belongs_to: Callable[[T], object] | None, root: object, key: tuple[str, ...] | None
) -> Belonging:
    """What a declaration says of the belonging of its rows.

    Args:
        nodes: the nodes of the entity's fields.
        belongs_to: as for `rules_of`.
        root: as for `rules_of`.
        key: as for `rules_of`.

    Raises:
        DeclarationError: both is said, or neither; or `belongs_to` does not name one field that is never null.
    """
    name = nodes.entity.__name__
    if root is not True and root is not False:
        raise DeclarationError(f"{name}: `root` is True or False, not {kind_of(root)}.")
    if root is (belongs_to is not None):
        raise DeclarationError(
            f"{name}: say either what its rows belong to, as in belongs_to=lambda row: row.clinic_id, or root=True, if "
            "the rows of all other entities belong to its rows."
        )
    named = None if key is None else _names(name, key)
    if belongs_to is None:
        whole = (ID,) if named is None else named
        return Belonging(next(iter(whole), ""), is_root=True, key=whole)
    tenant = _one_field(nodes, belongs_to).name
    return Belonging(tenant, is_root=False, key=(tenant, ID) if named is None else named)


def _names(entity: str, key: object) -> tuple[str, ...]:
    names = tuple(map(plain_text, key)) if isinstance(key, (tuple, list)) else (None,)
    found = tuple(name for name in names if name is not None)
    if len(found) < len(names):
        raise DeclarationError(f"{entity}: `key` is a tuple of the names of its fields, not {shown(key)}.")
    return found


def _one_field(nodes: Nodes, belongs_to: Callable[[T], object]) -> Column:
    name = nodes.entity.__name__
    given: object = answer_of(nodes, "belongs_to", belongs_to, SymbolicRow(nodes))
    if not isinstance(given, Field) or nodes.fields.get(given.column.name) is not given:
        raise DeclarationError(
            f"{name}: `belongs_to` names one field of {name} itself, as in belongs_to=lambda row: row.clinic_id."
        )
    column = given.column
    if column.nullable:
        raise DeclarationError(f"{name}.{column.name}: every row belongs to a root, so this field must never be null.")
    return column
