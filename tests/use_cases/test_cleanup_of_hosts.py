"""INTEGRITY-007 for a host with entities of its own: what of them keeps a row, and what goes along."""

from collections.abc import AsyncIterator, Iterator
from uuid import UUID, uuid4

import attrs
import pytest
import pytest_asyncio

from gapless.adapters.memory import MemoryStore
from gapless.domain.calls import Call, CallId
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import User
from gapless.kit import Entity, OnDelete, Reference, Rule, rules_of
from gapless.kit.ids import UserId
from gapless.kit.ports import Store
from gapless.kit.root_removal import keeping
from gapless.testing.laws.files import DocumentId, FolderId
from tests.stores import STORES
from tests.use_cases.deletions import (
    add_calls,
    blocked_in,
    deleted_long_ago,
    purge,
    removed_long_ago,
)
from tests.use_cases.hosts import host_store
from tests.use_cases.worlds import World, world_on
from tests.voice.hosted import HOSTED, Document, Folder, Stamp

INVOICES = "invoices_organization_id_fkey"


@attrs.frozen(kw_only=True, slots=True)
class Badge(Entity):
    """What a host pins on a call, perhaps."""

    organization_id: OrganizationId
    id: UUID
    call_id: CallId | None


@rules_of(Badge, "badges", belongs_to=lambda badge: badge.organization_id)
def badge_rules(badge: Badge) -> Iterator[Rule]:
    """A badge goes with its organization, and its call can't go before it."""
    yield Reference(
        "badges_organization_id_fkey", "It is somebody's.", badge.organization_id, Organization, OnDelete.CASCADE
    )
    yield Reference(
        "badges_call_id_fkey", "It keeps its call.", (badge.organization_id, badge.call_id), Call, OnDelete.RESTRICT
    )


@pytest_asyncio.fixture(params=STORES)
async def hosted(
    request: pytest.FixtureRequest, server_url: str, template: str, database_name: str
) -> AsyncIterator[World]:
    """An application of a host with folders, documents and stamps, on both stores."""
    async with host_store(request.param, HOSTED, server_url, template, f"{database_name}_hosted") as store:
        yield await hosted_on(store)


async def hosted_on(store: Store) -> World:
    """The application on a store, its cleanup told of the host's entities."""
    world = await world_on(store, f"acme-{uuid4().hex}")
    cleanup = attrs.evolve(world.app.cleanup, catalogue=HOSTED)
    return attrs.evolve(world, app=attrs.evolve(world.app, cleanup=cleanup))


def untold(world: World) -> World:
    """The same application, its cleanup not told of the host's entities: as the command line is not."""
    cleanup = attrs.evolve(world.app.cleanup, catalogue=GAPLESS)
    return attrs.evolve(world, app=attrs.evolve(world.app, cleanup=cleanup))


async def add_document(world: World, reviewer: UserId | None = None) -> Document:
    """Adds a document of the host's, in a folder; its reviewer can't be removed."""
    at = world.clock.now()
    folder = Folder(organization_id=world.home, id=FolderId(world.new_id()), created_at=at, name=uuid4().hex)
    document = Document(
        organization_id=world.home,
        id=DocumentId(world.new_id()),
        created_at=at,
        folder_id=folder.id,
        title="Handbook",
        reviewer_id=reviewer,
    )
    await world.add(folder, document)
    return document


def test_what_keeps_an_organization() -> None:
    """Of gapless its invoices; of a host whatever restricts the removal of the organization or of what goes along."""
    assert [reference.name for _, reference in keeping(GAPLESS)] == [INVOICES]
    assert [reference.name for _, reference in keeping(HOSTED)] == [
        INVOICES,
        "stamps_organization_id_fkey",
        "stamps_document_id_fkey",
    ]
    assert [reference.name for _, reference in keeping(GAPLESS + badge_rules)] == [INVOICES, "badges_call_id_fkey"]


@pytest.mark.asyncio
@pytest.mark.parametrize("batch", [1, 1000])
async def test_a_row_of_the_hosts_blocks(hosted: World, batch: int) -> None:
    """A row of the host's that restricts the removal blocks like an invoice, and nothing is touched."""
    document = await add_document(hosted)
    await add_calls(hosted, 2)
    at = hosted.clock.now()
    await hosted.add(Stamp(organization_id=hosted.home, id=hosted.new_id(), created_at=at, document_id=document.id))
    await deleted_long_ago(hosted)
    before = await hosted.everything(HOSTED)
    report = await purge(hosted, batch=batch)
    assert blocked_in(hosted, report) == [("Organization", "stamps_organization_id_fkey", 1)]
    assert await hosted.everything(HOSTED) == before


@pytest.mark.asyncio
@pytest.mark.parametrize("batch", [1, 1000])
@pytest.mark.parametrize("told", [False, True])
async def test_a_row_of_the_hosts_that_keeps_a_user_goes_along(hosted: World, batch: int, told: bool) -> None:
    """A document keeps its reviewer from being removed alone, and goes with both when the organization does."""
    bob = await hosted.member("Bob")
    await hosted.member("Eve")
    await add_document(hosted, reviewer=bob.id)
    await add_calls(hosted, 2)
    await deleted_long_ago(hosted)
    report = await purge(hosted if told else untold(hosted), batch=batch)
    assert report.roots == (hosted.home,)
    assert (report.rows["users"], report.rows["calls"], report.blocked) == (3, 2, ())
    assert await hosted.rows(Document) == ()
    assert await hosted.rows(User) == ()


@pytest.mark.asyncio
async def test_a_call_that_a_row_of_the_hosts_keeps_blocks() -> None:
    """A row that keeps a call blocks its organization, because the calls have to go first."""
    store = MemoryStore(GAPLESS + badge_rules)
    world = await world_on(store, "badged")
    world = attrs.evolve(
        world, app=attrs.evolve(world.app, cleanup=attrs.evolve(world.app.cleanup, catalogue=GAPLESS + badge_rules))
    )
    calls = await add_calls(world, 3)
    for call in (None, calls[1].id, calls[2].id):
        await world.add(Badge(organization_id=world.home, id=world.new_id(), call_id=call))
    await deleted_long_ago(world)
    before = await world.everything(GAPLESS)
    report = await purge(world, batch=1)
    assert blocked_in(world, report) == [("Organization", "badges_call_id_fkey", 2)]
    assert await world.everything(GAPLESS) == before


@pytest.mark.asyncio
async def test_a_refusal_that_only_the_store_knows(hosted: World) -> None:
    """What fits in one unit of work is all or nothing, so that a rule nobody told of leaves everything as it was."""
    document = await add_document(hosted)
    await add_calls(hosted, 2)
    at = hosted.clock.now()
    await hosted.add(Stamp(organization_id=hosted.home, id=hosted.new_id(), created_at=at, document_id=document.id))
    await deleted_long_ago(hosted)
    before = await hosted.everything(HOSTED)
    report = await purge(untold(hosted))
    assert blocked_in(hosted, report) == [("Organization", "stamps_organization_id_fkey", None)]
    assert await hosted.everything(HOSTED) == before


@pytest.mark.asyncio
@pytest.mark.parametrize("batch", [1, 2, 1000])
async def test_users_whom_a_rule_keeps_stay_alone(hosted: World, batch: int) -> None:
    """Of the expired users of a batch those whom a row of the host's keeps stay and are counted, the others go."""
    await hosted.save(attrs.evolve(hosted.organization, team_members_quota=20, phone_numbers_quota=20))
    users = [await hosted.member(name) for name in ("Bob", "Eve", "Tom", "Kim", "Lea", "Max", "Zoe")]
    for place in (1, 2, 5):
        await add_document(hosted, reviewer=users[place].id)
    for user in users:
        await removed_long_ago(hosted, user)
    report = await purge(hosted, batch=batch)
    assert blocked_in(hosted, report) == [("User", "documents_reviewer_id_fkey", 3)]
    assert report.rows["users"] == 4
    kept = [hosted.owner.id, *(users[place].id for place in (1, 2, 5))]
    assert [user.id for user in await hosted.rows(User)] == kept
