"""Violations of the rules that look at other rows than the one written, short of counting them, and at changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs

from gapless.domain.audit import AuditEntry
from gapless.domain.organizations import Organization
from gapless.domain.ports import Repository, Store
from gapless.domain.rules import model_of
from gapless.domain.rules.queries import assign
from gapless.domain.soft_deletion import Deletion, deleted, restored
from gapless.domain.users import Role, User
from gapless.domain.values import AuditEntryId, DeletionId, EmailAddress
from gapless.testing.attempts import PlainSql, StepViolation, insertion
from gapless.testing.scenes import MOMENT, Scene, a_user, an_entry, an_organization


def _namesake(scene: Scene) -> Organization:
    return attrs.evolve(an_organization(scene.ids), slug=scene.organization.slug)


def _owner(organization: Organization, scene: Scene) -> User:
    return a_user(organization.id, scene.ids, Role.OWNER)


def _insert_namesake(scene: Scene) -> tuple[PlainSql, ...]:
    namesake = _namesake(scene)
    return insertion(model_of(Organization), namesake), insertion(model_of(User), _owner(namesake, scene))


async def _found_namesake(store: Store, scene: Scene) -> None:
    namesake = _namesake(scene)
    async with store.founding(namesake.id) as unit:
        await unit.organizations.add(namesake, an_entry(namesake.id, scene.ids))
        await unit.users.add(_owner(namesake, scene), an_entry(namesake.id, scene.ids))
        await unit.commit()


async def _take_slug_of_deleted(store: Store, scene: Scene) -> None:
    await _delete_organization(store, scene)
    await _found_namesake(store, scene)


def _twin(scene: Scene) -> User:
    return attrs.evolve(scene.member(), email=scene.owner.email)


async def _invite_twin(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        await unit.users.add(_twin(scene), scene.entry())
        await unit.commit()


async def _become_twin(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        member = await unit.users.add(scene.member(), scene.entry())
        await unit.users.save(attrs.evolve(member, email=scene.owner.email), scene.entry())
        await unit.commit()


async def _twins_at_once(store: Store, scene: Scene) -> None:
    one, other = scene.member(), scene.member()
    async with store.unit(scene.organization.id) as unit:
        await unit.users.add_all((one, attrs.evolve(other, email=one.email)), scene.entry())
        await unit.commit()


async def _one_address_for_all(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        await unit.users.add(scene.member(), scene.entry())
        address = EmailAddress("all@acme.example")
        await unit.users.update_where(
            lambda user: user.is_live, lambda user: (assign(user.email, address),), scene.entry()
        )
        await unit.commit()


async def _restore_twin(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        gone = await unit.users.add(deleted(_twin(scene), _deletion(scene)), scene.entry())
        await unit.users.save(restored(gone), scene.entry())
        await unit.commit()


UNIQUE_VIOLATIONS = (
    StepViolation(
        "organizations_slug_unique",
        "found with a slug that is taken",
        _found_namesake,
        sql=_insert_namesake,
    ),
    StepViolation("organizations_slug_unique", "with that of a deleted one", _take_slug_of_deleted),
    StepViolation(
        "users_email_unique",
        "invite with an address that is taken",
        _invite_twin,
        sql=lambda scene: (insertion(model_of(User), _twin(scene)),),
    ),
    StepViolation("users_email_unique", "change to it", _become_twin),
    StepViolation("users_email_unique", "twice in one statement", _twins_at_once),
    StepViolation("users_email_unique", "one for all", _one_address_for_all),
    StepViolation("users_email_unique", "restore with it", _restore_twin),
)


def _deletion(scene: Scene) -> Deletion:
    return Deletion(id=DeletionId(scene.ids.new()), at=MOMENT, by=None)


async def _delete_organization(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        await unit.organizations.save(deleted(scene.organization, _deletion(scene)), scene.entry())
        await unit.commit()


async def _enter_deleted(store: Store, scene: Scene) -> None:
    await _delete_organization(store, scene)
    async with store.unit(scene.organization.id) as unit:
        await unit.users.add(scene.member(), scene.entry())
        await unit.commit()


async def _return_to_deleted(store: Store, scene: Scene) -> None:
    async with store.unit(scene.organization.id) as unit:
        gone = await unit.users.add(deleted(scene.member(), _deletion(scene)), scene.entry())
        await unit.commit()
    await _delete_organization(store, scene)
    async with store.unit(scene.organization.id) as unit:
        await unit.users.save(restored(gone), scene.entry())
        await unit.commit()


def _deleted_then(scene: Scene, *statements: PlainSql) -> tuple[PlainSql, ...]:
    deletion = "UPDATE organizations SET is_deleted = true, deleted_at = now() WHERE id = $1"
    return PlainSql(deletion, (scene.organization.id,)), *statements


def _sql_return(scene: Scene) -> tuple[PlainSql, ...]:
    gone = deleted(scene.member(), _deletion(scene))
    back = "UPDATE users SET is_deleted = false, deleted_at = null WHERE organization_id = $1 AND id = $2"
    return insertion(model_of(User), gone), *_deleted_then(scene, PlainSql(back, (gone.organization_id, gone.id)))


ENTRY_VIOLATIONS = (
    StepViolation(
        "live_organization",
        "invite into a deleted organization",
        _enter_deleted,
        sql=lambda scene: _deleted_then(scene, insertion(model_of(User), scene.member())),
    ),
    StepViolation("live_organization", "restore a user there", _return_to_deleted, sql=_sql_return),
)


def _tampering(
    tried: str, tamper: Callable[[Repository[AuditEntry, AuditEntryId], AuditEntry], Awaitable[object]], sql: str
) -> StepViolation:
    """An entry that is kept is tampered with."""

    async def store(store: Store, scene: Scene) -> None:
        async with store.unit(scene.organization.id) as unit:
            kept = await unit.audit_trail.add(scene.entry())
            await unit.commit()
        async with store.unit(scene.organization.id) as unit:
            await tamper(unit.of(AuditEntry), kept)
            await unit.commit()

    return StepViolation(
        "audit_logs_append_only", tried, store, sql=lambda scene: (PlainSql(sql, (scene.organization.id,)),)
    )


APPEND_ONLY_VIOLATIONS = (
    _tampering(
        "change an entry",
        lambda trail, entry: trail.save(attrs.evolve(entry, action="rule.forged")),
        "UPDATE audit_logs SET action = 'rule.forged' WHERE organization_id = $1",
    ),
    _tampering(
        "change all",
        lambda trail, _: trail.update_where(
            lambda entry: entry.resource_type == "rule", lambda entry: (assign(entry.resource_id, "2"),)
        ),
        "UPDATE audit_logs SET action = action WHERE organization_id = $1",
    ),
    _tampering(
        "remove an entry",
        lambda trail, entry: trail.remove(entry),
        "DELETE FROM audit_logs WHERE organization_id = $1",
    ),
    _tampering(
        "remove all",
        lambda trail, _: trail.delete_where(lambda entry: entry.resource_type == "rule"),
        "WITH gone AS (DELETE FROM audit_logs WHERE organization_id = $1 RETURNING 1) SELECT count(*) FROM gone",
    ),
    StepViolation("audit_logs_append_only", "truncate", None, sql=lambda _: (PlainSql("TRUNCATE audit_logs"),)),
)

TABLE_VIOLATIONS = (*UNIQUE_VIOLATIONS, *ENTRY_VIOLATIONS, *APPEND_ONLY_VIOLATIONS)
