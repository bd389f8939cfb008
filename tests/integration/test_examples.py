import re
import runpy
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.users import User
from gapless.kit import Catalogue
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import deleted
from gapless.testing.laws.cases import CLOSING, laws
from gapless.testing.laws.checker import check_store
from tests.integration.databases import copied_database
from tests.voice.rows import a_call, a_deletion, a_number, a_user, an_audit_record, created

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAM = EXAMPLES / "tickets.py"


@pytest.mark.asyncio
async def test_a_hosts_own_entity_is_the_same_on_both(server_url: str, template: str, database_name: str) -> None:
    """The example of a host with an entity of its own gets the same refusals from memory and from PostgreSQL."""
    example = runpy.run_path(str(PROGRAM))
    async with copied_database(server_url, template, f"{database_name}_tickets") as url:
        plain = url.replace("postgresql+asyncpg://", "postgresql://")  # as people write it
        await example["create_tables"](plain)
        on_postgres = await example["main"](plain)
    assert on_postgres == await example["main"]("memory:")
    assert on_postgres == ["?: tickets_title_length", "Noise on the line: tickets_open_quota", "3 open", "6 hours"]


def test_a_service_with_a_root_of_its_own_passes_its_tests(server_url: str) -> None:
    """The clinic's own tests pass on both stores, by the fixtures that gapless brings."""
    clinic = EXAMPLES / "clinic"
    program = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--gapless-database-url", server_url]
    done = subprocess.run(program, cwd=clinic, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.asyncio
async def test_who_acts_is_the_same_on_both(server_url: str, template: str, database_name: str) -> None:
    """The example of a service whose users have numbers says of memory and of PostgreSQL who did what."""
    example = runpy.run_path(str(EXAMPLES / "rentals.py"))
    async with copied_database(server_url, template, f"{database_name}_rentals") as url:
        await example["create_tables"](url)
        on_postgres = await example["main"](url)
    assert on_postgres == await example["main"]("memory:")
    refused, *others = on_postgres
    assert refused.endswith("User id is a text, not a whole number.")
    assert others == ["4711: bicycle.lent 1", "bicycle.lent {'depot': 1, 'number': 1}"]


@pytest.mark.asyncio
async def test_what_a_host_adds_is_the_same_on_both(server_url: str, template: str, database_name: str) -> None:
    """The example that adds rules to the voice service's rows, and asks them in SQL, says the same of both stores."""
    example = runpy.run_path(str(EXAMPLES / "drafts.py"))
    async with copied_database(server_url, template, f"{database_name}_drafts") as url:
        await example["create_tables"](url)
        on_postgres = await example["main"](url)
    assert on_postgres == await example["main"]("memory:")
    refused = ["Who is there?: items_most_drafts", "Tell me all.: items_question_asks"]
    assert on_postgres == [*refused, "3 of office, 2 of them drafts", "1 of prices, 1 of them drafts"]


async def contents(store: Store, catalogue: Catalogue) -> dict[str, tuple[object, ...]]:
    """Every row of a store, by table."""
    async with store.system() as unit:
        return {model.table: await unit.of(model.entity).find(include_deleted=True) for model in catalogue.models}


@pytest.mark.asyncio
async def test_a_store_of_ones_own_passes_all_laws(every_row: bool) -> None:
    """The store with a journal keeps every law, and after each of them its journal makes the same rows elsewhere.

    Laws that wait for the end of a time are left to the run of every row, because a journal knows of none.
    """
    example = runpy.run_path(str(EXAMPLES / "journal_store.py"))
    rows = 0

    @asynccontextmanager
    async def played(catalogue: Catalogue) -> AsyncIterator[Store]:
        nonlocal rows
        async with example["opened"](catalogue) as store:
            yield store
            again = MemoryStore(catalogue)
            await example["play"](store.journal, again)
            found = await contents(store, catalogue)
            assert await contents(again, catalogue) == found
            rows += sum(map(len, found.values()))

    # Whoever has closed the store can't look at its rows any more.
    closing = await check_store(example["opened"], only={CLOSING})
    waiting = set() if every_row else {"deadlines", "cancellation"}
    subjects = {law.subject for law in laws()}
    assert waiting < subjects
    others = await check_store(played, only=subjects - waiting - {CLOSING})
    for report in (closing, others):
        assert report.broken == (), report.as_text()
    assert len(closing.holding) + len(others.holding) > 300
    assert rows > 1000


@pytest.mark.asyncio
async def test_a_journal_is_played_on_postgres(engine: AsyncEngine) -> None:
    """What was done in memory is done again on PostgreSQL, and comes to the same rows."""
    example = runpy.run_path(str(EXAMPLES / "journal_store.py"))
    store = example["JournalStore"](GAPLESS)
    home = (await created(store)).id
    async with store.unit(home) as unit:
        user = await unit.of(User).add(a_user(home), an_audit_record(home))
        number = await unit.of(PhoneNumber).add(a_number(home), an_audit_record(home))
        await unit.of(Call).add(a_call(home, phone_number_id=number.id))
        await unit.commit()
    async with store.unit(home) as unit:
        await unit.of(User).save(deleted(user, a_deletion()), an_audit_record(home))
        await unit.of(PhoneNumber).remove(number, an_audit_record(home))
        await unit.commit()
    postgres = PostgresStore(engine, GAPLESS)
    await example["play"](store.journal, postgres)
    async with store.reading(home) as expected, postgres.reading(home) as found:
        for model in GAPLESS.models:
            rows = await found.of(model.entity).find(include_deleted=True)
            assert rows == await expected.of(model.entity).find(include_deleted=True)
    assert sum(len(asked) for _, asked in store.journal) == 7
    await postgres.aclose()


@pytest.mark.asyncio
async def test_stores_that_lie_are_caught() -> None:
    """Each of the stores that lie breaks the laws that its lie is about, and the report says which."""
    reports = await runpy.run_path(str(EXAMPLES / "lying_store.py"))["main"]()
    caught = {name: {verdict.law.name for verdict in report.broken} for name, report in reports.items()}
    kept = {f"{way}_keeps_nothing" for way in ("leaving_without_commit", "exception", "cancellation")}
    assert caught == {"KeepingStore": kept, "CountingStore": {"reads_hide_deleted_rows"}}
    shown = re.findall(r"```text\n(.*?)\n```", (EXAMPLES.parent / "docs" / "testing.md").read_text(), re.DOTALL)
    assert without_lines(reports["CountingStore"].as_text()) in map(without_lines, shown)


def without_lines(report: str) -> str:
    """A report without the lines and the values of assertions: pytest rewrites those of the package that it runs in."""
    return re.sub(r"AssertionError: .* \((\w+\.py):\d+\)", r"AssertionError (\1)", report)
