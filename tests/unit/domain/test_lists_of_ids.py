"""Columns that hold a list of ids: what they keep, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.domain.organizations import OrganizationId
from gapless.kit import Check, Entity, Rule, any_of, is_null, negate, rules_of
from gapless.kit.columns import ColumnType, read_column
from gapless.kit.errors import DeclarationError, RuleViolated
from gapless.kit.ids import UserId

ONE, OTHER = UUID(int=1), UUID(int=2)


@attrs.frozen(kw_only=True, slots=True)
class Shift(Entity):
    """Who works together."""

    organization_id: OrganizationId
    id: UserId
    people: tuple[UserId, ...]
    substitutes: tuple[UserId, ...] | None = None


@rules_of(Shift, "shifts", belongs_to=lambda shift: shift.organization_id)
def shift_rules(shift: Shift) -> Iterator[Rule]:
    """What holds for every shift."""
    yield Check("shifts_named", "…", any_of(is_null(shift.substitutes), negate(is_null(shift.substitutes))))


class Stamped(UUID):
    """An id of a library's own class, as some drivers give them."""


def a_shift(people: object, substitutes: object = None) -> Shift:
    """A shift of these people."""
    return Shift(
        organization_id=OrganizationId(ONE),
        id=UserId(ONE),
        people=cast("tuple[UserId, ...]", people),
        substitutes=cast("tuple[UserId, ...] | None", substitutes),
    )


def test_a_list_becomes_the_tuple_that_the_column_keeps() -> None:
    """A list is taken as a tuple, so that the value can't change; order and repetition stay."""
    assert a_shift([OTHER, ONE, ONE]).people == (OTHER, ONE, ONE)
    assert a_shift(()).people == ()
    assert a_shift((), []).substitutes == ()


def test_ids_of_subclasses_among_others_become_plain() -> None:
    """Wherever ids of a subclass stand in a tuple, plain ones take their place; a tuple of plain ids stays the same."""
    drawn = [people for number in range(4) for people in product((ONE, Stamped(int=1)), repeat=number)]
    assert len(drawn) == 1 + 2 + 4 + 8
    for people in drawn:
        kept = a_shift(people).people
        assert [type(person) for person in kept] == [UUID] * len(people)
        assert (kept is people) == all(type(person) is UUID for person in people)


@pytest.mark.parametrize("people", ["1", (ONE, "2"), (ONE, None), {ONE}, ONE, ([ONE],), 5])
def test_only_ids_are_kept(people: object) -> None:
    """What is no tuple of uuids can't be stored, and the error names the field."""
    with pytest.raises(RuleViolated) as caught:
        a_shift(people)
    assert (caught.value.rule, caught.value.fields) == ("shifts_people_storable", ("people",))


def test_a_list_is_required_unless_it_may_be_null() -> None:
    """None is no empty list."""
    with pytest.raises(RuleViolated, match="shifts_people_required"):
        a_shift(None)
    assert a_shift((), None).substitutes is None


def test_lists_are_not_compared() -> None:
    """Only whether there is a list can be asked alike of every store."""
    shift = shift_rules.symbolic()
    with pytest.raises(DeclarationError, match="list of uuids, which no store can compare"):
        Check("a", "…", shift.people == (UserId(ONE),))
    with pytest.raises(DeclarationError, match="no order"):
        Check("a", "…", shift.people < (UserId(ONE),))
    with pytest.raises(DeclarationError, match="can't compare"):
        Check("a", "…", shift.people == shift.substitutes)


@pytest.mark.parametrize("annotation", [tuple[str, ...], tuple[UserId, UserId], tuple[UserId], list[UserId]])
def test_other_lists_are_no_columns(annotation: object) -> None:
    """Lists of other things, of a fixed length or that can change have no column type."""
    with pytest.raises(DeclarationError, match="no column type"):
        read_column("Shift", "people", annotation)
    assert read_column("Shift", "people", tuple[UserId, ...]).type is ColumnType.UUIDS
