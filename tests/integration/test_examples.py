import runpy
from pathlib import Path

import pytest

from tests.integration.databases import copied_database

PROGRAM = Path(__file__).parents[2] / "examples" / "tickets.py"


@pytest.mark.asyncio
async def test_a_hosts_own_entity_is_the_same_on_both(server_url: str, template: str, database_name: str) -> None:
    """The example of a host with an entity of its own gets the same refusals from memory and from PostgreSQL."""
    example = runpy.run_path(str(PROGRAM))
    async with copied_database(server_url, template, f"{database_name}_tickets") as url:
        await example["create_tables"](url)
        on_postgres = await example["main"](url)
    assert on_postgres == await example["main"]("memory:")
    assert on_postgres == ["?: tickets_title_length", "Noise on the line: tickets_open_quota", "3 open"]
