"""Admission guards: a row enters a root only while that is live, by whichever write it comes."""

from collections.abc import Awaitable, Callable

import attrs
import pytest

from gapless.kit import AdmissionGuard
from gapless.kit.assignments import assign
from gapless.kit.errors import RuleViolated
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.soft_deletion import deleted, restored
from gapless.testing.laws.members import Member
from gapless.testing.laws.parts import Files, Team, rule_of
from gapless.testing.laws.rows import NOW, a_deletion, an_audit_record, fresh_id
from gapless.testing.laws.workspaces import Workspace


async def _left_in(store: Store, team: Team, organization: Workspace) -> tuple[Member, Member]:
    """Deletes a root with an inactive and a deleted member in it."""
    home = organization.id
    async with store.unit(home) as unit:
        inactive, gone = await unit.of(team.member).add_all(
            [team.a_member(home, is_active=False), team.a_member(home)], an_audit_record(home)
        )
        gone = await unit.of(team.member).save(deleted(gone, a_deletion()), an_audit_record(home))
        await unit.of(team.root).save(deleted(organization, a_deletion()), an_audit_record(home))
        await unit.commit()
    return inactive, gone


async def test_nothing_enters_a_deleted_organization(store: Store, team: Team) -> None:
    """No write lets a member enter a deleted root; members who are in it can change and leave."""
    organization = await team.created(store)
    home = organization.id
    inactive, gone = await _left_in(store, team, organization)
    born_deleted = team.a_member(home, is_deleted=True, deleted_at=NOW)
    entering: list[Callable[[UnitOfWork], Awaitable[object]]] = [
        lambda unit: unit.of(team.member).add(team.a_member(home), an_audit_record(home)),
        lambda unit: unit.of(team.member).add(born_deleted, an_audit_record(home)),
        lambda unit: unit.of(team.member).save(restored(gone), an_audit_record(home)),
        lambda unit: unit.of(team.member).update_where(
            lambda row: row.is_deleted,
            lambda row: (assign(row.is_deleted, False), assign(row.deleted_at, None)),
            an_audit_record(home),
            include_deleted=True,
        ),
    ]
    for write in entering:
        async with store.unit(home) as unit:
            with pytest.raises(RuleViolated) as caught:
                await write(unit)
        assert caught.value.rule == team.admission_rule
    async with store.unit(home) as unit:
        await unit.of(team.member).save(inactive.reactivated(), an_audit_record(home))
        await unit.of(team.member).remove(gone, an_audit_record(home))
        await unit.commit()


async def test_only_what_is_inside_enters(store: Store, team: Team, files: Files) -> None:
    """An admission guard for some rows is checked when a row becomes one of them, and lets all other rows in."""
    organization = await team.created(store)
    home = organization.id
    async with store.unit(home) as unit:
        archived = await unit.of(files.folder).add(files.a_folder(home, is_archived=True))
        await unit.of(team.root).save(deleted(organization, a_deletion()), an_audit_record(home))
        await unit.commit()
    entering: list[Callable[[UnitOfWork], Awaitable[object]]] = [
        lambda unit: unit.of(files.folder).add(files.a_folder(home)),
        lambda unit: unit.of(files.folder).save(attrs.evolve(archived, is_archived=False)),
    ]
    for write in entering:
        async with store.unit(home) as unit:
            with pytest.raises(RuleViolated) as caught:
                await write(unit)
        assert caught.value.rule == rule_of(files.folder, AdmissionGuard)
    async with store.unit(home) as unit:
        await unit.of(files.folder).add(files.a_folder(home, is_archived=True))
        await unit.commit()


async def test_entering_before_the_organization_goes(store: Store, team: Team) -> None:
    """A row may enter in a unit that deletes the root afterwards, and in a unit that has restored it before."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        gone = await unit.of(team.root).save(deleted(organization, a_deletion()), an_audit_record(organization.id))
        await unit.commit()
    async with store.unit(organization.id) as unit:
        await unit.of(team.root).save(restored(gone), an_audit_record(organization.id))
        await unit.of(team.member).add(team.a_member(organization.id, id=fresh_id()), an_audit_record(organization.id))
        await unit.commit()
