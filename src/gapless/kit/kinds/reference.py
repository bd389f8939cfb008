"""What points at a row of another table, and what the removal of that does."""

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
        raise DeclarationError(f"{rule.name} points at the class of an entity, not at {kind_of(to)}.")


def _check_on_delete(rule: Rule, _: object, on_delete: OnDelete) -> None:
    if not is_of(on_delete, OnDelete):
        raise DeclarationError(
            f"{rule.name} says by a member of OnDelete what a removal does, not by {kind_of(on_delete)}."
        )


def _check_on_soft_delete(rule: Rule, _: object, on_soft_delete: OnSoftDelete) -> None:
    if not is_of(on_soft_delete, OnSoftDelete):
        raise DeclarationError(
            f"{rule.name} says by a member of OnSoftDelete what a soft deletion does, not by {kind_of(on_soft_delete)}."
        )


def _plain_boolean(given: bool) -> bool:
    if given is not True and given is not False:
        raise DeclarationError(f"Whether a purge removes the rows is True or False, not {kind_of(given)}.")
    return given


class OnDelete(enum.Enum):
    """What the deletion of a row does to the rows that refer to it."""

    CASCADE = "CASCADE"
    RESTRICT = "RESTRICT"
    SET_NULL = "SET NULL"


class OnSoftDelete(enum.Enum):
    """What the soft deletion of a root does to rows that refer to it and can't be deleted softly themselves."""

    KEEP = "keep"
    REMOVE = "remove"


class Root:
    """Stands for the root of the catalogue that a reference is in, whichever entity that is: `Reference(to=Root)`.

    What any catalogue may take, such as the audit trail, refers to its root by this.
    """


@attrs.frozen(eq=False)
class Reference(Rule):
    """The fields are the key of a row of another table, or one of them is null. SET NULL spares the tenant's column.

    Attributes:
        fields: the referring columns.
        to: the entity of the other table; Root for that of the catalogue.
        on_delete: what the removal of the row does that is referred to.
        on_soft_delete: what the soft deletion of the root does, if that is what the reference points at.
        purged: whether a purge of the root removes the rows by itself, in units of work of a bounded size, before the
            root; a plain removal does with them what `on_delete` says.
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
