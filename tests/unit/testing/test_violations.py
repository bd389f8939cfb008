"""The violations that the demonstration and the tests share: complete, exact, and able to notice a missing rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from uuid import UUID

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.demo.violations import WRITTEN
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.kit import (
    AtMost,
    Catalogue,
    Check,
    DataType,
    Entity,
    Index,
    Numbered,
    OnDelete,
    PrimaryKey,
    Reference,
    Root,
    Rule,
    Stamped,
    Transition,
    any_of,
    length,
    previous,
    rules_of,
)
from gapless.kit.model import Model, Validated
from gapless.testing.counterexamples.attempts import Attempt, PlainSql, RowViolation, StepViolation
from gapless.testing.enforcers import Verdict, ask_entity, ask_sql
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture, fixture_of
from gapless.testing.violations import NOBODY, attempts, attempts_at, can_refuse
from tests.violations import FACTORIES, IDS, TABLES, Stage, attempt_at, attempts_of, named


def fixture() -> Fixture:
    """Rows that no store has."""
    return fixture_of(FACTORIES, IDS)


def every_attempt() -> list[Attempt]:
    """All attempts at the rules of the voice service."""
    return [attempt for model in GAPLESS.models for attempt in attempts_of(model)]


def without(rule: Rule) -> Catalogue:
    """The catalogue with one rule left out: an enforcer that has forgotten it."""
    return Catalogue(tuple(_lacking(model, rule) for model in GAPLESS.models))


def _lacking(model: Model[Validated], rule: Rule) -> Model[Validated]:
    if rule not in model.rules:
        return model  # with all that is compiled for it
    return attrs.evolve(model, rules=tuple(kept for kept in model.rules if kept is not rule))


def forgettable(attempt: Attempt) -> bool:
    """Whether there can be a store without the rule: a table has a key."""
    return not isinstance(attempt.rule, PrimaryKey)


def test_every_rule_has_an_attempt() -> None:
    """Every rule that can refuse has an attempt, in the catalogue's order; an index and a filled column have none."""
    tried = [name for name, _ in groupby(attempts(FACTORIES), lambda attempt: attempt.rule.name)]
    assert tried == [rule.name for _, rule in GAPLESS if can_refuse(rule)]
    assert {type(rule) for _, rule in GAPLESS if not can_refuse(rule)} == {Index, Numbered, Stamped}


def test_nothing_needs_to_be_written_for_the_voice_service() -> None:
    """Of every rule of the service something follows from its declaration, so whoever adds one writes nothing."""
    assert [named(attempt) for attempt in attempts(FACTORIES) if attempt.tried == NOBODY] == []


def test_no_two_attempts_are_called_alike() -> None:
    """What is tried is told apart, so that a message names one attempt; a row that is added may also be changed."""
    for attempt_of in ("entity", "sql"):
        told = [(a.model.table, named(a)) for a in every_attempt() if getattr(a, attempt_of) is not None]
        assert len(set(told)) == len(told)


def test_every_written_violation_is_of_a_rule_that_is_there() -> None:
    """A violation written by hand names a rule of the catalogue, so that a rule renamed is noticed."""
    assert {violation.rule for violation in WRITTEN} <= {rule.name for _, rule in GAPLESS}
    tried = {named(attempt) for attempt in every_attempt()}
    assert {f"{violation.rule}: {violation.tried}" for violation in WRITTEN} <= tried


def test_an_attempt_is_made_at_the_table_that_it_is_meant_for() -> None:
    """Where rules of one name stand at several tables, each is broken by its own attempts alone."""
    entered = [attempt for attempt in every_attempt() if attempt.rule.name == "live_organization"]
    statements = [(attempt.model, attempt.sql(fixture())[-1]) for attempt in entered if attempt.sql]
    assert len(statements) > len({model for model, _ in statements}) > 1
    assert [model.table for model, last in statements if f' "{model.table}" ' not in last.text] == []


@attrs.frozen(kw_only=True, slots=True)
class Badge(Entity):
    """An entity of a host, with rules of which nothing can be derived."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime
    text: str
    worn: int = 0
    version: int = 0


@rules_of(Badge, "badges", belongs_to=lambda badge: badge.organization_id)
def badge_rules(badge: Badge) -> Iterator[Rule]:
    """What holds for every badge: one rule that never refuses, and one whose limit is beyond what is tried."""
    yield Check("badges_text_length", "A badge has at most 9 characters.", length(badge.text) <= 9)
    yield Transition(
        "badges_worn_forward", "Anything goes.", any_of(badge.worn >= previous(badge).worn, badge.worn <= 9)
    )
    home = Reference("badges_home_fkey", "A badge belongs to a root.", badge.organization_id, Root, OnDelete.CASCADE)
    yield home
    yield AtMost("badges_most", "There are so many badges at most.", home, of=badge.worn >= 0, limit=10**6)


def test_a_rule_that_nobody_tries_to_break_fails_alone() -> None:
    """Its attempt says what to write and where, and the other rules of its entity are asked all the same."""
    factories = Factories(GAPLESS + badge_rules)
    tried = attempts(factories, only=[Badge], place="here.py")
    assert {attempt.rule.name for attempt in tried} == {rule.name for rule in badge_rules.rules if can_refuse(rule)}
    here = fixture_of(factories, IDS)
    lacking = {attempt.rule.name: ask_entity(attempt, here) for attempt in tried if attempt.tried == NOBODY}
    assert lacking.keys() == {"badges_most"}
    answer = lacking["badges_most"]
    assert answer.verdict is Verdict.OTHER
    for part in ("badges_most of Badge", "StepViolation('badges_most', ...)", "here.py", "bounds 1000000 rows"):
        assert part in answer.words
    others = [ask_entity(attempt, here).is_right for attempt in tried if attempt.tried != NOBODY]
    assert others == [True] * len(others)


def test_what_is_written_is_tried() -> None:
    """A violation that is written for a rule of which nothing follows is its attempt."""
    factories = Factories(GAPLESS + badge_rules)
    model, most = factories.catalogue.by_name["badges", "badges_most"]
    written = StepViolation("badges_most", "make a million", None, entity=lambda _: None)
    assert [made.tried for made in attempts_at(factories, model, most, written=(written,))] == ["make a million"]
    _, rule = factories.catalogue.by_name["badges", "badges_text_length"]
    long = RowViolation("badges_text_length", "ten characters", {"text": "a" * 10})
    tried = [attempt.tried for attempt in attempts_at(factories, model, rule, written=(long,))]
    assert tried.count("ten characters") == 2  # added, and changed


@pytest.mark.parametrize("model", TABLES)
def test_the_entity_refuses(model: Model[Validated]) -> None:
    """The constructor, or the declaration of a rule that counts, refuses with the error that the rule calls for."""
    here = fixture()
    answers = {named(attempt): ask_entity(attempt, here).words for attempt in attempts_of(model) if attempt.entity}
    assert {name: words for name, words in answers.items() if words != "refused"} == {}


@pytest.mark.asyncio
@pytest.mark.parametrize("model", TABLES)
async def test_the_store_in_memory_refuses(model: Model[Validated]) -> None:
    """The in-memory store refuses with the error that the rule calls for."""
    tried = [attempt for attempt in attempts_of(model) if attempt.store]
    stage = Stage(MemoryStore(GAPLESS))
    answers = {named(attempt): (await stage.ask(attempt)).words for attempt in tried}
    assert {name: words for name, words in answers.items() if words != "refused"} == {}


@pytest.mark.asyncio
@pytest.mark.parametrize("model", TABLES)
async def test_a_store_that_has_forgotten_the_rule_does_not(model: Model[Validated]) -> None:
    """A planted fault is caught: a store that lacks the rule does not refuse in its name."""
    tried = [attempt for attempt in attempts_of(model) if attempt.store and forgettable(attempt)]
    forgetful = {rule: Stage(MemoryStore(without(rule))) for rule in {attempt.rule for attempt in tried}}
    answers = {named(attempt): await forgetful[attempt.rule].ask(attempt) for attempt in tried}
    unlike = (Verdict.ACCEPTED, Verdict.OTHER)
    assert {name: answer.words for name, answer in answers.items() if answer.verdict not in unlike} == {}


def test_an_entity_that_refuses_in_another_name_is_not_right() -> None:
    """An error that is not exactly the rule's is not taken for a refusal, and its name is given."""
    wanted = attempt_at("check_name_length")
    unlike = attempt_at("check_email_format")
    assert ask_entity(attrs.evolve(wanted, entity=unlike.entity), fixture()).words == "check_email_format"
    assert ask_entity(attrs.evolve(wanted, entity=lambda _: 1 // 0), fixture()).words == "ZeroDivisionError!"
    assert ask_entity(attrs.evolve(wanted, entity=lambda _: None), fixture()).verdict is Verdict.ACCEPTED
    other_sentence = attrs.evolve(wanted, rule=Check("check_name_length", "Other words.", wanted.rule.holds))  # type: ignore[attr-defined]  # it is a check
    assert ask_entity(other_sentence, fixture()).words == "check_name_length (other details)"


class Refusal(Exception):
    """An error of a server, as the driver raises it."""

    def __init__(self, table_name: str, constraint_name: str | None, column_name: str | None) -> None:
        super().__init__()
        self.table_name, self.constraint_name, self.column_name = table_name, constraint_name, column_name


@attrs.define
class Scripted:
    """A connection that refuses the first statement that begins so, and remembers all of them."""

    refuses: str
    refusal: Refusal
    statements: list[str] = attrs.field(factory=list)

    async def execute(self, query: str, *_: object) -> str:
        """Runs a statement, or raises."""
        self.statements.append(query.split(maxsplit=1)[0])
        if query.startswith(self.refuses):
            raise self.refusal
        return ""


@pytest.mark.asyncio
@pytest.mark.parametrize("moment", ["INSERT", "COMMIT"])
@pytest.mark.parametrize(
    ("table", "constraint", "words"),
    [
        ("users", "check_name_length", "refused"),
        ("users", "check_email_length", "SQL: check_email_length"),
        ("organizations", "check_name_length", "SQL: check_name_length"),
        ("users", None, "SQL: Refusal"),
    ],
)
async def test_plain_sql_is_matched_by_table_and_name(
    moment: str, table: str, constraint: str | None, words: str
) -> None:
    """The server's error counts only if it names the table and the rule; the transaction is ended either way."""
    attempt = attempt_at("check_name_length")
    connection = Scripted(moment, Refusal(table, constraint, None))
    assert (await ask_sql(attempt, connection, "gapless", fixture())).words == words
    assert connection.statements[0] == "BEGIN"
    assert connection.statements[-1] == "ROLLBACK"


@pytest.mark.asyncio
async def test_plain_sql_names_no_constraint_for_null() -> None:
    """A required column is found by table and column, because PostgreSQL names no constraint for it."""
    attempt = attempt_at("users_name_required")
    for refusal, words in (
        (Refusal("users", None, "name"), "refused"),
        (Refusal("users", None, "role"), "SQL: Refusal"),
    ):
        assert (await ask_sql(attempt, Scripted("INSERT", refusal), "gapless", fixture())).words == words
    accepting = Scripted("nothing", Refusal("", None, None))
    assert (await ask_sql(attempt, accepting, "gapless", fixture())).verdict is Verdict.ACCEPTED
    assert accepting.statements == ["BEGIN", "SELECT", "INSERT", "COMMIT"]


def test_what_sql_can_not_say_is_not_asked() -> None:
    """Plain SQL is asked about every rule but those of storability, which no literal can break, and what is filled."""
    asked = {attempt.rule.name for attempt in every_attempt() if attempt.sql}
    filled = {rule.name for model, rule in GAPLESS if {column.name for column in rule.columns} & model.filled.keys()}
    expected = {rule.name for _, rule in GAPLESS if can_refuse(rule) and not isinstance(rule, DataType)}
    assert asked == expected - filled
    asking = [attempt.sql for attempt in every_attempt() if attempt.sql]
    assert all(isinstance(statement, PlainSql) for sql in asking for statement in sql(fixture()))
