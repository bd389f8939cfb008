"""Two clinics of some shape on a store, and what tests do with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import groupby
from typing import TypeVar, cast

import attrs

from gapless.kit import AuditedEntity, Entity
from gapless.kit.errors import GaplessError, RuleViolated
from gapless.kit.ids import RootId, RowId
from gapless.kit.ports import Store, UnitOfWork
from gapless.testing.laws.rows import an_audit_record, an_event
from tests.clinics.shapes import Clinics

E = TypeVar("E")
Work = Callable[[UnitOfWork], Awaitable[object]]


@attrs.frozen
class Place:
    """Two clinics on a store, each with an open doctor and his first visit.

    Attributes:
        home, other: the keys of the clinics.
        first: the number of the first visit; whatever is made here counts on from it.
    """

    store: Store
    made: Clinics
    home: RootId
    other: RootId
    first: int

    def code(self, name: str) -> str:
        """The code of a doctor of this place."""
        return f"{name}{self.first}"

    def clinic(self, home: RootId) -> AuditedEntity:
        """A clinic with three beds."""
        return made_of(self.made.clinic, number=home, beds=3, version=0)

    def doctor(self, name: str, home: RootId | None = None, **values: object) -> Entity:
        """A doctor who takes two visits."""
        given: dict[str, object] = {
            "clinic": self.home if home is None else home,
            "most": 2,
            "is_open": True,
            "boss": None,
            "version": 0,
        }
        return made_of(self.made.doctor, **{"code": self.code(name), **given, **values})

    def visit(self, number: int, name: str, home: RootId | None = None, *, is_first: bool = False) -> Entity:
        """A visit to a doctor."""
        given = {
            "doctor": self.code(name),
            "clinic": self.home if home is None else home,
            "is_first": is_first,
            "version": 0,
        }
        return made_of(self.made.visit, id=self.first + number, **given)

    async def committed(self, work: Work, home: RootId | None = None) -> None:
        """Works in a unit of a clinic, and commits."""
        async with self.store.unit(self.home if home is None else home) as unit:
            await work(unit)
            await unit.commit()

    async def refusal(self, work: Work) -> str:
        """The rule that refuses this work, or the kind of the error."""
        try:
            await self.committed(work)
        except RuleViolated as error:
            return error.rule
        except GaplessError as error:
            return type(error).__name__
        return "kept"


def made_of(entity: Callable[..., E], **values: object) -> E:
    """A row of an entity whose fields the type checker does not know."""
    return entity(**values)


def saved(entity: type[Entity], id: RowId, **values: object) -> Work:
    """The work that saves a row with other values."""

    async def work(unit: UnitOfWork) -> None:
        rows = unit.of(entity)
        await rows.save(attrs.evolve(await rows.get(id), **values))  # type: ignore[misc]  # an attrs class of a shape

    return work


def removed(entity: type[Entity], id: RowId) -> Work:
    """The work that removes a row."""

    async def work(unit: UnitOfWork) -> None:
        await unit.of(entity).remove(await unit.of(entity).get(id))

    return work


def added(*rows: Entity) -> Work:
    """The work that adds rows, those of one entity together."""

    async def work(unit: UnitOfWork) -> None:
        for entity, several in groupby(rows, type):
            await unit.of(cast("type[Entity]", entity)).add_all([*several])

    return work


def with_beds(place: Place, beds: int) -> Work:
    """The work that gives the clinic another number of beds."""

    async def work(unit: UnitOfWork) -> None:
        clinics_of = unit.of(place.made.clinic)
        clinic = attrs.evolve(await clinics_of.get(place.home), beds=beds)  # type: ignore[misc]  # as above
        await clinics_of.save(clinic, an_audit_record(place.home), [an_event(place.home)])

    return work


def field(row: object, name: str) -> str:
    """A field of a symbolic row, for the type checker a text."""
    return cast(str, getattr(row, name))
