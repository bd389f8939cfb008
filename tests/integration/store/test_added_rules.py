"""Rules that a host adds to the voice service's rows: which of several is told, and what the use cases say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

import gapless
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import Role, User
from gapless.kit import (
    Actor,
    AtMost,
    Check,
    Entity,
    OnDelete,
    Reference,
    Rule,
    adds_rules_to,
    length,
    reference_of,
    rules_of,
    supplement,
)
from gapless.kit.errors import RuleViolated
from gapless.kit.ports import Store
from gapless.testing.additions import stored
from gapless.testing.factories import Factories
from gapless.testing.steps import add
from tests.stores import STORES, store_of
from tests.violations import IDS

pytestmark = pytest.mark.asyncio(loop_scope="session")
CLERK = Actor.system("clerk")


@attrs.frozen(kw_only=True, slots=True)
class Seats(Entity):
    """How many members an organization has agreed on."""

    organization_id: OrganizationId
    most: int = 2
    version: int = 0


@rules_of(Seats, "seats", belongs_to=lambda seats: seats.organization_id, key=("organization_id",))
def seats_rules(seats: Seats) -> Iterator[Rule]:
    """They are an organization's."""
    home = seats.organization_id
    yield Reference("seats_organization_fkey", "The organization is there.", home, Organization, OnDelete.CASCADE)


@adds_rules_to(User)
def member_rules(user: User) -> Iterator[Rule]:
    """Checks that stand before and behind those of the service by their names, and a limit."""
    yield Check("a_name_is_short", "A name is short.", length(user.name) <= 20)
    yield Check("z_name_is_short", "A name is short.", length(user.name) <= 20)
    home = reference_of(User, "users_organization_id_fkey")
    yield AtMost("members_agreed", "There are enough.", home, of=user.is_member, limit=supplement(Seats).most)


AGREED = GAPLESS + seats_rules + member_rules


@pytest_asyncio.fixture(loop_scope="session", scope="module", params=STORES)
async def store(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[Store]:
    """Each store of the catalogue."""
    async with store_of(request.param, engine, AGREED, "added_rules") as found:
        yield found


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("A" * 21, "a_name_is_short"),
        ("A" * 101, "a_name_is_short"),
        ("", "check_name_length"),
        ("A\0" * 30, "users_name_storable"),
    ],
)
async def test_the_first_by_name_is_told(store: Store, name: str, rule: str) -> None:
    """Among checks that a row breaks the first by name is told, whoever has declared it; data types come before all."""
    factories = Factories(AGREED)
    fixture = await stored(factories, store, IDS)
    row = AGREED.model(User).evolved(fixture.row(User), {"name": name})
    with pytest.raises(RuleViolated) as caught:
        await add(store, fixture, row)
    assert caught.value.rule == rule


async def test_the_use_cases_ask_for_an_added_limit() -> None:
    """Members are invited as long as the agreed limit lets them in, and a refusal for another reason tells it first."""
    async with gapless.open("memory:", catalogue=AGREED) as app:
        acme = await app.organizations.create("Acme", "acme", "ann@example.com", "Ann", actor=CLERK)
        home = acme.organization.id

        async def invited(email: str) -> User:
            return await app.members.invite(home, email, "Bob", Role.OPERATOR, actor=CLERK)

        bob = await invited("bob@example.com")
        for email in ("cyd@example.com", "ann@example.com"):
            with pytest.raises(RuleViolated, match="members_agreed"):
                await invited(email)
        async with app.store.unit(home) as unit:
            await unit.of(Seats).add(Seats(organization_id=home, most=3))
            await unit.commit()
        with pytest.raises(RuleViolated, match="users_email_unique"):
            await invited("ann@example.com")
        cyd = await invited("cyd@example.com")
        assert {bob.email, cyd.email} == {"bob@example.com", "cyd@example.com"}
