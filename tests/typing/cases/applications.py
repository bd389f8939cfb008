"""What a host calls: the application with its use cases, and what it hands to it."""

from __future__ import annotations

from typing import assert_type

import gapless
from examples.tickets import HELP_DESK
from gapless import Actor, Gapless, GaplessError, MemoryStore, Organization, OrganizationId, RuleViolated, User
from gapless.kit import Clock, OutboxEvent, Source, Store, UserId
from gapless.postgres import PostgresStore, create_engine, migrate


async def handle(event: OutboxEvent) -> None:
    """Delivers an event."""
    assert_type(event.kind, str)


def forget(event: OutboxEvent) -> None:
    """Delivers nothing, and can't be awaited."""


class NoClock:
    """Tells the time as a text."""

    def now(self) -> str:
        """The time."""
        return "now"


async def right(actor: Actor) -> None:
    """Programs that are meant so."""
    async with gapless.open("memory:", catalogue=HELP_DESK, event_handler=handle) as app:
        assert_type(app, Gapless)
        assert_type(app.store, Store)
        created = await app.organizations.create("Acme", "acme", "ann@example.com", "Ann", actor=actor)
        assert_type(created.organization, Organization)
        assert_type(created.owner, User)
        assert_type(created.owner.id, UserId)
        try:
            await app.organizations.rename(created.organization.id, "Acme", actor=actor)
        except RuleViolated as refusal:
            assert_type((refusal.rule, refusal.fields, refusal.source), tuple[str, tuple[str, ...], Source | None])
        except GaplessError as error:
            assert_type((error.code, error.message), tuple[str, str])
    await migrate(create_engine("postgresql://localhost/gapless"))


def stores(memory: MemoryStore, postgres: PostgresStore) -> tuple[Store, Store]:
    """Both stores are stores."""
    return memory, postgres


async def wrong(app: Gapless, home: OrganizationId, colleague: UserId, actor: Actor) -> None:
    """Programs that can't be meant so."""
    gapless.open(1)  # error: [arg-type] reportArgumentType
    gapless.open("memory:", catalog=HELP_DESK)  # error: [call-arg] reportCallIssue
    gapless.open("memory:", event_handler=forget)  # error: [arg-type] reportArgumentType
    gapless.open("memory:", clock=NoClock())  # error: [arg-type] reportArgumentType
    with gapless.open("memory:"):  # error: [attr-defined] reportGeneralTypeIssues
        pass
    await app.organizations.rename(home, "Acme")  # error: [call-arg] reportCallIssue
    await app.organizations.rename(colleague, "Acme", actor=actor)  # error: [arg-type] reportArgumentType
    await app.organization.rename(home, "Acme", actor=actor)  # error: [attr-defined] reportAttributeAccessIssue
    Actor.user(None)  # error: [arg-type] reportArgumentType
    clock: Clock = NoClock()  # error: [assignment] reportAssignmentType
    store: Store = clock  # error: [assignment] reportAssignmentType
    await store.aclose()
    await migrate("postgresql://localhost/gapless")  # error: [arg-type] reportArgumentType
