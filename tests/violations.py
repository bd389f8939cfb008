"""The violations of all rules as cases of tests: those at one table are one case, which names each that fails.

What is tried is derived when a case runs, and not when the tests are collected: a rule that nobody tries to break fails
where it is asked about, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import groupby

import attrs
import pytest

from gapless.adapters.system import UuidV7Factory
from gapless.adapters.writing.unit import Unit
from gapless.demo.violations import PLACE, WRITTEN
from gapless.domain.catalogue import GAPLESS
from gapless.kit.model import Model, Validated
from gapless.kit.ports import Store
from gapless.testing.additions import stored
from gapless.testing.counterexamples.attempts import Attempt
from gapless.testing.enforcers import Answer, ask_store
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture
from gapless.testing.violations import attempts_at, can_refuse

FACTORIES = Factories(GAPLESS)
IDS = UuidV7Factory()
TABLES = [pytest.param(model, id=model.table) for model in GAPLESS.models]
"""The cases: the model of each table."""


@cache
def attempts_of(model: Model[Validated]) -> tuple[Attempt, ...]:
    """Every attempt to break the rules of a model of the voice service."""
    rules = [rule for rule in model.rules if can_refuse(rule)]
    return tuple(
        attempt for rule in rules for attempt in attempts_at(FACTORIES, model, rule, written=WRITTEN, place=PLACE)
    )


def every_attempt(rule: str | None = None) -> tuple[Attempt, ...]:
    """All attempts, or those at the rule of this name."""
    made = tuple(attempt for model in GAPLESS.models for attempt in attempts_of(model))
    return made if rule is None else tuple(attempt for attempt in made if attempt.rule.name == rule)


def few_of_each() -> tuple[Attempt, ...]:
    """Of the attempts at each rule the first ones that the entity and a store are asked about, and the last one.

    Each enforcer is asked about all of them by test_declared_once.py and by test_every_rule.py.
    """
    found: list[Attempt] = []
    for _, of_rule in groupby(every_attempt(), lambda made: (made.model.table, made.rule.name)):
        made = [*of_rule]
        first = (next((each for each in made if asked(each)), made[0]) for asked in (asks_entity, asks_store))
        kept = (*first, made[-1])
        found += [each for each in made if any(each is one for one in kept)]
    return tuple(found)


def asks_entity(made: Attempt) -> bool:
    """Whether the entity is asked."""
    return made.entity is not None


def asks_store(made: Attempt) -> bool:
    """Whether a store is asked."""
    return made.store is not None


def rules_where(asked: Callable[[Attempt], bool]) -> int:
    """How many rules there are that an enforcer can be asked about."""
    return len({(made.model.table, made.rule.name) for made in every_attempt() if asked(made)})


def attempt_at(name: str) -> Attempt:
    """The first attempt to break the rule of this name that plain SQL can make, or the first at all."""
    found = every_attempt(name)
    return next((attempt for attempt in found if attempt.sql), found[0])


def named(attempt: Attempt) -> str:
    """What was tried, for a message."""
    return f"{attempt.rule.name}: {attempt.tried}"


@attrs.define
class Stage:
    """A store with rows for attempts: a store forgets what it refuses, so the next attempt finds them as they were.

    After an attempt that has committed something, as a row that is to be changed, the next one has rows of its own.
    """

    store: Store
    factories: Factories = FACTORIES
    _fixture: Fixture | None = None

    async def fixture(self) -> Fixture:
        """The rows for the next attempt."""
        if self._fixture is None:
            self._fixture = await stored(self.factories, self.store, IDS)
        return self._fixture

    async def ask(self, attempt: Attempt) -> Answer:
        """What the store answers to an attempt."""
        fixture = await self.fixture()
        with commits() as counted:
            answer = await ask_store(attempt, self.store, fixture)
        if counted:
            self._fixture = None
        return answer


@contextmanager
def commits() -> Iterator[list[Unit]]:
    """The units of work that are committed meanwhile, whichever store they are of."""
    committed, commit = list[Unit](), Unit.commit

    async def counted(unit: Unit) -> None:
        await commit(unit)
        committed.append(unit)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Unit, "commit", counted)
        yield committed
