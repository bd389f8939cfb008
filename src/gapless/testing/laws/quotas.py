"""Law 12: a bound over many rows is judged at commit, on the final state, and only if a write put it in question."""

import attrs

from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit.ports import Store
from gapless.kit.queries import assign
from gapless.testing.laws.refusing import commit_is_refused, small_team
from gapless.testing.voice.hosted import Document, Folder, Status
from gapless.testing.voice.rows import (
    NOW,
    a_document,
    a_folder,
    a_user,
    an_entry,
    founded,
    members,
)


async def test_quota_is_judged_at_commit(store: Store) -> None:
    """One member too many is added, and refused by the commit; as many as there are seats are kept."""
    organization = await small_team(store, 3)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add_all([a_user(organization.id) for _ in range(3)], an_entry(organization.id))
        await commit_is_refused(unit, "team_members_quota")
    async with store.unit(organization.id) as unit:
        await unit.of(User).add_all([a_user(organization.id) for _ in range(2)], an_entry(organization.id))
        await unit.commit()


async def test_member_over_quota_who_leaves_again(store: Store) -> None:
    """A member over quota who leaves in the same unit is no violation: the final state is judged."""
    organization = await small_team(store, 1)
    async with store.unit(organization.id) as unit:
        extra = await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
        await unit.of(User).remove(extra, an_entry(organization.id))
        await unit.commit()


async def test_quota_may_shrink(store: Store) -> None:
    """A quota that shrinks below its usage is kept, everything but growth goes on, and growth is refused."""
    organization = await small_team(store, 3)
    async with store.unit(organization.id) as unit:
        added = await unit.of(User).add_all([a_user(organization.id) for _ in range(2)], an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(Organization).save(attrs.evolve(organization, team_members_quota=1), an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(User).save(added[0].renamed("Still here"), an_entry(organization.id))
        await unit.of(User).save(added[1].deactivated(NOW, None), an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id, is_active=False), an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        inactive = await unit.of(User).get(added[1].id)
        await unit.of(User).save(inactive.reactivated(), an_entry(organization.id))
        await commit_is_refused(unit, "team_members_quota")


async def test_armed_rule_judges_the_final_state(store: Store) -> None:
    """Over its quota, a member who came and left again puts the rule in question, and it finds too many."""
    organization = await small_team(store, 2)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
        await unit.of(Organization).save(attrs.evolve(organization, team_members_quota=1), an_entry(organization.id))
        await commit_is_refused(unit, "team_members_quota")
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(Organization).save(attrs.evolve(organization, team_members_quota=1), an_entry(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        extra = await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
        await unit.of(User).remove(extra, an_entry(organization.id))
        await commit_is_refused(unit, "team_members_quota")


async def test_quota_that_grows_first(store: Store) -> None:
    """A quota that grows in the same unit makes room, whether before or after the member came."""
    for grown_first in (True, False):
        organization = await small_team(store, 1)
        async with store.unit(organization.id) as unit:
            grown = attrs.evolve(organization, team_members_quota=2)
            if grown_first:
                await unit.of(Organization).save(grown, an_entry(organization.id))
            await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
            if not grown_first:
                await unit.of(Organization).save(grown, an_entry(organization.id))
            await unit.commit()


async def test_limits_that_are_numbers(store: Store) -> None:
    """A bound that is a number in the declaration holds as one that is a field of the organization."""
    organization = await founded(store)
    (owner,) = await members(store, organization.id)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(Folder).add(a_folder(organization.id))
        drafts = [a_document(organization.id, folder.id, author_id=owner.id) for _ in range(3)]
        published = [attrs.evolve(draft, status=Status.PUBLISHED, published_at=NOW) for draft in drafts]
        await unit.of(Document).add_all(published[:2])
        third = await unit.of(Document).add(published[2])
        assert third.is_published
        await commit_is_refused(unit, "documents_published_most")
    organization = await founded(store, phone_numbers_quota=1)
    async with store.unit(organization.id) as unit:
        await unit.of(Folder).add_all([a_folder(organization.id), a_folder(organization.id, is_archived=True)])
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(Folder).update_where(
            lambda row: row.is_archived, lambda row: (assign(row.is_archived, False),), include_deleted=True
        )
        await commit_is_refused(unit, "folders_most")


async def test_cascades_arm_rules(store: Store) -> None:
    """A row that a cascade removes counts as one that left."""
    organization = await founded(store, phone_numbers_quota=1)
    async with store.unit(organization.id) as unit:
        top = await unit.of(Folder).add(a_folder(organization.id))
        await unit.of(Folder).add(a_folder(organization.id, parent_id=top.id))
        await unit.of(Folder).add(a_folder(organization.id))
        await unit.of(Folder).remove(top)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert await reading.of(Folder).count() == 1
