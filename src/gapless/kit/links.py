"""Which columns of a reference have the values of which columns of the row that it refers to."""

from __future__ import annotations

from typing import TypeAlias

from gapless.kit.columns import Column
from gapless.kit.kinds import Reference
from gapless.kit.model import Model, Validated

Links: TypeAlias = tuple[tuple[Column, Column], ...]
"""The columns that refer, each with the column of the other table that has the same value."""


def linked_inside(model: Model[Validated], parent: Model[Validated], reference: Reference) -> Links:
    """The columns of a reference to a row of the same root, each with the column of the other table with its value.

    That of the root comes first, whether the reference names it or not: no row refers to one of another root. The
    others stand in the order of `Model.lookup` of the other table. Where one of the two tables has no column for the
    root, because its rows belong to it through a reference, the others are all.

    Args:
        model: the model that declares the reference.
        parent: the model of the rows to which it refers.
        reference: the reference; it fits the key of the parent.
    """
    tenants, ids = (model.tenant_column, parent.tenant_column), zip(*id_parts(model, parent, reference), strict=True)
    if tenants[0] is None or tenants[1] is None:
        return tuple(ids)
    return ((tenants[0], tenants[1]), *ids)


def linked_across(parent: Model[Validated], reference: Reference) -> Links:
    """The columns of a reference to a shared row or to one of another root, each with the column that it refers to.

    They stand in the order of `Model.lookup` of the other table.

    Args:
        parent: the model of the rows to which it refers.
        reference: the reference; it names all fields of the parent's key, in their order.
    """
    own = dict(zip(parent.key, reference.fields, strict=True))
    return tuple((own[name], parent.column(name)) for name in parent.lookup)


def id_parts(
    model: Model[Validated], parent: Model[Validated], reference: Reference
) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    """The columns of a reference besides that of the root, and those of the id that they refer to if it fits."""
    own = tuple(column for column in reference.fields if column.name != model.tenant)
    return own, () if parent.is_root else parent.id_columns
