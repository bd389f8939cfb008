"""Erasure: personal values can be removed from append-only rows; nothing else changes or comes back."""

from collections.abc import Awaitable, Callable, Mapping
from typing import cast
from uuid import UUID

import attrs
import pytest

from gapless.kit import all_of, is_null, model_of, negate
from gapless.kit.assignments import Assignment, assign
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord
from gapless.kit.errors import RuleViolated
from gapless.kit.json_object import JsonObject
from gapless.kit.ports import Repository, Store, UnitOfWork
from gapless.testing.laws.parts import Team
from gapless.testing.laws.rows import an_audit_record

Records = Repository[AuditRecord, UUID]
WHOLE = {"before": JsonObject({"name": "Ann", "age": 1, "tags": ["a", "b"]}), "ip_address": "192.0.2.7"}
LESS: tuple[dict[str, object], ...] = (
    {"before": JsonObject({"age": 1, "tags": ["a", "b"]})},
    {"before": JsonObject({}), "ip_address": None},
    {"before": None},
)
NOT_LESS: dict[str, dict[str, object]] = {
    "nothing at all": {},
    "another text": {"ip_address": "192.0.2.8"},
    "an empty text": {"ip_address": ""},
    "a text that comes back": {"user_agent": "Mosaic"},
    "a document that comes back": {"after": JsonObject({})},
    "one more member": {"before": JsonObject({"name": "Ann", "age": 1, "tags": ["a", "b"], "role": "OWNER"})},
    "another member": {"before": JsonObject({"nickname": "Ann"})},
    "a member that is null": {"before": JsonObject({"name": None, "age": 1, "tags": ["a", "b"]})},
    "a number written otherwise": {"before": JsonObject({"age": 1.0})},
    "less within a member": {"before": JsonObject({"tags": ["a"]})},
    "something else along with it": {"ip_address": None, "action": "forged"},
    "metadata": {"metadata": JsonObject({})},
}


async def kept(store: Store, team: Team, entity: type[AuditRecord]) -> tuple[AuditRecord, Callable[[], UnitOfWork]]:
    """An audit record with values, in the trail or in the archive, and a function that opens a unit which finds it."""
    organization = await team.created(store)
    audit = an_audit_record(organization.id, metadata=JsonObject({"n": 1}), **WHOLE)
    async with store.unit(organization.id) as unit:
        audit = await unit.audit_trail.add(audit)
        if entity is ArchivedAuditRecord:
            await unit.of(team.root).remove(organization, an_audit_record(organization.id))
        await unit.commit()
    if entity is AuditRecord:
        return audit, lambda: store.unit(organization.id)
    return ArchivedAuditRecord(**attrs.asdict(audit, recurse=False)), lambda: store.creating(organization.id)


def changed(audit: AuditRecord, change: Mapping[str, object]) -> AuditRecord:
    """The audit record with other values, not validated."""
    return model_of(type(audit)).evolved(audit, change)


def records_of(unit: UnitOfWork, audit: AuditRecord) -> Records:
    """The repository of an audit record."""
    return cast(Records, unit.of(type(audit)))


@pytest.mark.parametrize("entity", [AuditRecord, ArchivedAuditRecord])
async def test_values_of_persons_can_be_taken_out(store: Store, team: Team, entity: type[AuditRecord]) -> None:
    """Texts become null and documents lose members; everything else stays, also the number and `recorded_at`."""
    audit, opened = await kept(store, team, entity)
    for less in LESS:
        async with opened() as unit:
            found = await records_of(unit, audit).get(audit.id)
            saved = await records_of(unit, audit).save(changed(found, less))
            assert saved == changed(found, less)
            await unit.commit()
    async with opened() as unit:
        found = await records_of(unit, audit).get(audit.id)
        assert found == attrs.evolve(audit, before=None, ip_address=None)
        assert (found.number, found.recorded_at) == (audit.number, audit.recorded_at)


@pytest.mark.parametrize("entity", [AuditRecord, ArchivedAuditRecord])
async def test_values_of_persons_can_be_taken_out_of_many(store: Store, team: Team, entity: type[AuditRecord]) -> None:
    """A set-based write removes values from each row that has them; it is refused if a row has none."""
    audit, opened = await kept(store, team, entity)

    def cleared(row: AuditRecord) -> tuple[Assignment, ...]:
        return (assign(row.ip_address, None), assign(row.user_agent, None))

    async with opened() as unit:
        audits = records_of(unit, audit)
        number = await audits.update_where(
            lambda row: all_of(row.id == audit.id, negate(is_null(row.ip_address))), cleared
        )
        assert (number, await audits.get(audit.id)) == (1, attrs.evolve(audit, ip_address=None))
        await unit.commit()
    async with opened() as unit:
        with pytest.raises(RuleViolated, match=model_of(entity).table):
            await records_of(unit, audit).update_where(lambda row: row.id == audit.id, cleared)


@pytest.mark.parametrize("entity", [AuditRecord, ArchivedAuditRecord])
async def test_nothing_else_changes_and_nothing_comes_back(store: Store, team: Team, entity: type[AuditRecord]) -> None:
    """A write that removes nothing, adds something, or changes anything else is refused as a whole."""
    audit, opened = await kept(store, team, entity)

    def saving(change: dict[str, object]) -> Callable[[Records], Awaitable[object]]:
        return lambda audits: audits.save(changed(audit, change))

    def assigning(change: dict[str, object]) -> Callable[[Records], Awaitable[object]]:
        return lambda audits: audits.update_where(
            lambda row: row.id == audit.id,
            lambda row: tuple(assign(getattr(row, name), value) for name, value in change.items()),
        )

    for change in NOT_LESS.values():
        for write in (saving(change), assigning(change))[: 2 if change else 1]:
            async with opened() as unit:
                with pytest.raises(RuleViolated) as caught:
                    await write(records_of(unit, audit))
            assert caught.value.rule == f"{model_of(entity).table}_append_only"
    async with opened() as unit:
        assert await records_of(unit, audit).get(audit.id) == audit
