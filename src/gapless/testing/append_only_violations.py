"""Violations of what is append-only: an entry of the trail, or of its archive, is changed or taken away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast
from uuid import UUID

import attrs

from gapless.kit import model_of
from gapless.kit.audit import ArchivedEntry, AuditEntry
from gapless.kit.json_object import JsonObject
from gapless.kit.ports import Repository, Store
from gapless.kit.queries import assign
from gapless.testing.attempts import PlainSql, StepViolation
from gapless.testing.scenes import SAMPLES, Scene
from gapless.testing.steps import add, insertion

Entries = Repository[AuditEntry, UUID]
Tamper = Callable[[Entries, AuditEntry], Awaitable[object]]


PERSONAL = {"before": JsonObject({"name": "Ann", "age": 1}), "ip_address": "192.0.2.7"}
"""What could be taken out of the entry that is tampered with."""

ANOTHER_KIND = "UPDATE {} SET before = '[]' WHERE organization_id = $1"

ANOTHER_KIND = "UPDATE {} SET before = '[]' WHERE organization_id = $1"


def _tampering(entity: type[AuditEntry], tried: str, tamper: Tamper, sql: str) -> StepViolation:
    """An entry that is kept is tampered with; in SQL every one of the organization."""
    table = model_of(entity).table

    def entry(scene: Scene) -> AuditEntry:
        return model_of(entity).replaced(cast(AuditEntry, SAMPLES[entity](scene)), PERSONAL)

    async def store(store: Store, scene: Scene) -> None:
        kept = await add(store, scene, entry(scene))
        async with store.unit(scene.organization.id) as unit:
            await tamper(cast(Entries, unit.of(entity)), kept)
            await unit.commit()

    def statements(scene: Scene) -> tuple[PlainSql, ...]:
        return insertion(entry(scene)), PlainSql(sql.format(table), (scene.organization.id,))

    return StepViolation(f"{table}_append_only", tried, store, sql=statements)


def _violations(entity: type[AuditEntry]) -> tuple[StepViolation, ...]:
    """All that can be tried on entries of one kind."""
    table = model_of(entity).table
    return (
        _tampering(
            entity,
            "change an entry",
            lambda entries, entry: entries.save(attrs.evolve(entry, action="rule.forged")),
            "UPDATE {} SET action = 'rule.forged' WHERE organization_id = $1",
        ),
        _tampering(
            entity,
            "change all",
            lambda entries, _: entries.update_where(
                lambda entry: entry.resource_type == "rule", lambda entry: (assign(entry.resource_id, "2"),)
            ),
            "UPDATE {} SET action = action WHERE organization_id = $1",
        ),
        _tampering(
            entity,
            "remove an entry",
            lambda entries, entry: entries.remove(entry),
            "DELETE FROM {} WHERE organization_id = $1",
        ),
        _tampering(
            entity,
            "remove all",
            lambda entries, _: entries.delete_where(lambda entry: entry.resource_type == "rule"),
            "WITH gone AS (DELETE FROM {} WHERE organization_id = $1 RETURNING 1) SELECT count(*) FROM gone",
        ),
        _tampering(
            entity,
            "bring a text back",
            lambda entries, entry: entries.save(attrs.evolve(entry, user_agent="Mosaic")),
            "UPDATE {} SET user_agent = 'Mosaic', ip_address = NULL WHERE organization_id = $1",
        ),
        _tampering(
            entity,
            "write another text",
            lambda entries, _: entries.update_where(
                lambda entry: entry.resource_type == "rule", lambda entry: (assign(entry.ip_address, ""),)
            ),
            "UPDATE {} SET ip_address = '' WHERE organization_id = $1",
        ),
        _tampering(
            entity,
            "bring a document back",
            lambda entries, entry: entries.save(attrs.evolve(entry, after=JsonObject({}))),
            "UPDATE {} SET after = '{{}}' WHERE organization_id = $1",
        ),
        _tampering(
            entity,
            "add a member",
            lambda entries, entry: entries.save(attrs.evolve(entry, before=JsonObject({"name": "Ann", "x": None}))),
            """UPDATE {} SET before = before || '{{"x": null}}' WHERE organization_id = $1""",
        ),
        _tampering(
            entity,
            "change a member",
            lambda entries, entry: entries.save(attrs.evolve(entry, before=JsonObject({"name": "Eve"}))),
            """UPDATE {} SET before = '{{"name": "Eve"}}' WHERE organization_id = $1""",
        ),
        _tampering(
            entity,
            "write a number otherwise",
            lambda entries, entry: entries.save(attrs.evolve(entry, before=JsonObject({"age": 1.0}))),
            """UPDATE {} SET before = '{{"age": 1.0}}' WHERE organization_id = $1""",
        ),
        _tampering(
            entity,
            "change something along with an erasure",
            lambda entries, entry: entries.save(attrs.evolve(entry, ip_address=None, resource_id="2")),
            "UPDATE {} SET ip_address = NULL, number = number + 1 WHERE organization_id = $1",
        ),
        StepViolation(
            f"{table}_append_only",
            "make a document of another kind",
            None,
            sql=lambda scene: (
                insertion(model_of(entity).replaced(cast(AuditEntry, SAMPLES[entity](scene)), PERSONAL)),
                PlainSql(ANOTHER_KIND.format(table), (scene.organization.id,)),
            ),
        ),
        StepViolation(f"{table}_append_only", "truncate", None, sql=lambda _: (PlainSql(f"TRUNCATE {table}"),)),
    )


APPEND_ONLY_VIOLATIONS = (*_violations(ArchivedEntry), *_violations(AuditEntry))
