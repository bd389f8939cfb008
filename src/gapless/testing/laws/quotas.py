"""Law 12: a quota is checked at commit, on the final state, and only if a write made it pending."""

import attrs

from gapless.kit import AtMost
from gapless.kit.assignments import assign
from gapless.kit.ports import Store
from gapless.testing.laws.parts import Files, Team, rule_of
from gapless.testing.laws.refusals import commit_is_refused, small_team
from gapless.testing.laws.rows import NOW, an_audit_record


async def test_quota_is_checked_at_commit(store: Store, team: Team) -> None:
    """If one member too many is added, the commit is refused; as many members as there are seats are kept."""
    organization = await small_team(store, team, 3)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add_all(
            [team.a_member(organization.id) for _ in range(3)], an_audit_record(organization.id)
        )
        await commit_is_refused(unit, team.seats_rule)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add_all(
            [team.a_member(organization.id) for _ in range(2)], an_audit_record(organization.id)
        )
        await unit.commit()


async def test_member_over_quota_who_leaves_again(store: Store, team: Team) -> None:
    """A member over quota who leaves in the same unit is no violation: the final state is checked."""
    organization = await small_team(store, team, 1)
    async with store.unit(organization.id) as unit:
        extra = await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        await unit.of(team.member).remove(extra, an_audit_record(organization.id))
        await unit.commit()


async def test_quota_may_shrink(store: Store, team: Team) -> None:
    """A quota may shrink below the number of members; then only more members are refused."""
    organization = await small_team(store, team, 3)
    async with store.unit(organization.id) as unit:
        added = await unit.of(team.member).add_all(
            [team.a_member(organization.id) for _ in range(2)], an_audit_record(organization.id)
        )
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(team.root).save(
            attrs.evolve(organization, team_members_quota=1), an_audit_record(organization.id)
        )
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).save(added[0].renamed("Still here"), an_audit_record(organization.id))
        await unit.of(team.member).save(added[1].deactivated(NOW, None), an_audit_record(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add(
            team.a_member(organization.id, is_active=False), an_audit_record(organization.id)
        )
        await unit.commit()
    async with store.unit(organization.id) as unit:
        inactive = await unit.of(team.member).get(added[1].id)
        await unit.of(team.member).save(inactive.reactivated(), an_audit_record(organization.id))
        await commit_is_refused(unit, team.seats_rule)


async def test_pending_rule_checks_the_final_state(store: Store, team: Team) -> None:
    """Above the quota, a member who comes and leaves again makes the rule pending, and the commit is refused."""
    organization = await small_team(store, team, 2)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        await unit.of(team.root).save(
            attrs.evolve(organization, team_members_quota=1), an_audit_record(organization.id)
        )
        await commit_is_refused(unit, team.seats_rule)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(team.root).save(
            attrs.evolve(organization, team_members_quota=1), an_audit_record(organization.id)
        )
        await unit.commit()
    async with store.unit(organization.id) as unit:
        extra = await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        await unit.of(team.member).remove(extra, an_audit_record(organization.id))
        await commit_is_refused(unit, team.seats_rule)


async def test_quota_that_grows_first(store: Store, team: Team) -> None:
    """A quota that grows in the same unit makes room, whether it grows before or after the member comes."""
    for grown_first in (True, False):
        organization = await small_team(store, team, 1)
        async with store.unit(organization.id) as unit:
            grown = attrs.evolve(organization, team_members_quota=2)
            if grown_first:
                await unit.of(team.root).save(grown, an_audit_record(organization.id))
            await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
            if not grown_first:
                await unit.of(team.root).save(grown, an_audit_record(organization.id))
            await unit.commit()


async def test_limits_that_are_numbers(store: Store, team: Team, files: Files) -> None:
    """A limit that is a number in the declaration holds as a limit that is a field of the root does."""
    organization = await team.created(store)
    (owner,) = await team.members(store, organization.id)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(organization.id))
        drafts = [files.a_document(organization.id, folder.id, author_id=owner.id) for _ in range(3)]
        published = [draft.published(NOW) for draft in drafts]
        await unit.of(files.document).add_all(published[:2])
        third = await unit.of(files.document).add(published[2])
        assert third.is_published
        await commit_is_refused(unit, rule_of(files.document, AtMost))
    organization = await team.created(store, folders_quota=1)
    async with store.unit(organization.id) as unit:
        await unit.of(files.folder).add_all(
            [files.a_folder(organization.id), files.a_folder(organization.id, is_archived=True)]
        )
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(files.folder).update_where(
            lambda row: row.is_archived, lambda row: (assign(row.is_archived, False),), include_deleted=True
        )
        await commit_is_refused(unit, files.most_rule)


async def test_cascades_arm_rules(store: Store, team: Team, files: Files) -> None:
    """A row that a cascade removes counts as a row that has left."""
    organization = await team.created(store, folders_quota=1)
    async with store.unit(organization.id) as unit:
        top = await unit.of(files.folder).add(files.a_folder(organization.id))
        await unit.of(files.folder).add(files.a_folder(organization.id, parent_id=top.id))
        await unit.of(files.folder).add(files.a_folder(organization.id))
        await unit.of(files.folder).remove(top)
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert await reading.of(files.folder).count() == 1
