"""A unit of work in the store in memory, and the same with dicts: add a row, get it, save it changed, commit.

Both are given the same values in the step, and make a row of them. After each round they are shown to keep the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import cast
from uuid import UUID

import attrs

from benchmarks.contenders.dicts import DictRows, Row
from benchmarks.measurement import Side, SidesDiffer, Step
from gapless.adapters.system import UuidV7Factory
from gapless.domain.organizations import OrganizationId
from gapless.kit import model_of
from gapless.kit.audit import Actor, AuditRecord, as_json
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.kit.ports import Store, UnitOfWork

ACTOR = Actor.system("benchmark")
Taken = tuple[Sequence[Validated], Sequence[AuditRecord]]
"""Rows of a store and their audit records, in the order in which they were written."""


class PreparedIds:
    """Gives ids that were made before, so that making them is no part of what is measured."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        self._ids = iter(ids)

    def new(self) -> UUID:
        """The next id."""
        return next(self._ids)


def prepared_ids(number: int) -> list[UUID]:
    """So many ids."""
    factory = UuidV7Factory()
    return [factory.new() for _ in range(number)]


@attrs.frozen(kw_only=True)
class UnitScene:
    """One kind of unit, in a store and with dicts.

    Attributes:
        entity: the class of the row.
        store: the store in memory.
        dicts: the rows of the other side, and its audit records.
        home: the organization whose rows they are.
        ids: the id of the row of each step, for all rounds.
        ours, plain: the step of the store and that with dicts; each gets the place of its id.
        taken_out: takes the rows with these ids out of the store, and gives them as it held them.
    """

    entity: type[Validated]
    store: Store
    dicts: DictRows
    home: OrganizationId
    ids: Sequence[UUID]
    ours: Step
    plain: Step
    taken_out: Callable[[UnitOfWork, Sequence[UUID]], Awaitable[Taken]]

    def sides(self, steps: int) -> tuple[Side, Side]:
        """The store and the dicts, with so many steps a round; what a round has added goes when both had their turn."""
        turns = itertools.count()

        async def after() -> None:
            number, is_second = divmod(next(turns), 2)
            if is_second:
                await self.clear(self.ids[number * steps : (number + 1) * steps])

        return Side(step=self.ours, after=after), Side(step=self.plain, after=after)

    async def clear(self, ids: Sequence[UUID]) -> None:
        """Takes the rows of a round out of both sides.

        Raises:
            SidesDiffer: they held other rows, or other audit records.
        """
        async with self.store.unit(self.home) as unit:
            rows, records = await self.taken_out(unit, ids)
            await unit.commit()
        ours = [row_of(row) for row in (*rows, *records)]
        plain = [completed(self.entity, self.dicts.rows.pop(row_id)) for row_id in ids]
        plain += [record_told(self.entity, record) for record in self.dicts.records]
        self.dicts.records.clear()
        if ours != plain:
            raise SidesDiffer("a unit in memory: the two sides have left different data.")


def row_of(row: Validated) -> Row:
    """The columns of a row, but for what only a store fills."""
    model = model_of(type(row))
    return {name: value for name, value in model.values_by_column(row).items() if name not in model.filled}


def completed(entity: type[Validated], row: Row) -> Row:
    """A row of the dicts with the values that were not given, which are the defaults of the entity."""
    model = model_of(entity)
    defaults = {field.name: field.default for field in attrs.fields(cast("type[attrs.AttrsInstance]", entity))}
    names = [column.name for column in model.columns if column.name not in model.filled]
    return {name: row[name] if name in row else defaults[name] for name in names}


def record_told(entity: type[Validated], record: Row) -> Row:
    """An audit record of the dicts as gapless tells it: ids are texts, and images are complete and have JSON."""
    before, after = (cast("Row | None", record.get(name)) for name in ("before", "after"))
    if before is None and after is not None:
        after = completed(entity, after)
    images = {"before": _image(before), "after": _image(after)}
    return completed(AuditRecord, {**record, **images, "resource_id": str(record["resource_id"])})


def _image(row: Row | None) -> JsonObject | None:
    return None if row is None else JsonObject({name: as_json(row[name]) for name in row if name != "version"})
