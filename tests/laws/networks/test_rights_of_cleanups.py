"""A cleanup needs the rights that it says, for every catalogue: with those a role does all of it, with fewer not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import attrs
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.cleanup import Cleanup
from gapless.application.cleanup_rights import uses_of
from gapless.application.processed_commands import remember_processed
from gapless.application.root_deletion import delete_root
from gapless.kit import Catalogue, deleted
from gapless.kit.commands import ProcessedCommand
from gapless.kit.errors import GaplessError
from gapless.kit.ports import Store
from gapless.testing.laws.rows import fresh_id
from tests.clinics.cases import CASES, Scan, Shelf
from tests.clinics.deletable import DELETABLE, LABS_COMMANDS, Clinic, Device, Lab, Line, Order, Seal
from tests.clinics.gardens import GARDENS, GARDENS_COMMANDS, Flower, Garden, Town
from tests.clinics.offices import added, office_on, saved
from tests.integration.databases import connected
from tests.laws.networks.laboratories import a_deletion, place_on, record_of_lab, recorder
from tests.roles import exactly, needed, role_with
from tests.stores import postgres_store

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.server]
LONG_AGO = datetime.now(UTC) - timedelta(days=40)
NUMBERS = count(1)
SCHEMA = "rights_of_cleanups"


@attrs.frozen
class World:
    """A catalogue with something to clean up.

    Attributes:
        catalogue: the catalogue.
        prepare: makes what is to go, and what is to stay.
        removed: the tables from which rows are removed then.
        unlinked: the tables whose rows lose a link to a released row.
        kept: the rules that keep a root.
        spare: the rights that are used by who adds such rows alone, and not by who adds them beside others.
    """

    catalogue: Catalogue
    prepare: Callable[[Store], Awaitable[None]]
    removed: set[str]
    unlinked: set[str] = attrs.field(factory=set)
    kept: set[str] = attrs.field(factory=set)
    spare: set[tuple[str, str]] = attrs.field(factory=set)


async def deletable_roots(store: Store) -> None:
    """A clinic and two laboratories are deleted, of which an order keeps one; of another one rows are to go."""
    gone, kept, cleaned = [await place_on(store) for _ in range(3)]
    async with store.unit(kept.clinic) as unit:
        await unit.of(Order).add(Order(clinic=kept.clinic, id=fresh_id(), lab=kept.lab))
        await unit.commit()
    for place in (gone, kept):
        await place.delete_lab()
    async with store.unit(gone.clinic) as unit:
        await delete_root(unit, DELETABLE, await unit.of(Clinic).get(gone.clinic), recorder())
        await unit.commit()
    async with store.unit(cleaned.lab, of=Lab) as unit:
        await unit.of(Device).save(deleted(cleaned.devices[0], a_deletion()), record_of_lab(cleaned.lab))
        await unit.of(Line).save(attrs.evolve(cleaned.line, is_released=True))
        seal = await unit.of(Seal).add(Seal(lab=cleaned.lab, id=fresh_id(), giver=cleaned.lab))
        await unit.of(Seal).save(attrs.evolve(seal, is_released=True))
        await unit.commit()
    await expired_command(store, cleaned.clinic, Clinic, ProcessedCommand)
    await expired_command(store, cleaned.lab, Lab, LABS_COMMANDS.entity)


async def rows_through_others(store: Store) -> None:
    """A scan, which belongs to its clinic through a note and a case, is deleted, and a shelf is released."""
    office = await office_on(store)
    scan = Scan(id=fresh_id(), note=office.home, is_deleted=True, deleted_at=LONG_AGO)
    work = added(scan), saved(Shelf, office.home, is_gone=True)
    assert await office.refusal(*work) == "kept"


async def roots_that_stay(store: Store) -> None:
    """A flower is deleted in a garden that stays, and commands of both roots have expired."""
    number = next(NUMBERS)
    async with store.creating(number, of=Town) as unit:
        await unit.of(Town).add(Town(id=number))
        await unit.commit()
    async with store.creating(number, of=Garden) as unit:
        await unit.of(Garden).add(Garden(id=number))
        await unit.of(Flower).add(deleted(Flower(garden=number, id=fresh_id()), a_deletion()))
        await unit.commit()
    await expired_command(store, number, Town, ProcessedCommand)
    await expired_command(store, number, Garden, GARDENS_COMMANDS.entity)


async def expired_command(store: Store, root_id: int | str, root: type, commands: type[ProcessedCommand]) -> None:
    """A command below a root that may be forgotten."""
    async with store.unit(root_id, of=root) as unit:
        key = str(fresh_id())
        await remember_processed(unit, root_id, "test", key, LONG_AGO, {}, expires_at=LONG_AGO, commands=commands)
        await unit.commit()


COMMANDS = {"handled_commands", DELETABLE.model(LABS_COMMANDS.entity).table}
WORLDS: Mapping[str, World] = {
    "deletable": World(
        DELETABLE,
        deletable_roots,
        {"devices", "lines", "reports", "seals", *COMMANDS},
        {"reports"},
        {"orders_lab_fkey"},
    ),
    "cases": World(CASES, rows_through_others, {"scans", "shelves"}, {"notes"}, spare={("SELECT", "audit_logs")}),
    "gardens": World(
        GARDENS, roots_that_stay, {"flowers", "handled_commands", GARDENS.model(GARDENS_COMMANDS.entity).table}
    ),
}
Rights = list[tuple[str, str]]


def rights_for(world: World) -> Rights:
    """The rights that a cleanup says it needs, each with its table."""
    return [*needed(world.catalogue, uses_of(world.catalogue))]


@attrs.frozen
class Job:
    """A cleanup by a role with rights that can be taken from it.

    Attributes:
        world: what is cleaned up.
        owner: a store by the owner of the tables.
        limited: the same by the role.
    """

    world: World
    owner: Store
    limited: Store

    async def run(self) -> None:
        """Makes something to clean up, and cleans it up."""
        await self.world.prepare(self.owner)
        cleanup = Cleanup(store=self.limited, clock=SystemClock(), ids=UuidV7Factory(), catalogue=self.world.catalogue)
        report = await cleanup.purge_expired(timedelta(0), batch=1)
        assert {table for table, number in report.rows.items() if number} == self.world.removed
        assert {table for table, number in report.unlinked.items() if number} == self.world.unlinked
        assert {blocked.rule for blocked in report.blocked} == self.world.kept
        assert report.unfinished == ()

    async def is_done(self) -> bool:
        """Whether it comes to the end."""
        try:
            await self.run()
        except (GaplessError, AssertionError):
            return False
        return True


@asynccontextmanager
async def job_with(engine: AsyncEngine, database_url: str, role: str, world: World) -> AsyncIterator[Job]:
    """A cleanup by a role with exactly the rights that it says it needs."""
    async with (
        postgres_store(engine, world.catalogue, SCHEMA) as owner,
        role_with(database_url, role, exactly(role, rights_for(world), SCHEMA)) as url,
    ):
        limited = create_engine(url)
        yield Job(world, owner, PostgresStore(limited, world.catalogue, schema=SCHEMA))
        await limited.dispose()


@pytest.mark.rows("name", tuple(WORLDS))
async def test_a_cleanup_needs_what_it_says(
    engine: AsyncEngine, database_url: str, database_name: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the rights that it declares, and no others, it does all of its work; without any of them it fails."""
    role, world = f"{database_name}_cleaner", WORLDS[name]
    async with job_with(engine, database_url, role, world) as job, connected(database_url) as owner:
        await job.run()
        monkeypatch.setattr(PostgresStore, "require_rights", let_in)
        spare = set[tuple[str, str]]()
        for group in grouped(rights_for(world)):
            for right, table in group:
                await owner.execute(f'REVOKE {right} ON {SCHEMA}."{table}" FROM "{role}"')
            if await job.is_done():
                spare |= set(group)
            for right, table in group:
                await owner.execute(f'GRANT {right} ON {SCHEMA}."{table}" TO "{role}"')
        assert spare == world.spare
        await job.run()


async def let_in(*_: object) -> None:
    """Looks for no rights, so that those which are missing are missed when they are used."""


def grouped(rights: Rights) -> Iterable[Rights]:
    """The rights of one kind to one table together."""
    kinds = [(right.partition(" ")[0], table) for right, table in rights]
    for kind in dict.fromkeys(kinds):
        yield [right for right, other in zip(rights, kinds, strict=True) if other == kind]
