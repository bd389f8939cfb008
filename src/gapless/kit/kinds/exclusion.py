"""The rule that no two rows overlap in a range, such as a time."""

from __future__ import annotations

import attrs

from gapless.kit.columns import RANGED, Column
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds.check import Check
from gapless.kit.kinds.fields import column_named, fields_named, optional_condition
from gapless.kit.kinds.rule import Rule
from gapless.kit.predicates import All, Any, Comparison, Field, IsNull, Node, Not, NullPasses

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@attrs.frozen(eq=False)
class Exclusion(Rule):
    """No two rows for which `where` is true have the same values in some fields and overlap in a range of two others.

        Exclusion(
            "bookings_room_is_free",
            "The room is taken at that time.",
            (booking.clinic_id, booking.room),
            start=booking.starts_at,
            end=booking.ends_at,
            where=negate(booking.is_cancelled),
        )

    A range holds its start and not its end, so one range may begin where another ends. A start or an end that is null
    means that the range has no limit on that side. A range whose start equals its end is empty and overlaps nothing. A
    row with a null in one of `fields` excludes no other. The store checks the rule at the write, as it checks a Unique.
    The entity must also declare a Check that the start is not after the end.

    Attributes:
        fields: two rows exclude each other only if these fields are equal.
        start: where the range of a row begins: a time or a whole number.
        end: where the range ends; it has the same type as `start`.
        where: which rows exclude each other; None for all.
    """

    fields: tuple[Column, ...] = attrs.field(converter=fields_named)
    start: Column = attrs.field(converter=column_named, kw_only=True)
    end: Column = attrs.field(converter=column_named, kw_only=True)
    where: Node | None = attrs.field(default=None, converter=optional_condition, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.start.type is not self.end.type or self.start.type not in RANGED:
            raise DeclarationError(
                f"{self.name}: start and end must both be times, or both whole numbers of one type, but "
                f"{self.start.name} is {self.start.type.described}, and {self.end.name} is {self.end.type.described}."
            )
        names = [column.name for column in self.columns]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise DeclarationError(f"{self.name} names {twice[0]} twice: name each field once.")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The fields that must be equal, and the fields of the range."""
        return (*self.fields, self.start, self.end)


def require_order(rule: Exclusion, checks: tuple[Check, ...]) -> None:
    """Refuses a range if no Check says that it does not end before it begins.

    Args:
        rule: the rule that has the range.
        checks: the checks of the same entity.

    Raises:
        DeclarationError: no check says so.
    """
    if not any(_keeps_order(check.holds, rule.start, rule.end) for check in checks):
        raise DeclarationError(
            f"{rule.name}: a range must not end before it begins. Yield a Check that {rule.start.name} <= "
            f"{rule.end.name}; write nullable(…) around a field that may be null."
        )


def _keeps_order(node: Node, start: Column, end: Column) -> bool:
    """Whether the condition, unless it is false, makes sure that start <= end where both are given."""
    match node:
        case All(parts):
            return any(_keeps_order(part, start, end) for part in parts)
        case Any(parts):
            return all(_keeps_order(part, start, end) or _is_open(part, start, end) for part in parts)
        case Comparison("<=" | "<", left, right):
            return (_column_of(left), _column_of(right)) == (start, end)
        case Comparison(">=" | ">", left, right):
            return (_column_of(left), _column_of(right)) == (end, start)
        case Not(Comparison(operator, left, right)) if operator in _OPPOSITE:
            return _keeps_order(Comparison(_OPPOSITE[operator], left, right), start, end)
        case _:
            return False


def _is_open(node: Node, start: Column, end: Column) -> bool:
    return isinstance(node, IsNull) and node.field.column in (start, end)


def _column_of(node: Node) -> Column | None:
    match node:
        case Field(column) | NullPasses(Field(column)):
            return column
        case _:
            return None
