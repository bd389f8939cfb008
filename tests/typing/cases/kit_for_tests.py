"""What a host's own tests take of gapless.testing, and what a store of its own takes of gapless.writing."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import assert_type

from hypothesis.strategies import SearchStrategy

from examples.tickets import HELP_DESK, Ticket, ticket_rules
from gapless import MemoryStore, Organization
from gapless.kit import Catalogue, Store
from gapless.testing import (
    Attempt,
    Factories,
    Fixture,
    Team,
    World,
    attempts,
    boundary,
    check_store,
    entities,
    fixture_of,
    worlds,
)
from gapless.testing.strategies import Edge
from gapless.writing import Opening, Transaction


class Heard(MemoryStore):
    """A store that knows of each transaction."""

    def transaction(self, opening: Opening) -> Transaction:
        """The transaction of a unit."""
        return super().transaction(opening)


class Deaf(MemoryStore):
    """A store that gives something else."""

    def transaction(self, opening: Opening) -> Opening:  # error: [override] reportIncompatibleMethodOverride
        """No transaction."""
        return opening


def opened(catalogue: Catalogue) -> AbstractAsyncContextManager[Store]:
    """Opens a store for one law."""
    raise NotImplementedError


async def right(factories: Factories, fixture: Fixture, world: World) -> None:
    """Programs that are meant so."""
    assert_type(entities(Ticket, title="Noise"), SearchStrategy[Ticket])
    assert_type(entities(HELP_DESK.model(Ticket), title="Noise"), SearchStrategy[Ticket])
    assert_type(boundary(HELP_DESK.model(Ticket).rules[0], HELP_DESK.model(Ticket)), tuple[Edge, ...])
    assert_type(worlds(HELP_DESK), SearchStrategy[World])
    assert_type(world.of(Ticket), tuple[Ticket, ...])
    assert_type(fixture.row(Ticket), Ticket)
    assert_type(attempts(factories), tuple[Attempt, ...])
    assert_type(fixture_of(factories), Fixture)
    await check_store(opened, only=["addresses"])


async def wrong(factories: Factories, world: World) -> None:
    """Programs that can't be meant so."""
    entities(HELP_DESK)  # error: [arg-type] reportArgumentType
    worlds(ticket_rules)  # error: [arg-type] reportArgumentType
    world.of("tickets")  # error: [arg-type] reportArgumentType
    fixture_of(HELP_DESK)  # error: [arg-type] reportArgumentType
    attempts(factories, written=world)  # error: [arg-type] reportArgumentType
    await check_store(MemoryStore(HELP_DESK))  # error: [arg-type] reportArgumentType
    Team.of(Ticket, Organization)  # error: [arg-type] reportCallIssue
