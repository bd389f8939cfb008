"""Violations of the rules over a team, `last_owner` and `team_members_quota`: every way in which a team can change."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from gapless.domain.organizations import Organization
from gapless.domain.team import Team
from gapless.domain.users import Role, User
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import deleted, restored
from gapless.testing.attempts import PlainSql, StepViolation
from gapless.testing.rows import MOMENT, a_user, an_entry, an_organization
from gapless.testing.scenes import Scene
from gapless.testing.steps import insertion

_OWNER = "organization_id = $1 AND id = $2"


def _team(scene: Scene, seats: int) -> Team:
    return Team(organization=attrs.evolve(scene.organization, team_members_quota=seats), owners=1, members=1)


def _owner_becomes(tried: str, change: Callable[[Scene], User], assignments: str) -> StepViolation:
    """The only owner is changed so that there is none."""

    async def store(store: Store, scene: Scene) -> None:
        async with store.unit(scene.organization.id) as unit:
            await unit.of(User).save(change(scene), scene.entry())
            await unit.commit()

    def sql(scene: Scene) -> tuple[PlainSql, ...]:
        key = (scene.organization.id, scene.owner.id)
        return (PlainSql(f"UPDATE users SET {assignments} WHERE {_OWNER}", key),)  # noqa: S608  # our own words

    def entity(scene: Scene) -> object:
        return _team(scene, 2).replacing(scene.owner, change(scene))

    return StepViolation("last_owner", tried, store, sql=sql, entity=entity)


async def _remove_owner(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        await unit.of(User).remove(scene.owner, scene.entry())
        await unit.commit()


async def _remove_every_user(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        await unit.of(User).delete_where(lambda user: user.is_live, scene.entry())
        await unit.commit()


def _delete_owner(scene: Scene) -> tuple[PlainSql, ...]:
    return (PlainSql("DELETE FROM users WHERE id = $1", (scene.owner.id,)),)


async def _found_without_owner(store: Store, scene: Scene) -> None:
    organization = an_organization(scene.ids)
    async with store.founding(organization.id) as unit:
        await unit.of(Organization).add(organization, an_entry(organization.id, scene.ids))
        await unit.commit()


def _insert_without_owner(scene: Scene) -> tuple[PlainSql, ...]:
    organization = an_organization(scene.ids)
    return (insertion(organization),)


async def _restore_without_owner(store: Store, scene: Scene) -> None:
    """The organization and its owner are deleted, and the organization alone is restored."""
    deletion = scene.deletion()
    async with store.unit(scene.organization.id) as unit:
        gone = await unit.of(Organization).save(deleted(scene.organization, deletion), scene.entry())
        await unit.of(User).save(deleted(scene.owner, deletion), scene.entry())
        await unit.commit()
    async with store.unit(scene.organization.id) as unit:
        await unit.of(Organization).save(restored(gone), scene.entry())
        await unit.commit()


LAST_OWNER = (
    _owner_becomes("demote the only owner", lambda scene: scene.owner.with_role(Role.ADMIN), "role = 'ADMIN'"),
    _owner_becomes(
        "deactivate it",
        lambda scene: scene.owner.deactivated(MOMENT, None),
        "is_active = false, deactivated_at = now()",
    ),
    _owner_becomes(
        "delete it softly",
        lambda scene: deleted(scene.owner, scene.deletion()),
        "is_deleted = true, deleted_at = now()",
    ),
    StepViolation(
        "last_owner",
        "remove it",
        _remove_owner,
        sql=_delete_owner,
        entity=lambda scene: _team(scene, 2).replacing(scene.owner, None),
    ),
    StepViolation("last_owner", "remove all users", _remove_every_user, sql=_delete_owner),
    StepViolation("last_owner", "truncate", None, sql=lambda _: (PlainSql("TRUNCATE users CASCADE"),)),
    StepViolation("last_owner", "found without one", _found_without_owner, sql=_insert_without_owner),
    StepViolation("last_owner", "restore without one", _restore_without_owner),
)


def _full(scene: Scene) -> PlainSql:
    return PlainSql("UPDATE organizations SET team_members_quota = 1 WHERE id = $1", (scene.organization.id,))


async def _fill(store: Store, scene: Scene, idle: User | None) -> User | None:
    """Leaves the organization one seat, the owner's; adds a user without a seat, if one is given."""
    async with store.unit(scene.organization.id) as unit:
        smaller = attrs.evolve(scene.organization, team_members_quota=1)
        await unit.of(Organization).save(smaller, scene.entry())
        added = None if idle is None else await unit.of(User).add(idle, scene.entry())
        await unit.commit()
    return added


async def _invite(store: Store, scene: Scene) -> None:
    await _fill(store, scene, None)
    async with store.unit(scene.organization.id) as unit:
        await unit.of(User).add(scene.member(), scene.entry())
        await unit.commit()


async def _invite_many(store: Store, scene: Scene) -> None:
    """One more than there are seats, in one statement."""
    members = [scene.member() for _ in range(scene.organization.team_members_quota)]
    async with store.unit(scene.organization.id) as unit:
        await unit.of(User).add_all(members, scene.entry())
        await unit.commit()


def _insert_member(scene: Scene) -> tuple[PlainSql, ...]:
    return _full(scene), insertion(scene.member())


def _seat_taken_by(
    tried: str, idle: Callable[[Scene], User], back: Callable[[User], User], assignments: str
) -> StepViolation:
    """A user without a seat takes one where none is free."""

    async def store(store: Store, scene: Scene) -> None:
        added = await _fill(store, scene, idle(scene))
        async with store.unit(scene.organization.id) as unit:
            if added is not None:
                await unit.of(User).save(back(added), scene.entry())
            await unit.commit()

    def sql(scene: Scene) -> tuple[PlainSql, ...]:
        user = idle(scene)
        taking = f"UPDATE users SET {assignments} WHERE {_OWNER}"  # noqa: S608  # our own words
        return _full(scene), insertion(user), PlainSql(taking, (user.organization_id, user.id))

    def entity(scene: Scene) -> object:
        user = idle(scene)
        return _team(scene, 1).replacing(user, back(user))

    return StepViolation("team_members_quota", tried, store, sql=sql, entity=entity)


TEAM_MEMBERS_QUOTA = (
    StepViolation(
        "team_members_quota",
        "invite into a full team",
        _invite,
        sql=_insert_member,
        entity=lambda scene: _team(scene, 1).replacing(None, a_user(scene.organization.id, scene.ids, Role.ADMIN)),
    ),
    StepViolation("team_members_quota", "invite too many at once", _invite_many),
    _seat_taken_by(
        "reactivate",
        lambda scene: scene.member().deactivated(MOMENT, None),
        lambda user: user.reactivated(),
        "is_active = true, deactivated_at = null",
    ),
    _seat_taken_by(
        "restore",
        lambda scene: deleted(scene.member(), scene.deletion()),
        restored,
        "is_deleted = false, deleted_at = null",
    ),
)

TEAM_VIOLATIONS = (*LAST_OWNER, *TEAM_MEMBERS_QUOTA)
