"""The jobs come to the database by a role of their own, and who lacks a right is told before anything is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import gapless
from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.application.cleanup_outcomes import CleanupReport
from gapless.application.cleanup_rights import uses_of
from gapless.application.outbox import DELIVERY
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.users import User
from gapless.kit.audit import Actor
from gapless.kit.errors import AccessDenied, DatabaseNotMigrated, DatabaseUnsuitable, GaplessError, UnitOfWorkNested
from gapless.kit.outbox import OutboxEvent
from gapless.kit.rights import Uses
from gapless.services.person_erasure import WRITTEN
from tests.conftest import SCHEMA
from tests.integration.databases import connected, copied_database
from tests.integration.store.conftest import checked_out
from tests.roles import exactly, needed, role_with
from tests.use_cases.calling import number_of
from tests.use_cases.deletions import (
    LONG_AGO,
    add_calls,
    add_command,
    add_invoice,
    blocked_in,
    deleted_long_ago,
    purge,
)
from tests.use_cases.worlds import world_on
from tests.voice.rows import a_user, an_audit_record, created

pytestmark = pytest.mark.asyncio

LONG = timedelta(days=7300)


async def ignores(_: OutboxEvent) -> None:
    """Handles an event by doing nothing."""


def given(role: str, rights: list[tuple[str, str]]) -> list[str]:
    """The statements that give a role these rights, beside that it may read everything."""
    return [f'GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO "{role}"', *exactly(role, rights)]


@asynccontextmanager
async def reader(database_url: str, name: str) -> AsyncIterator[str]:
    """The address of a role that may read everything, and no more."""
    async with role_with(database_url, name, given(name, [])) as url:
        yield url


@pytest.mark.parametrize("jobs", [(DELIVERY,), uses_of(GAPLESS)], ids=["delivery", "cleanup"])
async def test_each_right_is_looked_for(database_url: str, database_name: str, jobs: tuple[Uses, ...]) -> None:
    """A role that has what a job needs is let in; without any one right it is refused, and the error names that one."""
    name = f"{database_name}_job"
    rights = list(needed(GAPLESS, jobs))
    assert rights
    async with role_with(database_url, name, given(name, rights)) as url, connected(database_url) as owner:
        engine = create_engine(url)
        store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        await store.require_rights(*jobs)
        for right, table in rights:
            await owner.execute(f'REVOKE {right} ON {SCHEMA}.{table} FROM "{name}"')
            with pytest.raises(AccessDenied) as caught:
                await store.require_rights(*jobs)
            bare = right.partition(" (")[0]  # no column is named of a right to all, or to any
            ways = {bare, right.replace('"', "")} if bare == "UPDATE" else {bare}
            assert any(f": {way} on {SCHEMA}.{table}." in caught.value.message for way in ways)
            await owner.execute(f'GRANT {right} ON {SCHEMA}.{table} TO "{name}"')
        await engine.dispose()


async def test_handler_without_the_right_to_claim(database_url: str, database_name: str) -> None:
    """It is refused when it is opened, by name and with the remedy; without a handler nobody claims anything."""
    async with reader(database_url, f"{database_name}_reader") as url:
        with pytest.raises(AccessDenied) as caught:
            async with gapless.open(url, event_handler=ignores):
                pytest.fail("it was opened")
        lacking = f"UPDATE (due_at, attempts, claim, version) on {SCHEMA}.outbox, DELETE on {SCHEMA}.outbox"
        assert f"Role {database_name}_reader lacks rights that this job needs: {lacking}." in caught.value.message
        assert "Profile.JOBS" in caught.value.message
        assert "jobs_engine=" in caught.value.message
        async with gapless.open(url) as app:
            assert app.outbox is None
        async with gapless.open(url, jobs_url=database_url, event_handler=ignores) as app:
            assert app.outbox is not None
        with pytest.raises(AccessDenied):
            async with gapless.open(database_url, jobs_url=url, event_handler=ignores):
                pytest.fail("it was opened")


async def test_cleanup_without_its_rights_touches_nothing(database_url: str, database_name: str) -> None:
    """A cleanup by a role that may remove calls, and no organization, is refused before it removes a call."""
    name = f"{database_name}_half"
    rights = [right for right in needed(GAPLESS, uses_of(GAPLESS)) if right != ("DELETE", "organizations")]
    async with role_with(database_url, name, given(name, rights)) as url, gapless.open(url) as app:
        with pytest.raises(AccessDenied, match=f"DELETE on {SCHEMA}.organizations"):
            await app.cleanup.purge_expired(LONG)


async def cleaned_by(database_url: str, database_name: str, rights: Sequence[tuple[str, str]]) -> CleanupReport:
    """What a cleanup by a role with exactly these rights tells: one organization goes, another is kept by an invoice.

    A number of theirs was released, and a command has expired.
    """
    name = f"{database_name}_exact"
    async with role_with(database_url, name, exactly(name, rights)) as url:
        owner, limited = create_engine(database_url), create_engine(url)
        store = PostgresStore(owner, GAPLESS, schema=SCHEMA)
        kept, gone = [await world_on(store, f"exact-{uuid4().hex}", jobs=store.beside(limited)) for _ in range(2)]
        for world in (kept, gone):
            number = await number_of(world)
            await add_calls(world, 2, await world.member("Bob"))
            await world.app.phone_numbers.release(world.home, number, actor=world.actor)
            await add_command(world, "old", LONG_AGO)
        await add_invoice(kept)
        for world in (kept, gone):
            await deleted_long_ago(world)
        try:
            report = await purge(kept)
        finally:
            await owner.dispose()
            await limited.dispose()
    assert gone.home in report.roots
    assert blocked_in(kept, report) == [("Organization", "invoices_organization_id_fkey", 1)]
    return report


async def test_a_cleanup_does_no_more_than_it_says(database_url: str, database_name: str) -> None:
    """A role that has what a cleanup declares, and nothing else, does all that a cleanup does."""
    await cleaned_by(database_url, database_name, list(needed(GAPLESS, uses_of(GAPLESS))))


async def test_a_right_that_is_not_declared_is_missed(database_url: str, database_name: str) -> None:
    """Planted: without the rows that keep an organization, which it only reads, the cleanup tells nothing of them."""
    rights = [(right, table) for right, table in needed(GAPLESS, uses_of(GAPLESS)) if table != "invoices"]
    with pytest.raises((GaplessError, AssertionError)):
        await cleaned_by(database_url, database_name, rights)


async def test_an_erasure_does_no_more_than_it_says(database_url: str, database_name: str) -> None:
    """A role that reads everything, locks an organization and may do what an erasure declares carries it out."""
    name = f"{database_name}_erases"
    rights = list(needed(GAPLESS, (Uses(Organization, locks=True), *WRITTEN)))
    async with role_with(database_url, name, given(name, rights)) as url:
        owner, limited = create_engine(database_url), create_engine(url)
        store = PostgresStore(owner, GAPLESS, schema=SCHEMA)
        world = await world_on(store, f"erases-{uuid4().hex}", jobs=store.beside(limited))
        bob = await world.member("Bob")
        await world.app.members.remove(world.home, bob.id, actor=world.actor)
        assert await world.app.members.erase(world.home, bob.id, actor=world.actor) > 0
        await owner.dispose()
        await limited.dispose()


def _all_rights(role: str) -> list[str]:
    return [
        f'GRANT USAGE ON SCHEMA {SCHEMA} TO "{role}"',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO "{role}"',
    ]


def _without_the_rights_of_others(app_role: str, job_role: str) -> str:
    """What takes from each role what only the other needs."""
    return f"""
        REVOKE UPDATE, DELETE ON {SCHEMA}.outbox FROM "{app_role}";
        REVOKE INSERT, DELETE ON {SCHEMA}.erasures FROM "{app_role}";
        REVOKE DELETE ON {SCHEMA}.organizations FROM "{app_role}";
        REVOKE UPDATE ON {SCHEMA}.audit_logs FROM "{app_role}";
        REVOKE INSERT ON {SCHEMA}.users FROM "{job_role}";
    """


async def test_who_does_what(database_url: str, database_name: str) -> None:
    """The jobs are done by the role of the jobs, and everything else by that of the requests."""
    app_role, job_role = f"{database_name}_app", f"{database_name}_job"
    delivered = asyncio.Event()

    async def handler(_: OutboxEvent) -> None:
        delivered.set()

    async with (
        role_with(database_url, app_role, _all_rights(app_role)) as url,
        role_with(database_url, job_role, _all_rights(job_role)) as jobs_url,
        gapless.open(url, jobs_url=jobs_url, event_handler=handler) as app,
        connected(database_url) as owner,
    ):
        actor, slug = Actor.system("signup"), f"{database_name}-roles".replace("_", "-")
        home = (await app.organizations.create("Acme", slug, "ann@acme.org", "Ann", actor=actor)).organization.id
        await owner.execute(_without_the_rights_of_others(app_role, job_role))
        bob = await app.members.invite(home, "bob@acme.org", "Bob", gapless.Role.ADMIN, actor=actor)
        await app.members.remove(home, bob.id, actor=actor)
        assert await app.members.erase(home, bob.id, actor=actor) == 1
        await app.organizations.mark_for_erasure(home, "They ask for it.", actor=actor)
        await app.organizations.lift_erasure(home, actor=actor)
        await app.organizations.delete(home, actor=actor)
        assert app.outbox is not None
        app.outbox.wake()
        await asyncio.wait_for(delivered.wait(), 10)
        await app.cleanup.purge_expired(LONG)


async def test_other_database_for_the_jobs(
    server_url: str, template: str, database_url: str, database_name: str
) -> None:
    """A copy of the database is another one, though all in it says the same; two ways to one are one."""
    async with copied_database(server_url, template, f"{database_name}_twin") as twin:
        with pytest.raises(DatabaseUnsuitable, match="another database"):
            async with gapless.open(database_url, jobs_url=twin):
                pytest.fail("it was opened")
    async with gapless.open(database_url, jobs_url=database_url) as app:
        assert app.jobs is not app.store


async def test_an_engine_for_the_jobs_stays_open(database_url: str) -> None:
    """An engine of the host's is given all its connections back, and goes on working, also when opening fails."""
    engine = create_async_engine(database_url)
    async with gapless.open(database_url, jobs_engine=engine) as app, app.jobs.system() as unit:
        assert await unit.of(OutboxEvent).count(lambda event: event.kind == "") == 0
    opening = gapless.open(database_url, jobs_engine=engine, schema="nowhere", verify=False, event_handler=ignores)
    with pytest.raises(DatabaseNotMigrated):
        async with opening:
            pytest.fail("it was opened")
    assert checked_out(engine) == 0
    async with engine.connect():
        pass
    await engine.dispose()


async def test_engines_of_one_pool(database_url: str) -> None:
    """An engine for the jobs that is a view of the other is opened with a pool of one connection."""
    engine = create_async_engine(database_url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    view = engine.execution_options(compiled_cache=None)
    async with gapless.open(engine=engine, jobs_engine=view, event_handler=ignores, verify=False) as app:
        assert app.jobs is not app.store
    await engine.dispose()


async def test_units_of_both_queue_together(engine: AsyncEngine, database_url: str) -> None:
    """A unit of one store inside a unit of the other, of the same organization in the same task, is refused at once."""
    other = create_engine(database_url)
    store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
    jobs = store.beside(other)
    home = (await created(store)).id
    for outer, inner in ((store, jobs), (jobs, store)):
        async with outer.unit(home):
            with pytest.raises(UnitOfWorkNested):
                async with inner.unit(home):
                    pytest.fail("it was opened")
    async with jobs.unit(home) as unit:
        waiting = asyncio.ensure_future(_added(store, home))
        await asyncio.sleep(0)
        await unit.of(User).add(a_user(home), an_audit_record(home))
        await unit.commit()
    await waiting
    async with store.reading(home) as reading:
        assert await reading.of(User).count() == 3
    await other.dispose()


async def _added(store: PostgresStore, home: OrganizationId) -> None:
    async with store.unit(home) as unit:
        await unit.of(User).add(a_user(home), an_audit_record(home))
        await unit.commit()
