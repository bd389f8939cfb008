"""Two clinics with cases, notes and marks on a store, and what tests do with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count, groupby
from typing import cast

import attrs

from gapless.kit import AuditedEntity, Entity, model_of
from gapless.kit.errors import GaplessError, RuleViolated
from gapless.kit.ids import RowId
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.rows import an_audit_record, an_event
from tests.clinics.cases import Case, Letter, Mark, Note, Shelf, Tag
from tests.clinics.networks import Clinic

NUMBERS = count(1)
Work = Callable[[UnitOfWork, int], Awaitable[object]]
"""What is done in a unit of a clinic, whose number is given."""


@attrs.frozen
class Office:
    """Two clinics, each with a case, a shelf, a note on both, a mark on the note, and a tag on the mark.

    Attributes:
        home, other: the numbers of the clinics; the rows of each have its number as their id.
    """

    store: Store
    home: int
    other: int

    @property
    def free(self) -> int:
        """An id that no row has; those behind it are free as well."""
        return self.other + 1

    def note(self, number: int, **values: object) -> Note:
        """A note on the case of the clinic, with other values that nobody has validated."""
        return model_of(Note).evolved(Note(id=self.free + number, case=self.home), values)

    async def refusal(self, *works: Work, home: int | None = None) -> str:
        """The rule that refuses works in a unit of a clinic, the kind of another error, or "kept"."""
        try:
            clinic = self.home if home is None else home
            async with self.store.unit(clinic) as unit:
                for work in works:
                    await work(unit, clinic)
                await unit.commit()
        except RuleViolated as error:
            return error.rule
        except GaplessError as error:
            return type(error).__name__
        return "kept"

    async def refusals(self, works: dict[str, Work]) -> dict[str, str]:
        """What refuses each of these works in a unit of its own, by name."""
        return {name: await self.refusal(work) for name, work in works.items()}


async def office_on(store: Store) -> Office:
    """An office of its own."""
    number = 10_000 * next(NUMBERS)
    office = Office(store, number, number + 1)
    for clinic in (office.home, office.other):
        async with store.creating(clinic) as unit:
            await added(
                Clinic(number=clinic, beds=2),
                Case(id=clinic, clinic=clinic),
                Shelf(id=clinic, clinic=clinic),
                Note(id=clinic, case=clinic, shelf=clinic, code=f"C{clinic}"),
                Mark(note=clinic, place=1),
                Tag(id=clinic, note=clinic, place=1),
                Letter(clinic=clinic, id=1),
            )(unit, clinic)
            await unit.commit()
    return office


def added(*rows: Entity | AuditedEntity) -> Work:
    """The work that adds rows, those of one entity that follow each other together."""

    async def work(unit: UnitOfWork, clinic: int) -> None:
        for entity, several in groupby(rows, type):
            await unit.of(cast("type[Entity]", entity)).add_all(
                [*cast("list[Entity]", several)], *_side(entity, clinic)
            )

    return work


def saved(entity: type[Entity | AuditedEntity], id: RowId, **values: object) -> Work:
    """The work that saves a row with other values."""

    async def work(unit: UnitOfWork, clinic: int) -> None:
        rows = unit.of(cast("type[Entity]", entity))
        row = attrs.evolve(await rows.get(id), **values)  # type: ignore[misc]  # an attrs class
        await rows.save(row, *_side(entity, clinic))

    return work


def removed(entity: type[Entity | AuditedEntity], id: RowId) -> Work:
    """The work that removes a row."""

    async def work(unit: UnitOfWork, clinic: int) -> None:
        rows = unit.of(cast("type[Entity]", entity))
        await rows.remove(await rows.get(id), *_side(entity, clinic))

    return work


def _side(entity: type, clinic: int) -> tuple[object, ...]:
    """The audit record and the event of a write, if it needs them."""
    return (an_audit_record(clinic), [an_event(clinic)]) if issubclass(entity, AuditedEntity) else ()
