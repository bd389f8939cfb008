"""A host's own entities: one more rule is one more line of its declaration, and every store enforces it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import attrs
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import (
    AdmissionGuard,
    AtMost,
    Check,
    Entity,
    Model,
    OnDelete,
    Reference,
    Rule,
    Unique,
    length,
    matches,
    model_of,
    row,
    rules_of,
)
from gapless.kit.errors import NotFound, RuleViolated
from gapless.kit.ports import Repository, Store, UnitOfWork
from gapless.kit.soft_deletion import deleted
from tests.stores import store_of
from tests.voice.rows import IDS, NOW, a_deletion, an_audit_record, created

pytestmark = pytest.mark.asyncio


class Badge(Entity):
    """What the tests use of a badge for the door; its rules differ from test to test."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime
    colour: str
    version: int


MoreRules = Callable[[Badge, Reference], Iterator[Rule]]


def badges(more: MoreRules) -> Model[Badge]:
    """A fresh entity with a reference to its organization, and what is declared beyond."""

    @attrs.frozen(kw_only=True, slots=True)
    class DoorBadge(Entity):
        """A badge."""

        organization_id: OrganizationId
        id: UUID
        created_at: datetime
        colour: str
        version: int = 0

    @rules_of(DoorBadge, "badges", belongs_to=lambda badge: badge.organization_id)
    def badge_rules(badge: DoorBadge) -> Iterator[Rule]:
        home = Reference(
            "badges_organization_id_fkey", "It is somebody's.", badge.organization_id, Organization, OnDelete.CASCADE
        )
        yield home
        yield Check("badges_colour_length", "A colour has at most 40 characters.", length(badge.colour) <= 40)
        yield from more(badge, home)  # type: ignore[arg-type]  # the fields are the same

    return badge_rules  # type: ignore[return-value]  # as above


def a_badge(model: Model[Badge], organization_id: OrganizationId, colour: str) -> Badge:
    """A badge of a colour, which nobody has validated."""
    values = {"organization_id": organization_id, "id": IDS.new(), "created_at": NOW, "colour": colour, "version": 0}
    return model.construct_unvalidated(values)


def badges_of(unit: UnitOfWork, model: Model[Badge]) -> Repository[Badge, UUID]:
    """The repository of the badges."""
    return unit.of(model.entity)


@asynccontextmanager
async def opened(kind: str, engine: AsyncEngine, model: Model[Badge]) -> AsyncIterator[Store]:
    """A store of this kind for gapless and the badges; on PostgreSQL in a schema of its own."""
    async with store_of(kind, engine, GAPLESS + model, f"host_{IDS.new().hex}") as found:
        yield found


def nothing_more(_: Badge, __: Reference) -> Iterator[Rule]:
    """No rule beyond the reference."""
    yield from ()


def check(badge: Badge, _: Reference) -> Iterator[Rule]:
    """A rule over one row."""
    yield Check("badges_one_more", "The colour is in lower case.", matches(badge.colour, "[a-z]+"))


def unique(badge: Badge, _: Reference) -> Iterator[Rule]:
    """A rule over two rows."""
    yield Unique("badges_one_more", "Each colour is there once.", (badge.organization_id, badge.colour))


def at_most(badge: Badge, home: Reference) -> Iterator[Rule]:
    """A rule over many rows."""
    yield AtMost("badges_one_more", "There are two red ones at most.", home, of=badge.colour == "red", limit=2)


def admission(_: Badge, home: Reference) -> Iterator[Rule]:
    """A rule over a row and its organization."""
    yield AdmissionGuard("badges_one_more", "Nothing enters what is deleted.", home, row(Organization).is_live)


Breach = Callable[[Store, Model[Badge], Organization], Awaitable[object]]


async def add(store: Store, model: Model[Badge], organization: Organization, *colours: str) -> None:
    """Add badges of these colours, and commit."""
    async with store.unit(organization.id) as unit:
        for colour in colours:
            await badges_of(unit, model).add(a_badge(model, organization.id, colour))
        await unit.commit()


async def add_to_deleted(store: Store, model: Model[Badge], organization: Organization) -> None:
    """Delete the organization softly, then add a badge."""
    async with store.unit(organization.id) as unit:
        await unit.of(Organization).save(deleted(organization, a_deletion()), an_audit_record(organization.id))
        await unit.commit()
    await add(store, model, organization, "red")


BREACHES: dict[str, tuple[MoreRules, Breach]] = {
    "check": (check, lambda store, model, organization: add(store, model, organization, "RED")),
    "unique": (unique, lambda store, model, organization: add(store, model, organization, "red", "red")),
    "at most": (at_most, lambda store, model, organization: add(store, model, organization, *["red"] * 3)),
    "admission": (admission, add_to_deleted),
}


@pytest.mark.parametrize(("rule", "breach"), BREACHES.values(), ids=BREACHES.keys())
@pytest.mark.parametrize("kind", ["memory", "postgres"])
async def test_one_more_rule_is_one_more_line(kind: str, engine: AsyncEngine, rule: MoreRules, breach: Breach) -> None:
    """What is accepted without the rule is refused once the rule is declared, and nothing else was done for it."""
    without = badges(nothing_more)
    async with opened(kind, engine, without) as store:
        await breach(store, without, await created(store))
    declared = badges(rule)
    async with opened(kind, engine, declared) as store:
        organization = await created(store)
        with pytest.raises(RuleViolated) as caught:
            await breach(store, declared, organization)
        assert (caught.value.rule, caught.value.entity) == ("badges_one_more", "DoorBadge")
        assert caught.value.message == next(r.message for r in declared.rules if r.name == "badges_one_more")


@pytest.mark.parametrize("kind", ["memory", "postgres"])
async def test_repository_of_a_hosts_entity(kind: str, engine: AsyncEngine) -> None:
    """An entity that gapless never heard of has the whole repository, and goes with its organization."""
    model = badges(nothing_more)
    assert model_of(model.entity) is model
    async with opened(kind, engine, model) as store:
        organization = await created(store)
        async with store.unit(organization.id) as unit:
            repository = badges_of(unit, model)
            red, blue = await repository.add_all([a_badge(model, organization.id, c) for c in ("red", "blue")])
            saved = await repository.save(model.evolved(red, {"colour": "green"}))
            assert await repository.find(order=lambda badge: badge.colour) == (blue, saved)
            assert await repository.count(lambda badge: badge.colour == "green") == 1
            await repository.remove(blue)
            with pytest.raises(NotFound):
                await repository.get(blue.id)
            await unit.commit()
        async with store.unit(organization.id) as unit:
            await unit.of(Organization).remove(organization, an_audit_record(organization.id))
            await unit.commit()
        async with store.reading(organization.id) as reading:
            assert await reading.of(model.entity).count() == 0
