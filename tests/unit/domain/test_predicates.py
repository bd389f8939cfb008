from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit import (
    Check,
    Entity,
    all_of,
    any_of,
    between,
    contains,
    is_null,
    length,
    lower,
    matches,
    negate,
    nullable,
    one_of,
    row,
    starts_with,
)
from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.json_object import JsonObject
from gapless.kit.predicates import (
    Comparison,
    Constant,
    Field,
    Node,
    as_node,
    fields_of,
    literal,
    walk,
)
from gapless.kit.symbolic import condition_over
from tests.unit.domain.samples import NOON, USER, Colour, Sample

Written = Callable[[Sample], object]


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda s: s.active and s.text == "a", id="and"),
        pytest.param(lambda s: s.active or s.text == "a", id="or"),
        pytest.param(lambda s: not s.active, id="not"),
        pytest.param(lambda s: 1 if s.active else 2, id="if"),
        pytest.param(lambda s: 1 < s.o < 5, id="chained comparison"),
        pytest.param(lambda s: s.text in ("a", "b"), id="in a tuple"),
        pytest.param(lambda s: s.text in ["a", "b"], id="in a list"),
        pytest.param(lambda s: s.text in {"a", "b"}, id="in a set"),
        pytest.param(lambda s: s.text in {"a": 1}, id="in a dict"),
        pytest.param(lambda s: "a" in s.text, id="in a field"),
        pytest.param(lambda s: s.text_or_none == None, id="equals null"),  # noqa: E711  # the mistake itself
        pytest.param(lambda s: s.text_or_none != None, id="differs from null"),  # noqa: E711  # the mistake itself
        pytest.param(lambda s: one_of(s.text_or_none, None), id="one of null"),
        pytest.param(lambda s: len(s.text) < 3, id="len"),
        pytest.param(lambda s: list(s.text), id="iteration"),
        pytest.param(lambda s: str(s.id) == "x", id="text of a field"),
        pytest.param(lambda s: f"{s.id}" == "x", id="formatting"),
        pytest.param(lambda s: s.text.lower() == "x", id="method of a value"),
        pytest.param(lambda s: s.colour.value == "r", id="attribute of a value"),
        pytest.param(lambda s: s.o / 2 > 1, id="division"),
        pytest.param(lambda s: 7 // s.o > 1, id="division from the left"),
        pytest.param(lambda s: s.o % 2 == 0, id="remainder"),
        pytest.param(lambda s: s.o**2 > 1, id="power"),
        pytest.param(lambda s: s.o + 0.5 > 1, id="sum with a float"),
        pytest.param(lambda s: s.o + True > 1, id="sum with a truth"),
        pytest.param(lambda s: s.text + "a" == "aa", id="sum of texts"),
        pytest.param(lambda s: s.o + s.active > 1, id="sum with a truth of the row"),
        pytest.param(lambda s: s.o + (s.o > 1) > 1, id="sum with a condition"),
        pytest.param(lambda s: s.o + None > 1, id="sum with nothing"),
        pytest.param(lambda s: s.o + 2**63 > 1, id="sum with too great a constant"),
        pytest.param(lambda s: s.o + 1 == 2**63, id="sum that is too great a constant"),
        pytest.param(lambda s: s.o + 1, id="sum that is no condition"),
        pytest.param(lambda s: s.o + 1 > s.at, id="sum and time"),
        pytest.param(lambda s: s.at - s.at, id="difference that is no condition"),
        pytest.param(lambda s: s.at - s.at > 5, id="difference and number"),
        pytest.param(lambda s: s.at - s.at == s.o, id="difference and field of numbers"),
        pytest.param(lambda s: (s.at - s.at) * 2 > timedelta(1), id="difference that is multiplied"),
        pytest.param(lambda s: s.at - s.at > timedelta.max, id="difference beyond all times"),
        pytest.param(lambda s: s.at + s.at > s.at, id="sum of times"),
        pytest.param(lambda s: s.at * 2 > s.at, id="multiplied time"),
        pytest.param(lambda s: s.at - 1 > s.at, id="time and number"),
        pytest.param(lambda s: s.at + timedelta(1) > 1, id="later time and number"),
        pytest.param(lambda s: s.at + timedelta.max > s.at, id="time beyond all times"),
        pytest.param(lambda s: s.at - timedelta(1) < datetime.max.replace(tzinfo=UTC), id="later than all times"),
        pytest.param(lambda s: s.at + timedelta(1), id="later time that is no condition"),
        pytest.param(lambda s: one_of(s.at + timedelta(1), NOON), id="later time in a list"),
        pytest.param(lambda s: s.at + timedelta(1) == None, id="later time and null"),  # noqa: E711  # the mistake
        pytest.param(lambda s: lower(s.o) == "a", id="small letters of a number"),
        pytest.param(lambda s: lower(s.colour) == "r", id="small letters of a member"),
        pytest.param(lambda s: lower(s.text) == "A", id="small letters and a capital"),
        pytest.param(lambda s: one_of(lower(s.text), "a", "B"), id="small letters and a capital in a list"),
        pytest.param(lambda s: starts_with(lower(s.text), "A"), id="small letters that begin with a capital"),
        pytest.param(lambda s: contains(lower(s.text), "bC"), id="small letters that contain a capital"),
        pytest.param(lambda s: starts_with(s.o, "1"), id="beginning of a number"),
        pytest.param(lambda s: starts_with(s.text, s.text), id="beginning by a field"),
        pytest.param(lambda s: contains(s.text, lower(s.text)), id="part by a field"),
        pytest.param(lambda s: contains(s.text, cast(str, 1)), id="part by a number"),
        pytest.param(lambda s: contains(s.text, "a\0"), id="part with a NUL"),
        pytest.param(lambda s: contains(s.text, cast(str, None)), id="part by null"),
        pytest.param(lambda s: s.active & s.active, id="bitwise and"),
        pytest.param(lambda s: ~s.active, id="bitwise not"),
        pytest.param(lambda s: s.text[0] == "a", id="index"),
        pytest.param(lambda s: s.text_or_none is not None, id="is not None"),
        pytest.param(lambda s: all_of(s.text_or_none is None, s.active), id="is None, in a part"),
        pytest.param(lambda s: s == s, id="comparison of rows"),  # noqa: PLR0124  # the mistake itself
        pytest.param(lambda s: not s, id="truth of a row"),
        pytest.param(lambda s: s.text, id="field that is no condition"),
        pytest.param(lambda s: all_of(s.active, s.text), id="field that is no condition, in a part"),
        pytest.param(lambda s: negate(s.o), id="negated number"),
        pytest.param(lambda s: length(s.o) > 1, id="length of a number"),
        pytest.param(lambda s: length(s.colour) > 1, id="length of an enumeration"),
        pytest.param(lambda s: matches(s.other, "[a-z]"), id="pattern on a UUID"),
        pytest.param(lambda s: is_null(length(s.text)), id="null test of no field"),
        pytest.param(lambda s: (s.o == 1) == (s.active == True), id="comparison of conditions"),  # noqa: E712  # likewise
        pytest.param(lambda s: one_of(s.o == 1, True), id="condition in a list"),
        pytest.param(lambda s: s.text == s.o, id="fields of two types"),
        pytest.param(lambda s: s.colour == row(User).role, id="fields of two enumerations"),
        pytest.param(lambda s: s.document == s.document_or_none, id="JSON"),
        pytest.param(lambda s: JsonObject({}) == s.document, id="JSON from the left"),  # the point
        pytest.param(lambda s: s.colour > Colour.RED, id="order of an enumeration"),
        pytest.param(lambda s: s.active < True, id="order of truth values"),
        pytest.param(lambda _: row(Organization).is_live, id="field of another row"),
        pytest.param(lambda s: s.nothing, id="field that is not there"),
        pytest.param(lambda s: s.text == "a" if s.id else None, id="choice by a field"),
        pytest.param(lambda _: "yes", id="text"),
        pytest.param(lambda _: None, id="nothing"),
    ],
)
def test_what_python_would_answer_by_itself_is_refused(written: Callable[[Sample], bool]) -> None:
    """What can't become a node is an error of the declaration, and never a condition that means something else."""
    with pytest.raises(DeclarationError):
        condition_over(row(Sample), written)


WRONG_CONSTANTS: dict[str, list[object]] = {
    "text": [1, b"a", "a\0b", "\ud800", Colour.RED],
    "o": [True, 1.0, "1", 2**31, -(2**31) - 1],
    "c0": [True, 1.0, 2**63],
    "active": [1, "true"],
    "at": ["2026-01-01", datetime(2026, 1, 1), datetime.max.replace(tzinfo=UTC)],  # noqa: DTZ001  # the mistake
    "colour": ["x", "RED", Role.OWNER, 1],
    "other": [str(UUID(int=1)), 1],
    "document": [{}],
}


@pytest.mark.parametrize(("field", "constant"), [(f, c) for f, wrong in WRONG_CONSTANTS.items() for c in wrong])
def test_constant_that_a_column_never_holds_is_refused(field: str, constant: object) -> None:
    """A field is compared only with what its column can hold: otherwise stores would differ, or nothing ever match."""
    with pytest.raises(DeclarationError):
        getattr(row(Sample), field).__eq__(constant)
    with pytest.raises(DeclarationError):
        one_of(getattr(row(Sample), field), cast(str, constant))


def test_constants_are_normalised() -> None:
    """A text stands for its member, and a time of another zone for the same instant in UTC."""
    colour = as_node(row(Sample).colour == cast(Colour, "r"))
    berlin = NOON.astimezone(timezone(timedelta(hours=1)))
    at = as_node(row(Sample).at == berlin)
    assert [node.value for part in (colour, at) for node in walk(part) if isinstance(node, Constant)] == [
        Colour.RED,
        NOON,
    ]
    assert [node.value.tzinfo for node in walk(at) if isinstance(node, Constant)] == [UTC]  # type: ignore[attr-defined]  # a time


def test_constant_on_the_left_is_the_same_comparison() -> None:
    """`1 < field` is read as `field > 1`, for values that know nothing of nodes."""
    sample = row(Sample)
    for written in (1 < sample.o, NOON > sample.at, "a" == sample.text, Colour.RED == sample.colour):  # noqa: SIM300  # the point
        node = as_node(written)
        assert isinstance(node, Comparison)
        assert isinstance(node.left, Field)


def test_a_nullable_field_may_be_null_in_a_check() -> None:
    """A check on a field that may be null says so: by `nullable`, or by a test for null."""
    sample = row(Sample)
    number = cast(int, sample.o_or_none)
    with pytest.raises(DeclarationError, match="nullable"):
        Check("x", "A sentence.", number > 1)
    for aloud in (nullable(sample.o_or_none) > 1, any_of(is_null(sample.o_or_none), number > 1)):
        assert Check("x", "A sentence.", aloud).columns == fields_of(as_node(number > 1))


def test_check_that_mentions_no_field_is_refused() -> None:
    """`is not None` in a check is answered by Python when it is declared, and so refused."""
    with pytest.raises(DeclarationError, match="mentions no field"):
        Check("x", "A sentence.", row(Sample).text_or_none is not None)


def test_values_are_answered_at_once() -> None:
    """On real values the functions just answer, so that the domain can use them too."""
    assert length("é😀") == 2
    assert nullable("a") == "a"
    assert between(2, 1, 3)
    assert not between(4, 1, 3)
    assert one_of("a", "a", "b")
    assert lower("ABÉ\u212a") == "abÉ\u212a"
    assert lower(None) is None
    assert starts_with("50% off", "50%")
    assert contains("50% off", "% o")
    assert not contains("50x off", "% o")
    assert matches("ab", "[a-b]+")
    assert not matches("abc", "[a-b]+")
    assert is_null(None)
    assert not is_null(0)
    assert negate(False)
    assert all_of(True, True)
    assert not all_of(True, False)
    assert any_of(False, True)
    assert not any_of()


def test_predicates_of_an_entity_answer_for_a_value_and_for_a_row() -> None:
    """A named condition is a bool on a user and a node on the symbolic row."""
    owner = User(**USER)
    assert owner.is_owner
    assert not attrs.evolve(owner, is_active=False).is_owner
    assert {column.name for column in fields_of(as_node(row(User).is_owner))} == {"role", "is_active", "is_deleted"}
    assert User.is_owner.__doc__ == "Whether the user is a member with the role of an owner."


def test_entity_without_rules_has_no_row() -> None:
    """Without declared rules there is no symbolic row, and no value either: nobody could check it."""

    @attrs.frozen(kw_only=True, slots=True)
    class Undeclared(Entity):
        id: int

    with pytest.raises(DeclarationError, match="no rules yet"):
        row(Undeclared)
    with pytest.raises(DeclarationError, match="no rules yet"):
        Undeclared(id=1)


def test_subclass_does_not_inherit_the_validator() -> None:
    """A subclass of an entity declares its own rules, or can't be made."""

    @attrs.frozen(kw_only=True, slots=True)
    class Special(User):
        special: int

    with pytest.raises(DeclarationError, match="Special has no rules yet"):
        Special(**USER, special=1)


def test_literal_is_what_a_database_holds() -> None:
    """A member stands in the database as its text, anything else as itself."""
    assert [literal(Colour.RED), literal("r"), literal(5)] == ["r", "r", 5]


def test_nodes_can_be_shown() -> None:
    """A failing test can print a node, although a node has no text."""
    node: Node = Field(Column("text", ColumnType.TEXT, nullable=False))
    assert "text" in repr(node)
