"""Laws 2 and 7 for every entity: a write by a condition counts and touches the rows of its unit for which it holds."""

from __future__ import annotations

from itertools import islice

import attrs

from gapless.kit.audit import AuditRecord
from gapless.kit.model import VERSION, Validated
from gapless.kit.ports import Store
from gapless.testing.laws.changes import free_columns, other_values
from gapless.testing.laws.entities import AnyEntity, Scene, of_each
from gapless.testing.laws.entity_kinds import is_removable, is_versioned
from gapless.testing.steps import change_where, remove_where


@attrs.frozen(kw_only=True)
class Named:
    """Rows whose keys a condition names, one in each of two scenes, and one that it does not name.

    Attributes:
        scenes: the scenes of the two.
        rows: the two.
        left: the row that is not named, with its scene.
    """

    scenes: tuple[Scene, Scene]
    rows: tuple[Validated, Validated]
    left: tuple[Scene, Validated]

    @property
    def reached(self) -> tuple[Validated, ...]:
        """Those of the two that a unit of the root of the first one writes: both, if they belong to no root."""
        roots = [scene.fixture.unit_root_of(row) for scene, row in zip(self.scenes, self.rows, strict=True)]
        return self.rows if roots[0] == roots[1] else self.rows[:1]

    def where(self, row: Validated) -> bool:
        """The condition, which names the keys of the two."""
        return self.scenes[0].is_one_of(*self.rows)(row)

    def audit(self) -> AuditRecord:
        """A new audit record for a write in a unit of the root of the first one."""
        return self.scenes[0].fixture.audit_for(self.rows[0])

    async def assert_are(self, *rows: Validated) -> None:
        """Asserts that the store keeps these of the two, and the row that is not named."""
        found = [row for scene, one in zip(self.scenes, self.rows, strict=True) for row in await scene.kept(one)]
        assert sorted(found, key=repr) == sorted(rows, key=repr)
        scene, left = self.left
        assert await scene.kept(left) == (left,)


async def named(store: Store, entity: AnyEntity) -> Named:
    """Two rows that a condition names, and one that it does not."""
    first, second, third = [await entity.scene(store) for _ in range(3)]
    rows = await first.row(), await second.row()
    return Named(scenes=(first, second), rows=rows, left=(third, await third.row()))


@of_each(is_removable)
async def test_a_removal_by_a_condition_takes_the_rows_of_its_unit(store: Store, entity: AnyEntity) -> None:
    """It removes, and counts, the rows of its unit that the condition names, and no row of another root."""
    those = await named(store, entity)
    scene, reached = those.scenes[0], those.reached
    async with scene.unit(those.rows[0]) as unit:
        removed = remove_where(unit, entity.model.entity, those.where, those.audit, include_deleted=True)
        assert await removed == len(reached)
        await unit.commit()
    await those.assert_are(*those.rows[len(reached) :])


def has_free_columns(entity: AnyEntity) -> bool:
    """Whether a field may change by itself, and may be the same in several rows."""
    return is_versioned(entity) and bool(free_columns(entity, shared=True))


@of_each(has_free_columns)
async def test_an_update_by_a_condition_writes_the_rows_of_its_unit(store: Store, entity: AnyEntity) -> None:
    """It writes, and counts, the rows of its unit that the condition names, each with the next version."""
    those = await named(store, entity)
    scene, reached, columns = those.scenes[0], those.reached, free_columns(entity, shared=True)
    found = ((column, value) for column in columns for value in other_values(scene, those.rows[0], column))
    for column, value in islice(found, 1):
        values = {column.name: value}
        async with scene.unit(those.rows[0]) as unit:
            changed = change_where(unit, entity.model.entity, those.where, values, those.audit, include_deleted=True)
            assert await changed == len(reached)
            await unit.commit()
        written = (entity.model.evolved(row, {**values, VERSION: 2}) for row in reached)
        await those.assert_are(*written, *those.rows[len(reached) :])
