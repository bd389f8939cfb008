"""What conditions calculate with numbers and times: how great a result can be, and what a later time is compared as."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from itertools import product
from typing import Annotated, Any, cast, get_type_hints

import attrs
import pytest

from gapless.kit import Digits, length, python_compiler, row
from gapless.kit.columns import read_column
from gapless.kit.errors import DeclarationError
from gapless.kit.predicates import Arithmetic, Comparison, Constant, Field, TimeDifference, as_node
from gapless.kit.python_compiler import is_true
from tests.unit.domain.samples import NOON, Sample

SAMPLE = row(Sample)
RANGES: list[tuple[object, int, int, bool]] = [
    (SAMPLE.o + 1, -(2**31) + 1, 2**31, True),
    (1 - SAMPLE.o, 2 - 2**31, 2**31 + 1, True),
    (-SAMPLE.o, -(2**31) + 1, 2**31, True),
    (SAMPLE.o * SAMPLE.o, -(2**31) * (2**31 - 1), 2**62, True),
    (SAMPLE.o * SAMPLE.o * 2, -(2**32) * (2**31 - 1), 2**63, False),
    (SAMPLE.c0 + 1, -(2**63) + 1, 2**63, False),
    (SAMPLE.c0 * 0 + 1, 1, 1, True),
    ((SAMPLE.c0 + SAMPLE.c0) * 0, 0, 0, False),
    (SAMPLE.d0 + 1, -9899, 10099, False),
    (SAMPLE.d0 * SAMPLE.d0, -(9999**2), 9999**2, False),
    (SAMPLE.d0 - Decimal("0.1250"), -100_115, 99_865, False),
    (SAMPLE.o * Decimal("1E+1"), -10 * 2**31, 10 * (2**31 - 1), False),
    (length(SAMPLE.text) + SAMPLE.o, -(2**31), 2**32 - 2, True),
]


@pytest.mark.parametrize(("written", "least", "greatest", "is_long"), RANGES)
def test_the_range_of_a_result_is_computed(written: object, least: int, greatest: int, is_long: bool) -> None:
    """From the types of its columns follows what a result can be, and whether it is calculated in eight bytes."""
    node = cast(Arithmetic, written)
    assert (node.range.least, node.range.greatest, node.is_long) == (least, greatest, is_long)


def test_a_result_of_too_many_digits_is_refused() -> None:
    """No product is so great that a store could not calculate it."""
    product = SAMPLE.c0 * SAMPLE.c0 * SAMPLE.c0 * SAMPLE.c0 * SAMPLE.c0
    with pytest.raises(DeclarationError, match="more than 100 digits"):
        _ = product * SAMPLE.c0


@pytest.mark.parametrize(
    ("written", "operator", "seconds"),
    [
        (SAMPLE.at + timedelta(seconds=5) <= SAMPLE.at, "<=", -5),
        (SAMPLE.at <= SAMPLE.at + timedelta(seconds=5), "<=", 5),
        (SAMPLE.at + timedelta(seconds=5) > SAMPLE.at - timedelta(seconds=1), ">", -6),
        (timedelta(seconds=2) + SAMPLE.at + timedelta(seconds=5) == SAMPLE.at, "==", -7),
        (NOON + timedelta(seconds=1) - SAMPLE.at < timedelta(seconds=3), "<", 3),
    ],
)
def test_a_later_time_is_compared_as_a_difference(written: bool, operator: str, seconds: int) -> None:
    """No store adds to a time, which might have no later one: the difference is compared, in microseconds."""
    node = cast(Comparison, as_node(written))
    assert isinstance(node.left, TimeDifference)
    assert node.operator == operator
    assert cast(Constant, node.right).value == seconds * 1_000_000


def test_a_later_time_is_compared_with_an_earlier_constant() -> None:
    """What lies a day before a constant is found by an index over the times themselves."""
    node = cast(Comparison, as_node(SAMPLE.at + timedelta(days=1) <= NOON))
    assert (type(node.left), cast(Constant, node.right).value) == (Field, NOON - timedelta(days=1))


@attrs.frozen
class Amounts:
    """Two decimals with more digits together than the context of a thread keeps."""

    a: Annotated[Decimal, Digits(precision=30, scale=2)]
    b: Annotated[Decimal, Digits(precision=30, scale=4)]
    n: int = 1


KINDS = get_type_hints(Amounts, include_extras=True)
A, B, N = (Field(read_column("Amounts", name, kind)) for name, kind in KINDS.items())
CASES: list[tuple[Callable[[Any, Any, Any], object], Callable[[Fraction, Fraction, int], bool]]] = [
    (lambda a, b, _: a * b > b, lambda a, b, _: a * b > b),
    (lambda a, b, n: a + b * n == b, lambda a, b, n: a + b * n == b),
    (lambda a, b, n: a - b < n * 2, lambda a, b, n: a - b < n * 2),
    (lambda a, b, _: a * b == a * b + Decimal("0.000001"), lambda *_: False),
    (lambda a, *_: (a + 1) * (a - 1) == a * a - 1, lambda *_: True),
    (lambda a, b, _: -a <= b * Decimal("0.5"), lambda a, b, _: -a <= b / 2),
]
NUMBERS = [Decimal(text) for text in ("9" * 26 + ".99", "-" + "9" * 26 + ".99", "0.01", "0.00", "-1.50")]


def wrong(cases: list[tuple[bool, bool]]) -> int:
    """How many answers differ from those of fractions."""
    return sum(one is not other for one, other in cases)


def answers() -> list[tuple[bool, bool]]:
    """What compiled conditions and fractions say of amounts, one beside the other."""
    found = []
    for written, meant in CASES:
        asked = is_true(as_node(cast(bool, written(A, B, N))))
        for one, other, n in product(NUMBERS, NUMBERS, (0, 1, -(2**31))):
            row = Amounts(one, other.scaleb(-2) if other.adjusted() < 0 else other, n)
            found.append((asked(row), meant(Fraction(row.a), Fraction(row.b), n)))
    return found


@pytest.mark.parametrize("precision", [3, 28])
def test_decimals_are_calculated_exactly(precision: int) -> None:
    """No digit is rounded, whatever the context of the thread rounds, and whole numbers are mixed with decimals."""
    with localcontext() as context:
        context.prec = precision
        assert wrong(answers()) == 0


@pytest.mark.parametrize("planted", ["a rounding", "a float"])
def test_an_inexact_calculation_is_found(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: numbers are multiplied and added in the context of a thread, of 28 digits, or as floats."""
    inexact: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
        "a rounding": Context(prec=28).multiply,
        "a float": lambda one, other: Decimal(float(one) * float(other)),
    }
    monkeypatch.setitem(python_compiler.CALLED, "multiplied", inexact[planted])
    monkeypatch.setattr(python_compiler, "_FACTORIES", {})
    python_compiler._factory.cache_clear()
    assert wrong(answers()) > 0
    python_compiler._factory.cache_clear()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (lambda a, *_: a * 2 == Decimal("0.001"), r"A result of \* can't be 0\.001: it has at most 100 digits, and 2"),
        (lambda a, *_: a + Decimal("NaN") > 1, "A number that is calculated with can't be NaN"),
        (lambda a, *_: a + Decimal("1E+100") > 1, r"calculated with can't be 1E\+100"),
        (lambda a, *_: a * 2 < 1.5, r"A result of \* can't be a float: write a whole number or a Decimal"),
        (lambda a, *_: a + 0.5 < 2, "calculates with whole numbers and decimals, not with a float"),
        (lambda a, b, *_: a * b * a * b > 1, "more than 100 digits"),
        (lambda a, b, *_: a < b, "can't compare decimals with 2 and 4 digits"),
        (lambda a, _, n: a < n, "can't compare a decimal with a integer"),
    ],
)
def test_what_is_not_exact_is_refused(written: Callable[[Any, Any, Any], object], said: str) -> None:
    """A float, NaN, too many digits, and a comparison of two types without a calculation are refused by name."""
    with pytest.raises(DeclarationError, match=said):
        written(A, B, N)


def test_what_a_decimal_holds_does_not_ask_the_context_of_the_thread() -> None:
    """A number within its digits is held, and one outside is not, where the context has no room for the bound."""
    digits = Digits(precision=10, scale=2)
    with localcontext(prec=1, Emax=1, Emin=-1):
        assert digits.holds(Decimal("-99999999.99"))
        assert not digits.holds(Decimal("-100000000.00"))
