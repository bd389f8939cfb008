"""References: fields that hold the key of a row of another table, and what happens when that row is removed."""

from __future__ import annotations

import enum

import attrs

from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds.fields import fields_named
from gapless.kit.kinds.rule import Rule
from gapless.kit.plain import is_of, kind_of


def _check_class(rule: Rule, _: object, to: type) -> None:
    if not is_of(to, type):
        raise DeclarationError(f"{rule.name}: `to` must be the class of an entity, or Root, not {kind_of(to)}.")


def _check_on_delete(rule: Rule, _: object, on_delete: OnDelete) -> None:
    if not is_of(on_delete, OnDelete):
        raise DeclarationError(f"{rule.name}: on_delete must be a member of OnDelete, not {kind_of(on_delete)}.")


def _check_on_soft_delete(rule: Rule, _: object, on_soft_delete: OnSoftDelete) -> None:
    if not is_of(on_soft_delete, OnSoftDelete):
        raise DeclarationError(
            f"{rule.name}: on_soft_delete must be a member of OnSoftDelete, not {kind_of(on_soft_delete)}."
        )


def _plain_boolean(given: bool) -> bool:
    if given is not True and given is not False:
        raise DeclarationError(f"`purged` of a reference is True or False, not {kind_of(given)}.")
    return given


class OnDelete(enum.Enum):
    """What the removal of a row does to the rows that refer to it."""

    CASCADE = "CASCADE"
    RESTRICT = "RESTRICT"
    SET_NULL = "SET NULL"


class OnSoftDelete(enum.Enum):
    """What the soft deletion of a root does to rows that refer to it and can't be soft-deleted themselves."""

    KEEP = "keep"
    REMOVE = "remove"


class Root:
    """Stands for the root of whatever catalogue the reference is in: `Reference(to=Root)`.

    The parts that any catalogue may take, such as the audit trail, refer to the root in this way.
    """


@attrs.frozen(eq=False)
class Reference(Rule):
    """The fields hold the key of a row of another table, unless one of them is null.

    `OnDelete.SET_NULL` leaves the tenant's column as it is.

    Attributes:
        fields: the referring columns.
        to: the entity of the other table, or Root for the root of the catalogue.
        on_delete: what the removal of that row does to the rows that refer to it.
        on_soft_delete: what the soft deletion of the root does to them, if the reference points at the root.
        purged: whether a purge removes the rows itself before it removes the root, in several units of work of limited
            size. A plain removal of the root does with them what `on_delete` says.
    """

    fields: tuple[Column, ...] = attrs.field(converter=fields_named)
    to: type = attrs.field(validator=_check_class)
    on_delete: OnDelete = attrs.field(validator=_check_on_delete)
    on_soft_delete: OnSoftDelete = attrs.field(default=OnSoftDelete.KEEP, validator=_check_on_soft_delete, kw_only=True)
    purged: bool = attrs.field(default=False, converter=_plain_boolean, kw_only=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The referring columns."""
        return self.fields

    @property
    def nulled(self) -> tuple[Column, ...]:
        """The columns that SET NULL clears."""
        return tuple(column for column in self.fields if column.nullable)
