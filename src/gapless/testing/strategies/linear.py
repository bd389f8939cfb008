"""Comparisons of what is calculated, as sums of products of what can be counted, and how they bound each part of it.

`row.a * row.b - row.c <= 5` is a polynomial that is compared with 0. Once all quantities but one are known, it says of
that one where its range ends; before, it says as much as the ranges of the others leave open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias, cast

import attrs

from gapless.kit.predicates import Arithmetic, Comparison, Constant, Node, TimeDifference, column_type
from gapless.testing.strategies.branches import Test
from gapless.testing.strategies.ranges import INVERSE, MIRRORED, Quantity, Range, Ranges, counted, quantity_of

Product: TypeAlias = tuple[Quantity, ...]
Polynomial: TypeAlias = Mapping[Product, int]
"""By products of quantities how often each is taken; () stands for a number alone."""
Scaled: TypeAlias = tuple[Polynomial, int]
"""What is calculated, counted in units of its last digit, and how many digits stand behind the point."""
MOST_ROUNDS = 8
"""How often the ranges of quantities that a sum joins are made smaller by each other; rows are tried anyway."""
_NOTHING: Product = ()


@attrs.frozen(eq=False)
class Relation:
    """A polynomial, and how it compares with 0."""

    polynomial: Polynomial
    operator: str

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What it is made of, each once."""
        return tuple(dict.fromkeys(quantity for product in self.polynomial for quantity in product))


def is_calculated(node: Node) -> bool:
    """Whether a node compares what is calculated."""
    sides = (node.left, node.right) if isinstance(node, Comparison) else ()
    return any(isinstance(side, (Arithmetic, TimeDifference)) for side in sides)


@lru_cache(maxsize=4096)
def relation_of(test: Test) -> Relation | None:
    """What a test says of a sum; None if it compares nothing that is calculated."""
    node = test.node
    if not isinstance(node, Comparison) or not is_calculated(node):
        return None
    difference, _ = _summed(_polynomial(node.left), _polynomial(node.right), -1)
    if any(None in product for product in difference):
        return None  # what it was before the change is counted of no row
    return Relation(difference, node.operator if test.holds else INVERSE[node.operator])


def _polynomial(node: Node) -> Scaled:
    match node:
        case Constant(value):
            return {_NOTHING: counted(value)}, _scale(value)
        case Arithmetic("*", left, right):
            return _multiplied(_polynomial(left), _polynomial(right))
        case Arithmetic(operator, left, right):
            return _summed(_polynomial(left), _polynomial(right), 1 if operator == "+" else -1)
        case TimeDifference(left, right):
            return _summed(_polynomial(left), _polynomial(right), -1)
        case _:
            _, column = column_type(node)
            digits = None if column is None else column.digits
            return {(cast(Quantity, quantity_of(node)),): 1}, 0 if digits is None else digits.scale


def _scale(value: object) -> int:
    return -cast(int, value.as_tuple().exponent) if isinstance(value, Decimal) else 0


def _summed(one: Scaled, other: Scaled, sign: int) -> Scaled:
    scale = max(one[1], other[1])
    by, more = 10 ** (scale - one[1]), sign * 10 ** (scale - other[1])
    found = {product: times * by for product, times in one[0].items()}
    for product, times in other[0].items():
        found[product] = found.get(product, 0) + more * times
    return found, scale


def _multiplied(one: Scaled, other: Scaled) -> Scaled:
    found: dict[Product, int] = {}
    for left, times in one[0].items():
        for right, more in other[0].items():
            product = tuple(sorted((*left, *right), key=lambda quantity: (quantity.column, quantity.of_length)))
            found[product] = found.get(product, 0) + times * more
    return found, one[1] + other[1]


def narrowed_by(ranges: Ranges, relations: Sequence[Relation]) -> Ranges | None:
    """The ranges that sums leave; None if nothing is left of one."""
    left = dict(ranges)
    for _ in range(MOST_ROUNDS):
        before = dict(left)
        for relation in relations:
            for quantity in relation.quantities:
                if quantity in left:
                    left[quantity] = _bounded(relation, quantity, left)
        if any(least > greatest for least, greatest in left.values()):
            return None
        if left == before:
            break
    return left


def _bounded(relation: Relation, quantity: Quantity, ranges: Ranges) -> Range:
    """The part of a quantity's range for which the others can have values so that the relation holds."""
    least, greatest = ranges[quantity]
    slope, rest = _apart(relation.polynomial, quantity, ranges)
    if slope is None or slope == 0:
        return least, greatest
    operator = relation.operator if slope > 0 else MIRRORED[relation.operator]
    # slope * quantity + rest <= 0, so that quantity <= -rest / slope for the least of rest
    low, high = (-rest[1], -rest[0]) if slope > 0 else (rest[0], rest[1])
    size = abs(slope)
    match operator:
        case "<=":
            return least, min(greatest, high // size)
        case "<":
            return least, min(greatest, (high - 1) // size)
        case ">=":
            return max(least, -(-low // size)), greatest
        case ">":
            return max(least, -(-(low + 1) // size)), greatest
        case "==":
            return max(least, -(-low // size)), min(greatest, high // size)
        case _:
            return least, greatest


def _apart(polynomial: Polynomial, quantity: Quantity, ranges: Ranges) -> tuple[int | None, Range]:
    """By how much a sum grows with a quantity, None if nobody knows yet; and what the rest of the sum can be."""
    slope: int | None = 0
    low = high = 0
    for product, times in polynomial.items():
        others = [ranges.get(each, (0, 0)) for each in product if each != quantity]
        part = _product(others, times)
        number = product.count(quantity)
        if number == 0:
            low, high = low + part[0], high + part[1]
        elif number > 1 or part[0] != part[1]:
            slope = None
        elif slope is not None:
            slope += part[0]
    return slope, (low, high)


def _product(ranges: Iterable[Range], times: int) -> Range:
    low = high = times
    for least, greatest in ranges:
        ends = [one * other for one in (low, high) for other in (least, greatest)]
        low, high = min(ends), max(ends)
    return low, high


def marks_of(relation: Relation, quantity: Quantity, known: Mapping[Quantity, int]) -> Iterator[int]:
    """The counts of a quantity around which a relation comes out otherwise, if the others have these counts."""
    slope, rest = _apart(relation.polynomial, quantity, {each: (count, count) for each, count in known.items()})
    if slope:
        mark = -rest[0] // slope
        yield from (mark, mark - 1, mark + 1)
