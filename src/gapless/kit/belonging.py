"""What the rows of an entity belong to: a root, or nothing, because they are roots themselves, or shared.

Each declaration says it, and no name of a field does; see docs/decisions/0053-tenancy-is-declared.md. Rows without a
field for their root belong to that of the row to which they refer; see docs/decisions/0059-belonging-through-a-row.md.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TypeVar

import attrs

from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.plain import kind_of, plain_text, shown
from gapless.kit.predicates import Field
from gapless.kit.symbolic import Nodes, SymbolicRow, answer_of

T = TypeVar("T")
ID = "id"
"""The column of a row's own id, where a declaration names no key."""


class Roots(enum.Enum):
    """Stands in the place of a root's key for whoever sees the rows of all roots."""

    ALL = "all"


ALL_ROOTS = Roots.ALL


@attrs.frozen
class Rooting:
    """What a part, such as the audit trail, takes over from its catalogue: to what its rows belong, and who acts.

    Attributes:
        type: the type of the key of its root; that of an id, if it has none.
        has_root: whether it has a root.
        may_be_alone: whether there are units without that root, whose records belong to no root.
        users: the type of the ids of users.
    """

    type: ColumnType
    has_root: bool
    may_be_alone: bool
    users: ColumnType

    def stays(self, wanted: Rooting) -> bool:
        """Whether a part stays as it is where another rooting is wanted.

        What is added to a catalogue later changes no table that is there: not the trail of a service that gets its
        first shared rows, and not that of one that gets its first root.
        """
        return not self.has_root or (wanted.has_root and self.type is wanted.type)

    def column(self, declared: Column, tenant: str | None) -> Column:
        """A column of a part: that of the root's key may be null if records may be alone; any other key is a user's.

        Args:
            declared: the column as it was declared.
            tenant: the name of the column with the root's key.
        """
        if declared.type is not ColumnType.KEY:
            return declared
        if declared.name != tenant:  # who acts, as the catalogue says by users= (decision 0060)
            return attrs.evolve(declared, type=self.users)
        return attrs.evolve(declared, type=self.type, nullable=declared.nullable and self.may_be_alone)


@attrs.frozen
class Belonging:
    """What the rows of an entity belong to, and the key that follows from it.

    Attributes:
        tenant: the column that says which root a row belongs to; for the root itself, its key; None if rows have none,
            because they are shared, or belong to a root through another row.
        is_root: whether the rows are roots.
        key: the names of the columns of the primary key.
        through: the names of the columns that refer to the row through which a row belongs to a root; mostly none.
    """

    tenant: str | None
    is_root: bool
    key: tuple[str, ...]
    through: tuple[str, ...] = ()


def belonging_of(
    nodes: Nodes,
    belongs_to: Callable[[T], object] | None,
    belongs_through: Callable[[T], object] | None,
    root: object,
    shared: object,
    key: tuple[str, ...] | None,
) -> Belonging:
    """What a declaration says of the belonging of its rows.

    Args:
        nodes: the nodes of the entity's fields.
        belongs_to: as for `rules_of`.
        belongs_through: as for `rules_of`.
        root: as for `rules_of`.
        shared: as for `rules_of`.
        key: as for `rules_of`.

    Raises:
        DeclarationError: two of them are said, or none; `belongs_to` does not name one field; or `belongs_through` does
            not name fields that are never null.
    """
    name = nodes.entity.__name__
    for said, given in (("root", root), ("shared", shared)):
        if given is not True and given is not False:
            raise DeclarationError(f"{name}: `{said}` is True or False, not {kind_of(given)}.")
    if [belongs_to is not None, belongs_through is not None, root, shared].count(True) != 1:
        raise DeclarationError(
            f"{name}: say what its rows belong to, as in belongs_to=lambda row: row.clinic_id, or root=True if rows of "
            "other entities belong to its rows, or shared=True if they belong to no root, or belongs_through=lambda "
            "row: row.invoice_id if they belong to the root of the row to which they refer; one of the four."
        )
    named = None if key is None else _names(name, key)
    if belongs_through is not None:
        leading = _leading_fields(nodes, belongs_through)
        return Belonging(None, is_root=False, key=(ID,) if named is None else named, through=leading)
    if belongs_to is None:
        whole = (ID,) if named is None else named
        return Belonging(next(iter(whole), "") if root else None, is_root=root is True, key=whole)
    tenant = _one_field(nodes, belongs_to)
    # A key is never null, so rows that may belong to no root are found by their id alone.
    by_default = (ID,) if tenant.nullable else (tenant.name, ID)
    return Belonging(tenant.name, is_root=False, key=by_default if named is None else named)


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
    return given.column


def _leading_fields(nodes: Nodes, belongs_through: Callable[[T], object]) -> tuple[str, ...]:
    name = nodes.entity.__name__
    given: object = answer_of(nodes, "belongs_through", belongs_through, SymbolicRow(nodes))
    parts = given if isinstance(given, tuple) else (given,)
    found = [part.column for part in parts if isinstance(part, Field) and nodes.fields.get(part.column.name) is part]
    if not found or len(found) < len(parts):
        raise DeclarationError(
            f"{name}: `belongs_through` names the fields of a reference of {name} itself, as in "
            "belongs_through=lambda row: row.invoice_id."
        )
    for column in found:
        if column.nullable:
            raise DeclarationError(
                f"{name}.{column.name} may be null, and rows belong to a root through it: let it never be null."
            )
    return tuple(column.name for column in found)
