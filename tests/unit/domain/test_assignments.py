"""What a set-based write assigns: where it may count, and when a number leaves its column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from uuid import UUID

import attrs
import pytest

from gapless.kit import Catalogue, Check, Entity, Exclusion, Rule, Unique, adds_rules_to, model_of, rules_of
from gapless.kit.assignments import Assignment, Increment, assign, assigned, countable, increment
from gapless.kit.errors import QueryRefused
from gapless.kit.python_compiler import is_true
from tests.unit.domain.samples import Sample

MODEL = model_of(Sample)
SERVED: tuple[Callable[[Sample], Assignment], ...] = (
    lambda s: increment(s.o),
    lambda s: increment(s.o_or_none, by=-(2**63)),
    lambda s: increment(s.c0, by=0),
)


@pytest.mark.parametrize("counted", SERVED)
def test_whole_numbers_are_counted(counted: Callable[[Sample], Assignment]) -> None:
    """A set-based write counts in whole numbers, and says by how much."""
    values = assigned(MODEL, lambda s: (counted(s),))
    assert [type(value) for value in values.values()] == [Increment]


WRITTEN: tuple[tuple[Callable[[Sample], Assignment], Callable[[Sample], Assignment]], ...] = (
    (lambda s: assign(s.o, s.o + 1), lambda s: increment(s.o)),
    (lambda s: assign(s.o, 2 + s.o), lambda s: increment(s.o, by=2)),
    (lambda s: assign(s.o, s.o - 3), lambda s: increment(s.o, by=-3)),
)


@pytest.mark.parametrize(("sum_", "counted"), WRITTEN)
def test_a_sum_of_the_field_and_a_constant_counts(
    sum_: Callable[[Sample], Assignment], counted: Callable[[Sample], Assignment]
) -> None:
    """What is assigned to a field may be the field itself and a whole number: that is an increment."""
    assert sum_(MODEL.symbolic()) == counted(MODEL.symbolic())


OTHERS: tuple[Callable[[Sample], Assignment], ...] = (
    lambda s: assign(s.o, s.c0 + 1),
    lambda s: assign(s.o, s.o + s.c0),
    lambda s: assign(s.o, s.o * 2),
    lambda s: assign(s.o, 1 - s.o),
    lambda s: assign(s.o, (s.o + 1) + 1),
    lambda s: assign(s.o, s.o - -(2**63)),
)


@pytest.mark.parametrize("other", OTHERS)
def test_nothing_else_that_is_calculated_is_assigned(other: Callable[[Sample], Assignment]) -> None:
    """Other fields, products, turned differences and constants of more than eight bytes are refused in words."""
    with pytest.raises(QueryRefused, match=r"assign takes a field|must be a whole number of eight bytes"):
        other(MODEL.symbolic())


@attrs.frozen(kw_only=True, slots=True)
class Seat(Entity):
    """A seat whose numbers meet those of other seats."""

    id: UUID
    hall: int
    row: int
    rank: int
    state: int
    begins: int
    ends: int
    above: int
    free: int
    version: int = 0


@rules_of(Seat, "seats", shared=True, key=("id",))
def seat_rules(seat: Seat) -> Iterator[Rule]:
    """What holds for every seat."""
    yield Check("seats_in_order", "It ends after it begins.", seat.begins <= seat.ends)
    yield Unique("seats_row", "Taken.", (seat.hall, seat.row), where=seat.rank == 1)
    yield Exclusion("seats_free", "Taken.", seat.hall, start=seat.begins, end=seat.ends, where=seat.state == 1)


@pytest.mark.parametrize("field", ["hall", "row", "rank", "state", "begins", "ends", "version"])
def test_what_rows_meet_by_is_not_counted(field: str) -> None:
    """No set-based write counts in a column that a rule compares with other rows, or by which it chooses rows."""
    with pytest.raises(QueryRefused, match=f"can't .* {field}"):
        assigned(model_of(Seat), lambda seat: (increment(getattr(seat, field)),))
    assert assigned(model_of(Seat), lambda seat: (increment(seat.free),)) == {"free": Increment(1)}


@adds_rules_to(Seat)
def ranked_rules(seat: Seat) -> Iterator[Rule]:
    """No two seats are free alike."""
    yield Unique("seats_free_once", "Taken.", (seat.free,))


def test_what_rows_meet_by_in_a_catalogue_is_not_counted_there() -> None:
    """A rule that a catalogue adds refuses a count in that catalogue, and in no other."""
    seats = Catalogue((seat_rules,))
    for catalogue, is_counted in ((seats, True), (seats + ranked_rules, False)):
        model = catalogue.model(Seat)
        assert ("free" in countable(model)) is is_counted
        with nullcontext() if is_counted else pytest.raises(QueryRefused, match="free: seats_free_once"):
            assigned(model, lambda seat: (increment(seat.free),))


def test_a_column_leaves_its_range() -> None:
    """The condition that a count leaves the range of a column is true of exactly those rows that do."""
    least, greatest = -(2**31), 2**31 - 1
    for by in (0, 1, -1, 7, greatest, least, 2**32, -(2**32), 2**63 - 1, -(2**63)):
        leaves = is_true(Increment(by).leaves(MODEL.column("o_or_none")))
        for value in (None, least, least + 1, -1, 0, 1, greatest - 1, greatest):
            expected = value is not None and not least <= value + by <= greatest
            assert leaves(SimpleNamespace(o_or_none=value)) is expected, (by, value)
