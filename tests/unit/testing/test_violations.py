"""The violations that the demonstration and the tests share: complete, exact, and able to notice a missing rule."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.adapters.system import UuidV7Factory
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.kit import (
    Catalogue,
    Check,
    Entity,
    Index,
    Numbered,
    PrimaryKey,
    Rule,
    Stamped,
    Storable,
    Unique,
    length,
    rules_of,
)
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import OrganizationId
from gapless.kit.model import TENANT, Judged, Model
from gapless.testing.attempts import Attempt, PlainSql, RowViolation, StepViolation
from gapless.testing.enforcers import Answer, Verdict, ask_entity, ask_sql, ask_store
from gapless.testing.scenes import SAMPLES, Scene, a_scene, staged
from gapless.testing.steps import add, found
from gapless.testing.violations import WRITTEN, attempts, can_refuse
from tests.violations import ATTEMPTS, named, of_tables

IDS = UuidV7Factory()


def scene() -> Scene:
    """A scene that no store has."""
    return a_scene(IDS)


def without(rule: Rule) -> Catalogue:
    """The catalogue with one rule left out: an enforcer that has forgotten it."""
    return Catalogue(tuple(_lacking(model, rule) for model in GAPLESS.models))


def _lacking(model: Model[Judged], rule: Rule) -> Model[Judged]:
    if rule not in model.rules:
        return model  # with all that is compiled for it
    return attrs.evolve(model, rules=tuple(kept for kept in model.rules if kept is not rule))


def forgettable(attempt: Attempt) -> bool:
    """Whether there can be a store without the rule: a table has a key."""
    return not isinstance(attempt.rule, PrimaryKey)


def test_every_rule_has_an_attempt() -> None:
    """Every rule that can refuse has an attempt, in the catalogue's order; an index and a filled column have none."""
    tried = [name for name, _ in groupby(ATTEMPTS, lambda attempt: attempt.rule.name)]
    assert tried == [rule.name for _, rule in GAPLESS if can_refuse(rule)]
    assert {type(rule) for _, rule in GAPLESS if not can_refuse(rule)} == {Index, Numbered, Stamped}


def test_every_written_violation_is_of_a_rule_that_is_there() -> None:
    """A violation written by hand names a rule of the catalogue, so that a rule renamed is noticed."""
    assert {violation.rule for violation in WRITTEN} <= {rule.name for _, rule in GAPLESS}
    at_tables = {(step.table, step.rule) for step in WRITTEN if isinstance(step, StepViolation) and step.table}
    assert at_tables == {(model.table, rule.name) for model, rule in GAPLESS if rule.name == "live_organization"}


def test_an_attempt_is_made_at_the_table_that_it_is_meant_for() -> None:
    """Where rules of one name stand at several tables, each is broken by its own attempts alone."""
    entered = [attempt for attempt in ATTEMPTS if attempt.rule.name == "live_organization"]
    assert len({(attempt.model.table, attempt.tried) for attempt in entered}) == len({a.tried for a in entered})


@attrs.frozen(kw_only=True, slots=True)
class Badge(Entity):
    """An entity of a host."""

    organization_id: OrganizationId
    id: OrganizationId
    text: str


@rules_of(Badge, "badges")
def badge_rules(badge: Badge) -> Iterator[Rule]:
    """What holds for every badge."""
    yield Check("badges_text_length", "A badge has at most 9 characters.", length(badge.text) <= 9)


def a_badge(scene: Scene) -> Badge:
    """A valid badge."""
    return Badge(organization_id=scene.organization.id, id=OrganizationId(scene.ids.new()), text="red")


def test_a_rule_without_an_attempt_is_an_error() -> None:
    """A rule that nobody tries to break is an error that names it; so is an entity of which there is no sample."""
    hosted = GAPLESS + badge_rules
    with pytest.raises(DeclarationError, match="no sample of Badge"):
        attempts(hosted)
    samples = {**SAMPLES, Badge: a_badge}
    with pytest.raises(DeclarationError, match="badges_text_length"):
        attempts(hosted, samples=samples)
    long = RowViolation("badges_text_length", "10 characters", {"text": "a" * 10})
    assert attempts(hosted, samples=samples, written=(*WRITTEN, long))[-1].rule.name == "badges_text_length"


@pytest.mark.parametrize("tried", of_tables(attempt for attempt in ATTEMPTS if attempt.entity))
def test_the_entity_refuses(tried: list[Attempt]) -> None:
    """The constructor, or the declaration of a rule that counts, refuses with the error that the rule calls for."""
    answers = {named(attempt): ask_entity(attempt, scene()).words for attempt in tried}
    assert {name: words for name, words in answers.items() if words != "refused"} == {}


async def asked_in_memory(attempt: Attempt, catalogue: Catalogue) -> Answer:
    """What an in-memory store of its own answers, on the scene of the attempt."""
    store = MemoryStore(catalogue)
    answer = await ask_store(attempt, store, await staged(store, IDS))
    await store.aclose()
    return answer


@pytest.mark.asyncio
@pytest.mark.parametrize("tried", of_tables(attempt for attempt in ATTEMPTS if attempt.store))
async def test_the_store_in_memory_refuses(tried: list[Attempt]) -> None:
    """The in-memory store refuses with the error that the rule calls for."""
    answers = {named(attempt): (await asked_in_memory(attempt, GAPLESS)).words for attempt in tried}
    assert {name: words for name, words in answers.items() if words != "refused"} == {}


@pytest.mark.asyncio
@pytest.mark.parametrize("tried", of_tables(attempt for attempt in ATTEMPTS if attempt.store and forgettable(attempt)))
async def test_a_store_that_has_forgotten_the_rule_does_not(tried: list[Attempt]) -> None:
    """A planted fault is caught: a store that lacks the rule does not refuse in its name."""
    forgetful = {rule: without(rule) for rule in {attempt.rule for attempt in tried}}
    answers = {named(attempt): await asked_in_memory(attempt, forgetful[attempt.rule]) for attempt in tried}
    unlike = (Verdict.ACCEPTED, Verdict.OTHER)
    assert {name: answer.words for name, answer in answers.items() if answer.verdict not in unlike} == {}


def test_an_entity_that_refuses_in_another_name_is_not_right() -> None:
    """An error that is not exactly the rule's is not taken for a refusal, and its name is given."""
    wanted = next(attempt for attempt in ATTEMPTS if attempt.rule.name == "check_name_length")
    unlike = next(attempt for attempt in ATTEMPTS if attempt.rule.name == "check_email_format")
    assert ask_entity(attrs.evolve(wanted, entity=unlike.entity), scene()).words == "check_email_format"
    assert ask_entity(attrs.evolve(wanted, entity=lambda _: 1 // 0), scene()).words == "ZeroDivisionError!"
    assert ask_entity(attrs.evolve(wanted, entity=lambda _: None), scene()).verdict is Verdict.ACCEPTED
    other_sentence = attrs.evolve(wanted, rule=Check("check_name_length", "Other words.", wanted.rule.holds))  # type: ignore[attr-defined]  # it is a check
    assert ask_entity(other_sentence, scene()).words == "check_name_length (other details)"


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
async def test_plain_sql_is_judged_by_table_and_name(
    moment: str, table: str, constraint: str | None, words: str
) -> None:
    """The server's error counts only if it names the table and the rule; the transaction is ended either way."""
    attempt = next(attempt for attempt in ATTEMPTS if attempt.rule.name == "check_name_length")
    connection = Scripted(moment, Refusal(table, constraint, None))
    assert (await ask_sql(attempt, connection, "gapless", scene())).words == words
    assert connection.statements[0] == "BEGIN"
    assert connection.statements[-1] == "ROLLBACK"


@pytest.mark.asyncio
async def test_plain_sql_names_no_constraint_for_null() -> None:
    """A required column is found by table and column, because PostgreSQL names no constraint for it."""
    attempt = next(attempt for attempt in ATTEMPTS if attempt.rule.name == "users_name_required")
    for refusal, words in (
        (Refusal("users", None, "name"), "refused"),
        (Refusal("users", None, "role"), "SQL: Refusal"),
    ):
        assert (await ask_sql(attempt, Scripted("INSERT", refusal), "gapless", scene())).words == words
    accepting = Scripted("nothing", Refusal("", None, None))
    assert (await ask_sql(attempt, accepting, "gapless", scene())).verdict is Verdict.ACCEPTED
    assert accepting.statements == ["BEGIN", "SELECT", "INSERT", "COMMIT"]


def test_what_sql_can_not_say_is_not_asked() -> None:
    """Plain SQL is asked about every rule but those of storability, which no literal can break, and what is filled."""
    asked = {attempt.rule.name for attempt in ATTEMPTS if attempt.sql}
    filled = {rule.name for model, rule in GAPLESS if {column.name for column in rule.columns} & model.filled.keys()}
    expected = {rule.name for _, rule in GAPLESS if can_refuse(rule) and not isinstance(rule, Storable)}
    assert asked == expected - filled
    assert all(isinstance(sql, PlainSql) for attempt in ATTEMPTS if attempt.sql for sql in attempt.sql(scene()))


def own(model: Model[Judged]) -> list[tuple[str, ...]]:
    """The columns that no two rows share: the key, and what is unique but for rows of which there is one at most."""
    uniques = [tuple(column.name for column in rule.columns) for rule in model.of_kind(Unique)]
    return [model.key, *(names for names in uniques if names != (TENANT,))]


@pytest.mark.parametrize("model", GAPLESS.models, ids=lambda model: str(model.table))
def test_samples_have_something_of_their_own(model: Model[Judged]) -> None:
    """Two samples of one scene differ in their keys and in everything unique, so they don't meet by accident."""
    here = scene()
    one, other = (SAMPLES[model.entity](here) for _ in range(2))
    for names in own(model):
        assert [getattr(one, name) for name in names] != [getattr(other, name) for name in names]


ADDED = [model for model in GAPLESS.models if model.entity not in GAPLESS.archives]
"""The entities whose rows the ports add."""


@pytest.mark.asyncio
@pytest.mark.parametrize("model", ADDED, ids=lambda model: str(model.table))
async def test_samples_are_accepted(model: Model[Judged]) -> None:
    """Every sample can be added to its scene, so that what is refused later is refused for what was spoiled."""
    store = MemoryStore(GAPLESS)
    here = await staged(store, IDS)
    sample = SAMPLES[model.entity](here)
    await (found(store, here, sample) if isinstance(sample, Organization) else add(store, here, sample))
    entities = cast("type[Entity]", model.entity)
    async with store.reading(OrganizationId(UUID(str(model.tenant_of(sample))))) as reading:
        assert model.key_of(sample) in [model.key_of(kept) for kept in await reading.of(entities).find()]
    await store.aclose()
