"""Tries to break every rule, and asks each enforcer what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

import asyncpg
import attrs

from gapless.cli.rules import kind_of
from gapless.kit import Index
from gapless.kit.catalogue import Catalogue
from gapless.kit.ports import IdFactory, Store
from gapless.testing.additions import added, stored
from gapless.testing.counterexamples.attempts import Attempt
from gapless.testing.enforcers import NOT_ASKED, Answer, Verdict, ask_entity, ask_sql, ask_store
from gapless.testing.factories import Factories
from gapless.testing.fixtures import Fixture, fixture_of


@attrs.frozen
class AttackedServer:
    """PostgreSQL without the library: a connection, and the schema that holds the tables."""

    connection: asyncpg.Connection
    schema: str


@attrs.frozen(kw_only=True)
class Enforcers:
    """Who is asked.

    Attributes:
        memory: the in-memory store.
        postgres: the store on PostgreSQL.
        server: asked in plain SQL as well; None if there is none.
    """

    memory: Store
    postgres: Store
    server: AttackedServer | None


@attrs.frozen(kw_only=True)
class Broken:
    """A rule, and what each enforcer said when it was to be broken.

    Attributes:
        id, origin, name, kind, table: the rule, as `gapless rules` lists it.
        tried: all that was tried.
        entity, memory, postgres: each enforcer's answer; the first wrong one, if there was one.
        in_sql: whether plain SQL can break it, where there is a server to ask.
    """

    id: str
    origin: str
    name: str
    kind: str
    table: str
    tried: tuple[str, ...]
    entity: Answer
    memory: Answer
    postgres: Answer
    in_sql: bool

    @property
    def differences(self) -> int:
        """How many enforcers were wrong; one, if nobody could ever be asked."""
        answers = (self.entity, self.memory, self.postgres)
        if all(answer.verdict is Verdict.NOT_ASKED for answer in answers):
            return int(not self.in_sql)
        return sum(not answer.is_right for answer in answers)


async def broken(
    attempts: Iterable[Attempt],
    factories: Factories,
    enforcers: Enforcers,
    ids: IdFactory,
    advance: Callable[[], None],
) -> tuple[Broken, ...]:
    """Makes every attempt, one after the other: some of them lock whole tables.

    Args:
        attempts: in the order of the rules.
        factories: make the rows on which they are made.
        enforcers: who is asked.
        ids: makes the ids of those rows.
        advance: is called after each attempt.
    """
    attacks = _Attacks(factories, enforcers, ids)
    found: list[Broken] = []
    for _, of_rule in groupby(attempts, lambda attempt: (attempt.model.table, attempt.rule.name)):
        made = list(of_rule)
        answers = []
        for attempt in made:
            answers.append(await _asked(attempt, attacks))
            advance()
        found.append(_rule(made, answers))
    return tuple(found)


@attrs.define
class _Attacks:
    """What all attempts need, and the fixture that they share as far as they leave it as it is.

    A store is asked on rows of its own each time, because an attempt may commit some steps before the one that is
    refused. The entity changes nothing, and plain SQL is one transaction.
    """

    factories: Factories
    enforcers: Enforcers
    ids: IdFactory
    shared: Fixture | None = None

    async def fixture(self) -> Fixture:
        """The fixture that is shared, with its rows on PostgreSQL."""
        if self.shared is None:
            self.shared = await stored(self.factories, self.enforcers.postgres, self.ids)
        return self.shared


async def _asked(attempt: Attempt, attacks: _Attacks) -> tuple[Answer, Answer, Answer]:
    entity = ask_entity(attempt, await attacks.fixture())
    memory, answers, server = NOT_ASKED, list[Answer](), attacks.enforcers.server
    if attempt.store is not None:
        made = fixture_of(attacks.factories, attacks.ids)
        here, there = attacks.enforcers.memory, attacks.enforcers.postgres
        memory = await ask_store(attempt, here, await added(here, made.afresh()))
        answers.append(await ask_store(attempt, there, await added(there, made.afresh())))
    if attempt.sql is not None and server is not None:
        answers.append(await ask_sql(attempt, server.connection, server.schema, await attacks.fixture()))
        if answers[-1].verdict is Verdict.ACCEPTED:
            attacks.shared = None
    return entity, memory, summed(answers)


def _rule(attempts: list[Attempt], answers: list[tuple[Answer, Answer, Answer]]) -> Broken:
    first = attempts[0]
    entity, memory, postgres = (summed(of_one) for of_one in zip(*answers, strict=True))
    return Broken(
        id=first.rule.source.id if first.rule.source else "",
        origin=first.rule.source.origin if first.rule.source else first.model.origin,
        name=first.rule.name,
        kind=kind_of(first.rule),
        table=first.model.table,
        tried=tuple(dict.fromkeys(attempt.tried for attempt in attempts)),
        entity=entity,
        memory=memory,
        postgres=postgres,
        in_sql=any(attempt.sql is not None for attempt in attempts),
    )


def summed(answers: Iterable[Answer]) -> Answer:
    """One answer for several: the first wrong one; else REFUSED, if anything was asked."""
    given = [answer for answer in answers if answer.verdict is not Verdict.NOT_ASKED]
    return next((answer for answer in given if not answer.is_right), given[0] if given else NOT_ASKED)


@attrs.frozen(kw_only=True)
class FoundIndex:
    """An index of the catalogue, and whether PostgreSQL has it; None if it was not asked."""

    id: str
    origin: str
    name: str
    table: str
    is_there: bool | None


async def indexes(catalogue: Catalogue, server: AttackedServer | None) -> tuple[FoundIndex, ...]:
    """Looks for every index of the catalogue: an index refuses nothing, but it was asked for."""
    there: set[tuple[str, str]] = set()
    if server is not None:
        query = "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = $1"
        there = {(row["tablename"], row["indexname"]) for row in await server.connection.fetch(query, server.schema)}
    return tuple(
        FoundIndex(
            id=rule.source.id if rule.source else "",
            origin=rule.source.origin if rule.source else model.origin,
            name=rule.name,
            table=model.table,
            is_there=None if server is None else (model.table, rule.name) in there,
        )
        for model, rule in catalogue
        if isinstance(rule, Index)
    )
