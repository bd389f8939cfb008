"""What laws of removals share: adding rows, counting rows, and the two ways to remove a root."""

from collections.abc import Awaitable, Callable, Sequence

import pytest

from gapless.kit import AuditedEntity, Catalogue, Entity
from gapless.kit.ids import RootId
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.parts import Team
from gapless.testing.laws.rows import an_audit_record
from gapless.testing.laws.workspaces import Workspace

Row = AuditedEntity | Entity
Remove = Callable[[UnitOfWork, Team, Workspace], Awaitable[object]]


async def put(store: Store, home: RootId, *rows: Row) -> None:
    """Adds rows in one unit of work."""
    async with store.unit(home) as unit:
        for row in rows:
            if isinstance(row, AuditedEntity):
                await unit.of(type(row)).add(row, an_audit_record(home))
            else:
                await unit.of(type(row)).add(row)
        await unit.commit()


async def count(store: Store, home: RootId, entity: type[Row]) -> int:
    """How many rows of an entity the root has."""
    async with store.reading(home) as reading:
        return await reading.of(entity).count(include_deleted=True)


async def all_rows(store: Store, catalogue: Catalogue, id: RootId) -> list[Sequence[object]]:
    """The condition that every row satisfies."""
    async with store.reading(id, snapshot=True) as reading:
        return [await reading.of(model.entity).find(include_deleted=True) for model in catalogue.models]


async def one_by_one(unit: UnitOfWork, team: Team, organization: Workspace) -> None:
    """Removes a root by its row."""
    await unit.of(team.root).remove(organization, an_audit_record(organization.id))


async def as_a_set(unit: UnitOfWork, team: Team, organization: Workspace) -> None:
    """Removes a root by a set-based write."""
    await unit.of(team.root).delete_where(lambda row: row.id == organization.id, an_audit_record(organization.id))


WAYS = pytest.mark.parametrize("remove", [one_by_one, as_a_set], ids=["a row", "a set"])
