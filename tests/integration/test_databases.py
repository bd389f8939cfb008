"""The databases that integration tests run in."""

import asyncio

import pytest

from tests.integration.databases import connected, copied_database, ensure_template


@pytest.mark.asyncio
async def test_template_is_prepared_once(server_url: str, database_name: str) -> None:
    """Several processes that ask for one template at once prepare it once, and each gets a copy of its own."""
    template, prepared = f"{database_name}_once", []

    async def prepare(url: str) -> None:
        prepared.append(url)
        async with connected(url) as connection:
            await connection.execute("CREATE TABLE numbers (number int)")

    await asyncio.gather(*[ensure_template(server_url, template, prepare) for _ in range(3)])
    assert len(prepared) == 1
    async with copied_database(server_url, template, f"{template}_a") as url, connected(url) as first:
        await first.execute("INSERT INTO numbers VALUES (1)")
        async with copied_database(server_url, template, f"{template}_b") as other, connected(other) as second:
            assert await second.fetchval("SELECT count(*) FROM numbers") == 0
    async with connected(server_url) as server:
        await server.execute(f'ALTER DATABASE "{template}" WITH is_template false')
        await server.execute(f'DROP DATABASE "{template}"')
        left = await server.fetchval("SELECT count(*) FROM pg_database WHERE starts_with(datname, $1)", template)
    assert left == 0
