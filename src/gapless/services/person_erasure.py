"""The erasure of a person from the audit trail: the personal values go; who did what to which row, and when, stays."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from gapless.application.audit_records import Recorder, resource_id
from gapless.domain.organizations import OrganizationId
from gapless.domain.users import User
from gapless.kit import Model, all_of, any_of, is_null, model_of, negate
from gapless.kit.assignments import assign
from gapless.kit.audit import AuditRecord
from gapless.kit.columns import UNNUMBERED, BigInteger
from gapless.kit.errors import InvalidState, NotFound
from gapless.kit.ids import UserId
from gapless.kit.json_object import JsonObject
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.recorded_rows import resource_type
from gapless.kit.rights import Uses

WRITTEN = (Uses(AuditRecord, adds=True, changes=("before", "after", "ip_address", "user_agent")),)
ERASED = "user.erased"
"""The action of the audit record that an erasure adds."""
BATCH = 500
"""How many audit records one unit of work reads."""
PERSONAL = frozenset(column.name for column in model_of(User).columns if column.personal)


@attrs.frozen(kw_only=True)
class PersonErasure:
    """Removes the personal values of a removed user from the audit trail, in units of work of a bounded size.

    If a run was stopped, the next one finishes the work.

    Args:
        store: where the rows are kept, with the rights of jobs.
        organization_id: whose trail.
        user_id: the person.
        recorder: makes the recorder once the unit holds the organization's lock.
        trail: the model of audit records in the catalogue of the store.
    """

    _store: Store
    _organization_id: OrganizationId
    _user_id: UserId
    _recorder: Callable[[], Recorder]
    _trail: Model[AuditRecord]

    async def run(self) -> int:
        """Removes the values and adds the record of it; returns how many removals there were.

        Raises:
            AccessDenied: the store's role lacks a right that this needs; nothing was touched.
            NotFound: the organization never had this user, or there is no such organization.
            InvalidState: the user is not removed.
            InvalidValue, RuleViolated: what is given is not an actor.
        """
        self._trail.validate(self._record(0))  # an actor that none can hold is refused before anything is removed
        await self._store.require_rights(*WRITTEN)
        taken, reached = 0, UNNUMBERED
        while (page := await self._images(reached)) is not None:
            taken, reached = taken + page[0], page[1]
        while number := await self._origins():
            taken += number
        await self._tell(taken)
        return taken

    def _concerns(self, record: AuditRecord) -> bool:
        return all_of(record.resource_type == resource_type(User), record.resource_id == resource_id(self._user_id))

    def _comes_from(self, record: AuditRecord) -> bool:
        """The condition that an audit record says from where the user acted."""
        known = any_of(negate(is_null(record.ip_address)), negate(is_null(record.user_agent)))
        return all_of(record.user_id == self._user_id, known)

    async def _images(self, after: BigInteger) -> tuple[int, BigInteger] | None:
        """Removes the values from the next records about the user; returns how many held some, and the last number."""
        async with self._store.unit(self._organization_id) as unit:
            await self._require_removed(unit)
            records = await unit.audit_trail.find(
                lambda record: all_of(self._concerns(record), record.number > after),
                order=lambda record: record.number,
                limit=BATCH,
            )
            changed = [less for record in records if (less := _impersonal(record)) != record]
            for record in changed:
                await unit.of(AuditRecord).save(record)
            await unit.commit()
        return (len(changed), records[-1].number) if records else None

    async def _origins(self) -> int:
        """Removes from where the user acted from the first audit records that say so; returns how many there were."""
        async with self._store.unit(self._organization_id) as unit:
            await self._require_removed(unit)
            records = await unit.audit_trail.find(self._comes_from, order=lambda record: record.number, limit=BATCH)
            if not records:
                return 0
            number = await unit.of(AuditRecord).update_where(
                lambda record: all_of(self._comes_from(record), record.number <= records[-1].number),
                lambda record: (assign(record.ip_address, None), assign(record.user_agent, None)),
            )
            await unit.commit()
        return number

    async def _tell(self, taken: int) -> None:
        """Adds the record that the values are gone, unless nothing was removed and there is such a record already."""
        async with self._store.unit(self._organization_id) as unit:
            await self._require_removed(unit)
            told = await unit.audit_trail.count(lambda record: all_of(self._concerns(record), record.action == ERASED))
            if told and not taken:
                return
            await unit.audit_trail.add(self._record(taken))
            await unit.commit()

    def _record(self, taken: int) -> AuditRecord:
        """The audit record that the values are gone; without from where the actor acted if the actor is the person."""
        key, metadata = (self._organization_id, self._user_id), JsonObject({"taken": taken})
        record = self._recorder().remark(ERASED, User, key, metadata)
        return attrs.evolve(record, ip_address=None, user_agent=None) if record.user_id == self._user_id else record

    async def _require_removed(self, unit: UnitOfWork) -> None:
        if await unit.of(User).count(lambda user: all_of(user.id == self._user_id, user.is_live)):
            raise InvalidState(
                "User",
                self._user_id,
                f"User {self._user_id} is not removed: what is known of a member is erased once the member is removed "
                "(members.remove).",
            )
        ever = await unit.of(User).count(lambda user: user.id == self._user_id, include_deleted=True)
        if not ever and not await unit.audit_trail.count(
            lambda record: any_of(self._concerns(record), record.user_id == self._user_id)
        ):
            raise NotFound("User", self._user_id)


def _impersonal(record: AuditRecord) -> AuditRecord:
    """The audit record without the values of the person whom it is about."""
    return attrs.evolve(record, before=_kept(record.before), after=_kept(record.after))


def _kept(image: JsonObject | None) -> JsonObject | None:
    return None if image is None else image.only(image.keys() - PERSONAL)
