"""Writes docs/privileges.md anew: `python -m tests.privileges`, on a server of its own."""

from __future__ import annotations

import asyncio

from gapless.adapters.postgres import create_engine
from gapless.embedded import EmbeddedServer
from gapless.postgres import migrate
from tests.privileges.page import PAGE, found, page_of
from tests.privileges.using import Laboratory


async def _written(url: str) -> str:
    engine = create_engine(url)
    await migrate(engine)
    await engine.dispose()
    async with Laboratory.on(url) as laboratory:
        return page_of(await found(laboratory))


if __name__ == "__main__":
    with EmbeddedServer.start() as server:
        PAGE.write_text(asyncio.run(_written(server.url())), encoding="utf-8")
