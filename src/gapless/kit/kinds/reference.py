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


class OnDelete(enum.Enum):
    """What the deletion of a row does to the rows that refer to it."""

    CASCADE = "CASCADE"
    RESTRICT = "RESTRICT"
    SET_NULL = "SET NULL"


@attrs.frozen(eq=False)
class Reference(Rule):
    """The fields are the key of a row of another table, or one of them is null. SET NULL spares the tenant's column."""

    fields: tuple[Column, ...] = attrs.field(converter=fields_named)
    to: type = attrs.field(validator=_check_class)
    on_delete: OnDelete = attrs.field(validator=_check_on_delete)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The referring columns."""
        return self.fields

    @property
    def nulled(self) -> tuple[Column, ...]:
        """The columns that SET NULL clears."""
        return tuple(column for column in self.fields if column.nullable)
