from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import NoReturn, cast
from uuid import UUID

import attrs
import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from hypothesis.internal.conjecture.data import ConjectureData

from gapless.domain.organizations import OrganizationId
from gapless.domain.subscriptions import Subscription
from gapless.domain.users import Role, User
from gapless.kit import (
    Check,
    DataType,
    Entity,
    EnumMember,
    Model,
    Required,
    Rule,
    all_of,
    any_of,
    between,
    is_null,
    length,
    matches,
    model_of,
    negate,
    nullable,
    one_of,
    rules_of,
)
from gapless.kit.columns import EARLIEST
from gapless.kit.errors import DeclarationError, RuleViolated, UnknownField
from gapless.kit.model import Validated
from gapless.testing.strategies import boundary, entities, rows, valid, violating
from gapless.testing.strategies.row_generators import values_of
from gapless.testing.strategies.solutions import Combination, component_of, plan_of
from tests.bulk import ask_each, spread
from tests.properties import SEARCH, bounded
from tests.voice.hosted import HOSTED


class Mood(enum.Enum):
    """Members whose texts differ from their names."""

    GOOD = "good"
    BAD = "bad"


@attrs.frozen(kw_only=True, slots=True)
class Puzzle(Entity):
    """An entity whose rules bind many columns together."""

    organization_id: OrganizationId
    id: UUID
    low: int
    middle: int | None = None
    high: int
    width: int
    text: str
    same: str
    other: str | None = None
    mood: Mood
    begun_at: datetime
    ended_at: datetime
    flag: bool
    opposite: bool


@rules_of(Puzzle, "puzzles", belongs_to=lambda puzzle: puzzle.organization_id)
def puzzle_rules(puzzle: Puzzle) -> Iterator[Rule]:
    """Chains of orders, equal columns, a length that another column says, and exceptions."""
    yield Check("puzzles_low_middle", "The middle is above.", nullable(puzzle.middle) > puzzle.low)
    yield Check("puzzles_middle_high", "The middle is below.", nullable(puzzle.middle) < puzzle.high)
    yield Check("puzzles_high_range", "What is high is small.", all_of(puzzle.high <= 9, puzzle.low >= 0))
    yield Check("puzzles_high_not", "What is high is not nine.", negate(one_of(puzzle.high, 9, 8)))
    yield Check("puzzles_width_says", "The width is the length of the text.", length(puzzle.text) == puzzle.width)
    yield Check("puzzles_text_form", "A text is made of two kinds of letters.", matches(puzzle.text, "(?:ab|[0-9])+"))
    yield Check("puzzles_text_same", "Both texts are the same.", puzzle.same == puzzle.text)
    yield Check("puzzles_same_not", "No text is made of digits alone.", negate(matches(puzzle.same, "[0-9]*")))
    yield Check("puzzles_other_not", "The other is neither.", negate(one_of(nullable(puzzle.other), "", "a")))
    yield Check("puzzles_ended_after", "It ends after it has begun.", puzzle.ended_at > puzzle.begun_at)
    yield Check("puzzles_begun_early", "It began early.", between(puzzle.begun_at, EARLIEST, EARLIEST.replace(year=2)))
    yield Check("puzzles_opposite", "One is the opposite of the other.", puzzle.opposite != puzzle.flag)
    yield Check(
        "puzzles_mood_flag",
        "A bad mood has a flag, and another text.",
        any_of(puzzle.mood == Mood.GOOD, all_of(puzzle.flag, negate(is_null(puzzle.other)))),
    )


MODELS: tuple[Model[Validated], ...] = (*HOSTED.models, cast("Model[Validated]", model_of(Puzzle)))
RULES = [
    (model, rule)
    for model in MODELS
    for rule in model.rules
    if isinstance(rule, (DataType, Required, EnumMember, Check))
]
CHECKS = [(model, rule) for model, rule in RULES if isinstance(rule, (EnumMember, Check))]
DERIVED = [(model, rule) for model, rule in RULES if isinstance(rule, (DataType, Required))]
FEW = 0.2
"""Which share of rejected rows is hardly any; so many are drawn that neither side comes near it by chance."""
NEVER_ALONE = {"audit_logs_actor_kind_known", "audit_archive_actor_kind_known"}
"""An actor of an unknown kind is named as no kind of actor is: another check speaks of every kind."""


def name_of(row: tuple[Model[Validated], Rule]) -> str:
    """How a rule of an entity is called in a report."""
    return f"{row[0].name} {row[1].name}"


def found_in(model: Model[Validated], values: dict[str, object]) -> list[str]:
    """The names of the rules over one row that these values break."""
    given = {column.name: column.normalised(values.get(column.name)) for column in model.columns}
    return [rule.name for rule in model.find_violations(given)]


def test_the_boundary_of_a_rule_is_where_it_is_checked() -> None:
    """Every edge says of its rule what the validator says, and there are edges on both sides."""

    def holds(row: tuple[Model[Validated], Rule]) -> None:
        model, rule = row
        edges = boundary(rule)
        for edge in edges:
            assert edge.holds == (rule.name not in found_in(model, dict(edge.values))), edge
        assert {edge.holds for edge in edges} == {True, False}

    ask_each(RULES, holds, name=name_of)


def draw_for(
    model: Model[Validated], drawn: st.SearchStrategy[dict[str, object]], broken: list[str], count: int
) -> None:
    """Draws rows, each of which has to break these rules and no others."""

    @bounded(count)
    @given(drawn)
    def holds(row: dict[str, object]) -> None:
        assert found_in(model, row) == broken

    holds()


def test_valid_rows_keep_all_the_rules(*, every_row: bool) -> None:
    """A row that keeps a check keeps every rule over one row."""
    asked = CHECKS if every_row else spread(CHECKS, 60)
    ask_each(asked, lambda row: draw_for(row[0], valid(row[1]), [], 4), name=name_of)


def test_violating_rows_break_one_check(*, every_row: bool) -> None:
    """A row that breaks a check breaks that one and no other rule."""
    alone = [row for row in CHECKS if row[1].name not in NEVER_ALONE]
    asked = alone if every_row else spread(alone, 60)
    ask_each(asked, lambda row: draw_for(row[0], violating(row[1]), [row[1].name], 4), name=name_of)


def test_violating_rows_break_one_rule_of_an_annotation(*, every_row: bool) -> None:
    """A row with a value that is unrepresentable or missing breaks that rule and no other."""
    asked = DERIVED if every_row else spread(DERIVED, 90)
    ask_each(asked, lambda row: draw_for(row[0], violating(row[1]), [row[1].name], 1), name=name_of)


def test_entities_are_valid() -> None:
    """The constructor takes every drawn entity of every catalogue, a host's too, and its rows as they are."""

    def holds(model: Model[Validated]) -> None:
        @bounded(10)
        @given(entities(model.entity))
        def drawn(entity: Validated) -> None:
            assert type(entity) is model.entity
            assert entity == model.construct(model.values(entity))

        drawn()

    ask_each(MODELS, holds, name=lambda model: model.name)


class Enough(BaseException):
    """So many rows were rejected that no more have to be begun; it is no failure of the test that Hypothesis runs."""


def share_rejected(
    model: Model[Validated], monkeypatch: pytest.MonkeyPatch, examples: int = 40, most: int | None = None
) -> float:
    """How many of the rows that were begun turned out not to be possible, from 0 to 1.

    Hypothesis breaks rows off for reasons of its own as well; those are not counted, since no solver could help it.

    Args:
        model: whose rows are drawn.
        monkeypatch: counts what is rejected.
        examples: how many rows are drawn.
        most: after how many rejected ones it ends.
    """
    drawn, rejected, mark = 0, 0, ConjectureData.mark_invalid

    def mark_invalid(self: ConjectureData, why: str | None = None, *, location: str | None = None) -> NoReturn:
        nonlocal rejected
        rejected += 1
        if rejected == most:
            raise Enough
        mark(self, why, location=location)

    @seed(1)
    @settings(
        max_examples=examples,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(rows(model))
    def draw_all(_: dict[str, object]) -> None:
        nonlocal drawn
        drawn += 1

    with monkeypatch.context() as counting, suppress(Unsatisfiable, Enough):
        counting.setattr(ConjectureData, "mark_invalid", mark_invalid)
        draw_all()
    return rejected / (drawn + rejected)


def test_no_row_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules are solved and not guessed at: whatever is begun becomes a row."""

    def holds(model: Model[Validated]) -> None:
        assert share_rejected(model, monkeypatch) == 0

    ask_each(HOSTED.models, holds, name=lambda model: model.name)


def test_hardly_any_row_of_a_puzzle_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a text must be as long as another column says, and equal a third, a few are."""
    assert share_rejected(MODELS[-1], monkeypatch, examples=150) < FEW


def forget_plans() -> None:
    """What was solved with a fault is not used without it, nor the other way round."""
    plan_of.cache_clear()
    component_of.cache_clear()


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of what is drawn when nothing is left out
@pytest.mark.parametrize(
    ("forgotten", "answer"),
    [
        ("bounds", property(lambda _: ())),
        ("walk", lambda *_: None),
        ("candidates", lambda *_: None),
        ("_nulls", property(lambda _: {})),
    ],
)
def test_a_solver_that_forgets_a_kind_of_constraint_is_caught(
    forgotten: str, answer: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without bounds, patterns, lists of constants or nulls many rows are rejected, so that the test above fails."""
    with monkeypatch.context() as planted:
        planted.setattr(Combination, forgotten, answer)
        forget_plans()
        share = share_rejected(MODELS[-1], monkeypatch, examples=30, most=60)
    forget_plans()

    assert share > FEW


def test_what_is_given_is_taken() -> None:
    """Fields that are given as values or strategies stand in the entity, and the others fit them."""

    @bounded(20)
    @given(entities(Puzzle, low=st.integers(0, 5), middle=6, mood="bad", text="ab0"))
    def holds(puzzle: Puzzle) -> None:
        assert (puzzle.low in range(6), puzzle.middle, puzzle.high) == (True, 6, 7)
        assert (puzzle.mood, puzzle.flag, puzzle.opposite) == (Mood.BAD, True, False)
        assert puzzle.same == puzzle.text == "ab0"

    holds()


@pytest.mark.parametrize(
    ("given_values", "rule"),
    [
        ({"name": "x"}, "check_name_length"),
        ({"name": 5}, "users_name_storable"),
        ({"role": None}, "users_role_required"),
    ],
)
def test_what_is_given_and_breaks_a_rule_is_refused_by_name(given_values: dict[str, object], rule: str) -> None:
    """A value that no valid row has is no reason to search for long: the error names the rule."""

    @settings(max_examples=1, phases=[Phase.generate], database=None, derandomize=True)
    @given(rows(model_of(User), given_values))
    def draw(_: dict[str, object]) -> None:
        pass

    with pytest.raises(RuleViolated) as caught:
        draw()
    assert caught.value.rule == rule


def test_fields_that_are_not_there_are_refused() -> None:
    """A misspelt field is an error at once."""
    with pytest.raises(UnknownField):
        entities(User, nmae="Ann")


@pytest.mark.parametrize("ask", [boundary, valid, violating])
def test_rules_over_many_rows_are_refused(ask: object) -> None:
    """One row neither keeps nor breaks a unique, a reference or a rule over many rows."""
    assert callable(ask)
    for model in HOSTED.models:
        for rule in model.rules:
            if not isinstance(rule, (DataType, Required, EnumMember, Check)):
                with pytest.raises(DeclarationError, match="one row alone"):
                    ask(rule)


def test_rules_that_are_never_broken_alone_say_so() -> None:
    """If whatever breaks a rule breaks another, there is no row to draw, and the error says why."""

    def holds(row: tuple[Model[Validated], Rule]) -> None:
        model, rule = row
        with pytest.raises(DeclarationError, match=f"{model.name}.*{rule.name} breaks another"):
            violating(rule)

    ask_each([row for row in CHECKS if row[1].name in NEVER_ALONE], holds, name=name_of)


def test_a_rule_that_no_entity_declares_is_refused() -> None:
    """A rule is drawn for by the entity that declares it."""
    stranger = attrs.evolve(next(rule for _, rule in CHECKS if isinstance(rule, Check)))
    with pytest.raises(DeclarationError, match="No entity declares"):
        boundary(stranger)


SCRIPTS = ("\u0300\u036f", "\u0590\u06ff", "\u4e00\u9fff", "\U00010000\U0010ffff", "\x01\x1f")
"""The first and the last of combining marks, letters from right to left, ideographs, what is astral, controls."""


def test_texts_reach_every_script() -> None:
    """Awkward characters of every kind come in free texts."""
    reached: set[str] = set()

    # Many, because Hypothesis also draws constants of whatever modules a process happens to have loaded.
    @settings(max_examples=800, database=None, derandomize=True)
    @given(values_of(User, "name"))
    def draw(name: object) -> None:
        reached.update(script for script in SCRIPTS for letter in str(name) if script[0] <= letter <= script[1])

    draw()
    assert reached == set(SCRIPTS)


def test_lengths_reach_both_ends() -> None:
    """An address can be as short and as long as its pattern and its rules allow, and is often the latter."""
    reached: set[int] = set()

    @settings(max_examples=100, database=None, derandomize=True)
    @given(values_of(User, "email"))
    def draw(email: object) -> None:
        reached.add(len(str(email)))

    draw()
    assert (min(reached), max(reached)) == (5, 254)


def test_lists_of_ids_are_short() -> None:
    """A list of ids has none to three, because longer ones find nothing more and take longer."""
    drawn = values_of(Subscription, "scheduled_users_to_deactivate").map(lambda ids: len(cast("list[UUID]", ids or ())))
    for size in range(4):
        assert find(drawn, size.__eq__, settings=SEARCH) == size

    @settings(max_examples=50, database=None, derandomize=True)
    @given(drawn)
    def holds(size: int) -> None:
        assert size in range(4)

    holds()


def smallest(entity: type[Validated]) -> Validated:
    """What a property that always fails is shrunk to."""
    seen: list[Validated] = []

    @settings(max_examples=20, database=None, derandomize=True, phases=[Phase.generate, Phase.shrink])
    @given(entities(entity))
    def fails(drawn: Validated) -> None:
        seen.append(drawn)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    return seen[-1]


def test_entities_shrink_to_what_people_read_easily() -> None:
    """The smallest user has short texts, nothing that may be null, and is not deleted."""
    user = smallest(User)
    assert isinstance(user, User)
    assert (user.email, len(user.name), user.role) == ("a@a.a", 2, Role.OWNER)
    optional = (user.last_seen_at, user.deactivated_at, user.deactivation_reason, user.deleted_at, user.deletion_id)
    assert optional == (None,) * 5
