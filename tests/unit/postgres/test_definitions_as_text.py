"""What a condition of a definition is as text: its constants stand in it, because a definition takes no parameters."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import attrs
import pytest

from gapless.adapters.postgres.sql.text import condition, is_false, is_false_of_change, is_not_true, is_true
from gapless.domain.organizations import OrganizationId
from gapless.kit import BigInteger, Check, Entity, all_of, model_of, one_of, previous, rules_of
from gapless.kit.ids import UserId
from gapless.kit.predicates import Node, as_node


class Colour(enum.Enum):
    """Some members."""

    RED = "RED"


@attrs.frozen(kw_only=True, slots=True)
class Lamp(Entity):
    """A row with a column of each type that a constant is compared with."""

    organization_id: OrganizationId
    id: UserId
    name: str
    watts: int
    hours: BigInteger
    is_on: bool
    since: datetime
    colour: Colour


@rules_of(Lamp, "lamps", belongs_to=lambda row: row.organization_id)
def lamp_rules(_: Lamp) -> list[Check]:
    """No rule; the tests make conditions of their own."""
    return []


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAID = ("'it''s'", "7", "5000000000", "'2026-03-01 12:00:00+00:00'", "'RED'", "00000000-0000-0000-0000-000000000005")


def compared(lamp: Lamp) -> bool:
    """A comparison with a constant of each type."""
    return all_of(
        lamp.name == "it's",
        one_of(lamp.watts, 7, 8),
        lamp.hours > 5_000_000_000,
        lamp.is_on,
        lamp.since >= NOON,
        one_of(lamp.colour, Colour.RED),
        lamp.id != UserId(UUID(int=5)),
    )


@pytest.mark.parametrize("written", [condition, is_false, is_true, is_not_true, is_false_of_change])
def test_constants_stand_in_the_text(written: Callable[[Node], str]) -> None:
    """Each constant is in the text of a condition, in whatever form it is asked for, and nothing is left open."""
    text = written(as_node(compared(model_of(Lamp).symbolic())))
    assert [constant for constant in SAID if constant not in text] == []
    assert "$" not in text.replace("$$", "")
    assert ":" not in text.replace("12:00:00+00:00", "")


def test_a_change_is_told_by_both_rows() -> None:
    """The row before is OLD, and the row after is NEW."""
    lamp = model_of(Lamp).symbolic()
    assert is_false_of_change(as_node(previous(lamp).watts < lamp.watts)) == "(OLD.watts < NEW.watts) IS FALSE"
