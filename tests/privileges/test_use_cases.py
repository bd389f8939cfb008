"""What docs/privileges.md says of the use cases is true: with exactly these privileges it passes, not with one less."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.domain.catalogue import GAPLESS
from gapless.kit.errors import AccessDenied
from gapless.postgres import Profile, grants
from tests.conftest import SCHEMA
from tests.privileges.finding import Privilege
from tests.privileges.page import PAGE, Needs, found, page_of
from tests.privileges.using import BY_JOBS, EVERYTHING, Laboratory, Trial, given, states_of, writable
from tests.roles import role_with

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def laboratory(database_url: str) -> AsyncIterator[Laboratory]:
    """Where use cases are carried out, in the database of this test process."""
    logging.getLogger("gapless.outbox").setLevel(logging.CRITICAL)  # events that are not delivered are expected
    async with Laboratory.on(database_url) as laboratory:
        yield laboratory
    logging.getLogger("gapless.outbox").setLevel(logging.NOTSET)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def needs(laboratory: Laboratory) -> Needs:
    """What everything needs."""
    return await found(laboratory)


async def test_the_page_is_current(needs: Needs) -> None:
    """The page is what is found: else run `make privileges`."""
    assert PAGE.read_text(encoding="utf-8") == page_of(needs)


@pytest.mark.rows("use_case", ["members.change_role", *(name for name in EVERYTHING if name != "members.change_role")])
async def test_exactly_these(laboratory: Laboratory, database_name: str, use_case: str) -> None:
    """A role with what a use case was found to need may carry it out; without any one of it, it may not."""
    needed, name, columns = await laboratory.needed(use_case), f"{database_name}_exactly", writable()
    async with role_with(laboratory.url, name, given(name, needed, columns)) as url, AsyncExitStack() as stack:
        engine = create_engine(url)
        stack.push_async_callback(engine.dispose)
        store = PostgresStore(engine, GAPLESS, schema=SCHEMA)
        assert await laboratory.suffices(store, use_case)
        trials = [await Trial.ready(laboratory.store, use_case, state) for state in states_of(use_case)]
        for privilege in sorted(needed):
            await laboratory.connection.execute(f'REVOKE {privilege.on(columns)} FROM "{name}"')
            denied = []
            for place, trial in enumerate(trials):
                try:
                    await trial.carried_out(store)
                except AccessDenied:
                    denied.append(place)
                if use_case in REPEATED:  # the others change nothing when they are refused
                    trials[place] = await Trial.ready(laboratory.store, use_case, states_of(use_case)[place])
            assert denied, privilege
            for place in set(range(len(trials))) - set(denied):
                trials[place] = await Trial.ready(laboratory.store, use_case, states_of(use_case)[place])
            await laboratory.connection.execute(f'GRANT {privilege.on(columns)} TO "{name}"')


REPEATED = {"cleanup.purge_expired", "outbox.deliver_due"}
"""What works in several units of work, of which the first may be kept though a later one is refused."""


async def lacking(laboratory: Laboratory, needs: Needs, role: str) -> dict[str, list[Privilege]]:
    """What a role lacks, use case by use case."""
    missing = {
        use_case: [right for right in sorted(rights) if not await laboratory.has(role, right)]
        for use_case, rights in needs.items()
    }
    return {use_case: rights for use_case, rights in missing.items() if rights}


async def test_each_profile_is_enough_and_needed(laboratory: Laboratory, needs: Needs, database_name: str) -> None:
    """The profile that the page names has what a use case needs, and the smaller one lacks something of each job."""
    for profile, beyond in ((Profile.JOBS, set()), (Profile.REQUESTS, BY_JOBS)):
        name = f"{database_name}_{profile.value}_page"
        async with role_with(laboratory.url, name, grants(name, profile=profile)):
            assert (await lacking(laboratory, needs, name)).keys() == beyond


async def test_a_right_too_few_is_noticed(laboratory: Laboratory, needs: Needs, database_name: str) -> None:
    """Without any one right that a use case needs, the profile of jobs is said to lack it."""
    name, columns = f"{database_name}_less", writable()
    async with role_with(laboratory.url, name, grants(name, profile=Profile.JOBS)):
        for right in sorted(
            {right for rights in needs.values() for right in rights if right.verb != "UPDATE" or right.column}
        ):
            await laboratory.connection.execute(f'REVOKE {right.on(columns)} FROM "{name}"')
            assert not await laboratory.has(name, right), right
            await laboratory.connection.execute(f'GRANT {right.on(columns)} TO "{name}"')
        assert await lacking(laboratory, needs, name) == {}
