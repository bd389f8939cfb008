"""The benchmarks: a tiny run of each works, and their guards notice when the two sides do not do the same."""

from collections.abc import AsyncIterator

import asyncpg
import attrs
import pytest
import pytest_asyncio

from benchmarks import bulk_changes, by_hand, role_changes, user_reads
from benchmarks.by_hand import user_of
from benchmarks.context import Context, version_of
from benchmarks.measurement import Effort, SidesDiffer
from benchmarks.sections import patterns
from benchmarks.stage import ACTOR, Stage, opened_stage
from gapless.domain.users import Role, User
from gapless.embedded import EmbeddedServer

pytestmark = pytest.mark.soak  # the benchmarks decide nothing about the library

TINY = Effort(rounds=1, steps=2)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    """A server of its own, with a proxy before it."""
    async with opened_stage() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def context() -> AsyncIterator[Context]:
    """A run that only shows that the sections work."""
    with EmbeddedServer.start() as server:
        yield Context(server=server, version=await version_of(server), is_quick=True)


@pytest.mark.asyncio
async def test_reading_users(stage: Stage) -> None:
    """Both sides read a user in one request, and get the same value."""
    (figure,) = await user_reads.benchmark(stage, TINY)
    assert figure.requests == (1, 1)


@pytest.mark.asyncio
async def test_changing_roles(stage: Stage) -> None:
    """A role takes four requests, as by hand at its best, and both sides leave the same users, records and events."""
    figures = await role_changes.benchmark(stage, TINY)
    assert [figure.requests for figure in figures] == [(4, 4), (4, 4)]


@pytest.mark.asyncio
async def test_bulk_changes() -> None:
    """Both sides change the same rows, with the rules and without; if they did not, the benchmark would stop."""
    figures = await bulk_changes.benchmark(1, organizations=3, rows=4)
    assert [figure.name for figure in figures] == ["activate 12 users", "add 12 users", "start 12 calls"]
    with pytest.raises(SidesDiffer):
        bulk_changes.require_equal({12, 11})


@pytest.mark.asyncio
async def test_patterns(context: Context) -> None:
    """Every text fits its pattern in both forms, of which the compiled one is another; if not, it would stop."""
    found = await patterns.measured(context)
    assert [each.name.partition(" among")[0] for each in found] == list(patterns.COUNTING)
    assert all("char_length(text)" in each.name for each in found)


@pytest.mark.asyncio
async def test_different_users_are_noticed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """If one side read another user than there is, the benchmark would stop."""

    def forgetful(record: asyncpg.Record) -> User:
        return attrs.evolve(user_of(record), version=7)

    monkeypatch.setattr(by_hand, "user_of", forgetful)
    company, _ = await stage.companies("planted-reading")
    with pytest.raises(SidesDiffer):
        await user_reads.require_equal(stage.direct, company)


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["role", "no audit record", "no event"])
async def test_different_changes_are_noticed(stage: Stage, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """If one side left another role, no audit record or no event, the benchmark would stop."""
    ours, other = await stage.companies(f"planted-{fault.replace(' ', '-')}")
    line = role_changes.LINES[0]
    mine, theirs = role_changes.step_ours(stage.direct, ours, line), role_changes.step_by_hand
    await mine(0)
    await theirs(stage.direct, other, line)(0)
    await role_changes.require_equal(stage, ours, other)
    if fault == "role":
        await stage.direct.app.members.change_role(other.id, other.members[0].id, Role.OPERATOR, actor=ACTOR)
    else:
        name = {"no audit record": "AUDIT_RECORD", "no event": "EVENT"}[fault]
        statement = getattr(by_hand, name).removesuffix(")")
        monkeypatch.setattr(by_hand, name, f"{statement} WHERE false)")
        await mine(1)
        await theirs(stage.direct, other, line)(1)
    with pytest.raises(SidesDiffer):
        await role_changes.require_equal(stage, ours, other)
