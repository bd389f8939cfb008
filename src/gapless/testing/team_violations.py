"""Violations of the rules over a team, `last_owner` and `team_members_quota`: every way in which a team can change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit.invariants import InvariantValidator
from gapless.kit.model import Judged
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import deleted, restored
from gapless.testing.attempts import CountedViolation, PlainSql, StepViolation
from gapless.testing.filling import room
from gapless.testing.rows import MOMENT, an_entry, an_organization
from gapless.testing.scenes import Scene
from gapless.testing.steps import insertion

Invariant: TypeAlias = InvariantValidator[Judged]
_OWNER = "organization_id = $1 AND id = $2"


def _asked(invariant: Invariant, scene: Scene, before: User | None, after: User | None, *there: User) -> None:
    """Asks the declaration about a change of one user, if these users are there before."""
    home = scene.organization, scene.organization
    invariant.require(home, [(before, after)], number=invariant.number(there))


def _owner_becomes(tried: str, change: Callable[[Scene], User], assignments: str) -> CountedViolation:
    """The only owner is changed so that there is none."""

    async def store(store: Store, scene: Scene) -> None:
        async with store.unit(scene.organization.id) as unit:
            await unit.of(User).save(change(scene), scene.entry())
            await unit.commit()

    def sql(scene: Scene) -> tuple[PlainSql, ...]:
        key = (scene.organization.id, scene.owner.id)
        return (PlainSql(f"UPDATE users SET {assignments} WHERE {_OWNER}", key),)  # noqa: S608  # our own words

    def steps(invariant: Invariant) -> StepViolation:
        def entity(scene: Scene) -> None:
            _asked(invariant, scene, scene.owner, change(scene), scene.owner)

        return StepViolation("last_owner", tried, store, sql=sql, entity=entity)

    return CountedViolation("last_owner", steps)


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


def _owner_goes(invariant: Invariant) -> StepViolation:
    def entity(scene: Scene) -> None:
        _asked(invariant, scene, scene.owner, None, scene.owner)

    return StepViolation("last_owner", "remove it", _remove_owner, sql=_delete_owner, entity=entity)


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
    CountedViolation("last_owner", _owner_goes),
    StepViolation("last_owner", "remove all users", _remove_every_user, sql=_delete_owner),
    StepViolation("last_owner", "truncate", None, sql=lambda _: (PlainSql("TRUNCATE users CASCADE"),)),
    StepViolation("last_owner", "found without one", _found_without_owner, sql=_insert_without_owner),
    StepViolation("last_owner", "restore without one", _restore_without_owner),
)


def _others(invariant: Invariant, scene: Scene) -> list[User]:
    """The members who take, beside the owner, all the seats that are left."""
    return [scene.member() for _ in range(room(invariant, scene.organization, scene.owner))]


async def _fill(store: Store, scene: Scene, users: list[User]) -> User:
    """Adds users; returns the last."""
    async with store.unit(scene.organization.id) as unit:
        added = await unit.of(User).add_all(users, scene.entry())
        await unit.commit()
    return added[-1]


def _too_many_at_once(invariant: Invariant) -> StepViolation:
    """One more than there are seats, in one statement."""

    async def store(store: Store, scene: Scene) -> None:
        await _fill(store, scene, [*_others(invariant, scene), scene.member()])

    return StepViolation("team_members_quota", "invite too many at once", store)


def _invitation(invariant: Invariant) -> StepViolation:
    """One more comes where all seats are taken."""

    async def store(store: Store, scene: Scene) -> None:
        if others := _others(invariant, scene):
            await _fill(store, scene, others)
        await _fill(store, scene, [scene.member()])

    def sql(scene: Scene) -> tuple[PlainSql, ...]:
        return tuple(map(insertion, (*_others(invariant, scene), scene.member())))

    def entity(scene: Scene) -> None:
        _asked(invariant, scene, None, scene.member(), scene.owner, *_others(invariant, scene))

    return StepViolation("team_members_quota", "invite into a full team", store, sql=sql, entity=entity)


def _seat_taken_by(
    tried: str, idle: Callable[[Scene], User], back: Callable[[User], User], assignments: str
) -> CountedViolation:
    """A user without a seat takes one where none is free."""

    def steps(invariant: Invariant) -> StepViolation:
        async def store(store: Store, scene: Scene) -> None:
            added = await _fill(store, scene, [*_others(invariant, scene), idle(scene)])
            async with store.unit(scene.organization.id) as unit:
                await unit.of(User).save(back(added), scene.entry())
                await unit.commit()

        def sql(scene: Scene) -> tuple[PlainSql, ...]:
            user = idle(scene)
            taking = f"UPDATE users SET {assignments} WHERE {_OWNER}"  # noqa: S608  # our own words
            there = map(insertion, (*_others(invariant, scene), user))
            return (*there, PlainSql(taking, (user.organization_id, user.id)))

        def entity(scene: Scene) -> None:
            user = idle(scene)
            _asked(invariant, scene, user, back(user), scene.owner, user, *_others(invariant, scene))

        return StepViolation("team_members_quota", tried, store, sql=sql, entity=entity)

    return CountedViolation("team_members_quota", steps)


TEAM_MEMBERS_QUOTA = (
    CountedViolation("team_members_quota", _invitation),
    CountedViolation("team_members_quota", _too_many_at_once),
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
