"""The row to which rows refer on their way goes while they are written, and comes back in another root."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres import PostgresStore
from gapless.adapters.postgres.rows import LEAST_COPIED, PostgresRows
from gapless.kit import (
    Catalogue,
    Check,
    Entity,
    Index,
    OnDelete,
    Reference,
    Rule,
    Unique,
    between,
    length,
    nullable,
    rules_of,
)
from gapless.kit.errors import RuleViolated
from tests.integration.databases import connected
from tests.stores import postgres_store

pytestmark = [pytest.mark.server, pytest.mark.asyncio(loop_scope="session")]
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
HOME, OTHER = 1, 2
NAME = "reports"


@attrs.frozen(kw_only=True, slots=True)
class Firm(Entity):
    """A firm."""

    id: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Folder(Entity):
    """A folder of a firm, under a name that no other firm has."""

    name: str
    firm: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class File(Entity):
    """A file in a folder, which may have a mark that no other file has."""

    id: int
    folder: str
    mark: str | None = None
    version: int = 0


@rules_of(Firm, "firms", root=True)
def firm_rules(firm: Firm) -> Iterator[Rule]:
    """A firm has a number."""
    yield Check("firms_id_positive", "A firm has a number.", firm.id > 0)


@rules_of(Folder, "folders", belongs_to=lambda folder: folder.firm, key=("name",))
def folder_rules(folder: Folder) -> Iterator[Rule]:
    """A folder is a firm's."""
    yield Check("folders_name_length", "A name is short.", between(length(folder.name), 1, 20))
    yield Reference("folders_firm_fkey", "The firm is there.", folder.firm, Firm, OnDelete.CASCADE)
    yield Index("idx_folders_firm", "Finds the folders of a firm.", folder.firm)


@rules_of(File, "files", belongs_through=lambda file: file.folder)
def file_rules(file: File) -> Iterator[Rule]:
    """A file is in a folder."""
    yield Check("files_folder_length", "A name is short.", between(length(file.folder), 1, 20))
    yield Check("files_mark_length", "A mark is short.", between(length(nullable(file.mark)), 1, 20))
    yield Reference("files_folder_fkey", "The folder is there.", file.folder, Folder, OnDelete.CASCADE)
    yield Index("idx_files_folder", "Finds the files in a folder.", file.folder)
    yield Unique("files_mark_unique", "Another file has this mark.", file.mark)


FIRMS = Catalogue((firm_rules, folder_rules, file_rules))


@pytest_asyncio.fixture
async def store(engine: AsyncEngine) -> AsyncIterator[PostgresStore]:
    """A store with two firms, of which the first has a folder."""
    async with postgres_store(engine, FIRMS, "firms") as found:
        for firm in (HOME, OTHER):
            async with found.creating(firm) as unit:
                await unit.of(Firm).add(Firm(id=firm))
                await unit.commit()
        async with found.unit(HOME) as unit:
            await unit.of(Folder).add(Folder(name=NAME, firm=HOME))
            await unit.commit()
        yield found


async def write(store: PostgresStore, number: int, *, folder: str = NAME) -> str:
    """The rule by which a unit of the first firm is refused that adds files to a folder, or "kept"."""
    files = [File(id=place + 1, folder=folder, mark=None if place else "first") for place in range(number)]
    try:
        async with store.unit(HOME) as unit:
            await unit.of(File).add_all(files)
            await unit.commit()
    except RuleViolated as error:
        return error.rule
    return "kept"


async def folder_gone(store: PostgresStore) -> None:
    """A job over all firms removes the folder."""
    async with store.system() as unit:
        await unit.of(Folder).delete_where(lambda folder: folder.name == NAME)
        await unit.commit()


async def files_of(store: PostgresStore, firm: int) -> int:
    """How many files a firm has."""
    async with store.reading(firm) as reading:
        return await reading.of(File).count()


async def waits(watcher: asyncpg.Connection, task: asyncio.Task[str]) -> None:
    """Ends when a session of the database waits for another one."""
    while not await watcher.fetchval(BLOCKED):
        assert not task.done()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("number", [1, 5])
async def test_what_waits_does_not_follow_it(store: PostgresStore, database_url: str, number: int) -> None:
    """While an insert waits for a mark that somebody has taken, its folder becomes another firm's: it is refused."""
    async with connected(database_url) as watcher, store.unit(OTHER) as holder:
        await holder.of(Folder).add(Folder(name="drafts", firm=OTHER))
        await holder.of(File).add(File(id=9, folder="drafts", mark="first"))
        writing = asyncio.create_task(write(store, number))
        await waits(watcher, writing)
        await folder_gone(store)
        await holder.of(Folder).add(Folder(name=NAME, firm=OTHER))
        await holder.of(File).delete_where(lambda file: file.id == 9)
        await holder.commit()
    assert await writing == "files_folder_fkey"
    assert [await files_of(store, firm) for firm in (HOME, OTHER)] == [0, 0]


async def test_what_is_copied_does_not_follow_it(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same of very many rows, between the look at their way and the COPY."""
    copied = PostgresRows._copy

    async def late(rows: PostgresRows[Any], *given: Any) -> str | None:  # noqa: ANN401  # as it is called
        await folder_gone(store)
        async with store.unit(OTHER) as unit:
            await unit.of(Folder).add(Folder(name=NAME, firm=OTHER))
            await unit.commit()
        return await copied(rows, *given)

    monkeypatch.setattr(PostgresRows, "_copy", late)
    assert await write(store, LEAST_COPIED) == "files_folder_fkey"
    assert [await files_of(store, firm) for firm in (HOME, OTHER)] == [0, 0]


async def test_who_names_a_row_of_another_root_waits_for_nobody(store: PostgresStore) -> None:
    """A row of another root, which a unit there is about to remove, is none: that is told at once, as in memory."""
    async with store.unit(OTHER) as unit:
        await unit.of(Folder).add(Folder(name="drafts", firm=OTHER))
        await unit.commit()
    async with store.unit(OTHER) as holder:
        await holder.of(Folder).delete_where(lambda folder: folder.name == "drafts")
        assert await write(store, 2, folder="drafts") == "files_folder_fkey"
        await holder.commit()
