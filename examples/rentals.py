"""A service that says who did what: bicycles that employees lend out, whose numbers are whole numbers.

Run it with `python examples/rentals.py memory:`, or with the URL of a database in which `create_tables` has made the
tables, as a migration of the service does.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import attrs

import gapless
from gapless import Actor, Gapless, GaplessError, Recorder
from gapless.kit import (
    AUDIT_TRAIL,
    OUTBOX,
    AuditedEntity,
    Catalogue,
    Check,
    Entity,
    Json,
    OnDelete,
    OutboxEvent,
    Reference,
    Rule,
    is_blank,
    negate,
    rules_of,
)
from gapless.postgres import create_engine, create_statements

SCHEMA = "rentals"


@attrs.frozen(kw_only=True, slots=True)
class Employee(Entity):
    """Who acts: somebody with a number, who may work at any depot."""

    number: int
    name: str
    version: int = 0


@rules_of(Employee, "employees", shared=True, key=("number",))
def employee_rules(employee: Employee) -> Iterator[Rule]:
    """What holds for every employee."""
    yield Check("employees_name_shown", "An employee has a name.", negate(is_blank(employee.name)))


@attrs.frozen(kw_only=True, slots=True)
class Depot(Entity):
    """The root: a place with bicycles."""

    number: int
    version: int = 0


@rules_of(Depot, "depots", root=True, key=("number",))
def depot_rules(depot: Depot) -> Iterator[Rule]:
    """What holds for every depot."""
    yield Check("depots_number_positive", "A depot has a positive number.", depot.number >= 1)


@attrs.frozen(kw_only=True, slots=True)
class Bicycle(AuditedEntity):
    """A bicycle; each write of one says who did it."""

    depot: int
    number: int
    is_lent: bool = False
    version: int = 0


@rules_of(Bicycle, "bicycles", belongs_to=lambda bicycle: bicycle.depot, key=("depot", "number"))
def bicycle_rules(bicycle: Bicycle) -> Iterator[Rule]:
    """What holds for every bicycle."""
    yield Reference("bicycles_depot_fkey", "A bicycle is in a depot.", bicycle.depot, Depot, OnDelete.CASCADE)


RENTALS = Catalogue((employee_rules, depot_rules, bicycle_rules), users=Employee) + AUDIT_TRAIL + OUTBOX


@attrs.frozen
class BicycleLent:
    """The event that a bicycle was lent; a handler tells the insurance."""

    bicycle: Bicycle
    kind = "bicycle.lent"

    def payload(self) -> dict[str, Json]:
        """What the handler needs to know."""
        return {"depot": self.bicycle.depot, "number": self.bicycle.number}


class Ids:
    """Makes the ids of audit records and events."""

    def new(self) -> UUID:
        """An id that nobody has used."""
        return uuid4()


async def lend(app: Gapless, depot: int, number: int, actor: Actor) -> Bicycle:
    """Lends a bicycle: the row, who did it, and the event are kept together, or nothing is."""
    async with app.store.unit(depot) as unit:
        recorder = Recorder(Ids(), datetime.now(UTC), actor)
        before = await unit.of(Bicycle).get(number)
        after = attrs.evolve(before, is_lent=True)
        record = recorder.audit("bicycle.lent", before, after)
        lent = await unit.of(Bicycle).save(after, record, recorder.events(depot, [BicycleLent(after)]))
        await unit.commit()
    return lent


async def done_by(app: Gapless, depot: int, employee: int) -> list[str]:
    """What an employee did in a depot, the newest first."""
    page = await app.audit_trail.of_user(depot, employee)
    return [f"{record.user_id}: {record.action} {record.resource_id}" for record in page.items]


async def create_tables(url: str) -> None:
    """Creates the tables with their rules, in a schema of their own."""
    engine = create_engine(url)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        for statement in create_statements(RENTALS, SCHEMA):
            await connection.exec_driver_sql(statement)
    await engine.dispose()


async def stock(app: Gapless) -> None:
    """Makes the first depot, with two bicycles and an employee."""
    async with app.store.creating(1) as unit:
        recorder = Recorder(Ids(), datetime.now(UTC), Actor.system("stock"))
        await unit.of(Employee).add(Employee(number=4711, name="Ann"))
        await unit.of(Depot).add(Depot(number=1))
        for number in (1, 2):
            bicycle = Bicycle(depot=1, number=number)
            await unit.of(Bicycle).add(bicycle, recorder.audit("bicycle.bought", None, bicycle))
        await unit.commit()


async def main(url: str) -> list[str]:
    """Lends bicycles; returns what was refused, what the trail says, and what was delivered."""
    delivered = asyncio.Queue[OutboxEvent]()

    async def tell(event: OutboxEvent) -> None:
        delivered.put_nowait(event)

    said: list[str] = []
    async with gapless.open(url, catalogue=RENTALS, schema=SCHEMA, event_handler=tell) as app:
        await stock(app)
        try:
            await lend(app, 1, 2, Actor.user("ann"))
        except GaplessError as error:
            said.append(str(error))
        await lend(app, 1, 1, Actor.user(4711))
        said += await done_by(app, 1, 4711)
        event = await delivered.get()
        said.append(f"{event.kind} {event.payload.to_dict()}")
    return said


if __name__ == "__main__":
    print("\n".join(asyncio.run(main(*(sys.argv[1:] or ["memory:"])))))
