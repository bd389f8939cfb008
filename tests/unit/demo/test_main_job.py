"""The main job on two in-memory stores: every use case is in it, and it ends with a purge."""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

import pytest

from gapless.adapters.memory import MemoryStore
from gapless.demo.data import load
from gapless.demo.main_job import MainJob, ended, main_job
from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord, Erasure
from gapless.kit.errors import GaplessError
from gapless.kit.model import Validated
from gapless.kit.outbox import OutboxEvent
from tests.commands import EXAMPLES
from tests.every import SERVICES, TASKS, methods_of

ENDLESS = "outbox.run"  # a task in the background, and no use case

P = ParamSpec("P")
R = TypeVar("R")


async def played(companies: int, memory: MemoryStore, postgres: MemoryStore) -> MainJob:
    """The whole main job with the first companies of the examples."""
    job = await main_job(load(EXAMPLES)[:companies], memory, postgres, lambda: None)
    return await ended(job, memory, postgres, lambda: None)


def watched(
    use_case: Callable[P, Awaitable[R]], name: str, accepted: set[str], refused: set[str]
) -> Callable[P, Awaitable[R]]:
    """The use case, whose name is noted each time."""

    async def noting(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            result = await use_case(*arguments, **named)
        except GaplessError:
            refused.add(name)
            raise
        accepted.add(name)
        return result

    return noting


@pytest.mark.asyncio
async def test_every_use_case_is_played_accepted_and_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each use case of each service is played with eight companies: at least once it is done, and once refused."""
    accepted: set[str] = set()
    refused: set[str] = set()
    known: set[str] = set()
    for place, service in {**SERVICES, **TASKS}.items():
        for name, use_case in methods_of(service).items():
            full = f"{place}.{name}"
            known.add(full)
            monkeypatch.setattr(service, name, watched(use_case, full, accepted, refused))
    job = await played(8, MemoryStore(GAPLESS), MemoryStore(GAPLESS))
    assert job.differences == ()
    told = "Tell it in a chapter of src/gapless/demo/story, and name the chapter in CHAPTERS of its __init__.py."
    assert known - accepted == {ENDLESS}, f"These are never done: {sorted(known - accepted - {ENDLESS})}. {told}"
    assert known - refused == {ENDLESS}, f"These are never refused: {sorted(known - refused - {ENDLESS})}. {told}"


async def number_of(entity: type[Validated], store: MemoryStore, organization_id: OrganizationId) -> int:
    """How many rows of an organization a store has, which may be gone."""
    async with store.reading(organization_id) as reading:
        return await reading.of(entity).count(include_deleted=True)


@pytest.mark.asyncio
async def test_the_purge_leaves_what_it_has_to() -> None:
    """Of fifteen companies one is blocked by its invoices; of what is purged the trail is archived, or erased."""
    memory = MemoryStore(GAPLESS)
    job = await played(15, memory, MemoryStore(GAPLESS))
    assert job.differences == ()
    ids = {str(organization.slug): organization.id for organization in job.created}
    slugs = [company.slug for company in load(EXAMPLES)]
    assert (job.sums.organizations, job.sums.purged, job.sums.blocked) == (18, 4, 1)
    entities: tuple[type[Validated], ...] = (Call, AuditRecord, ArchivedAuditRecord, Erasure)
    left = {
        name: [await number_of(entity, memory, ids[slug]) > 0 for entity in entities]
        for name, slug in {"blocked": slugs[6], "archived": "sister-10", "erased": slugs[13]}.items()
    }
    assert left == {
        "blocked": [True, True, False, False],
        "archived": [False, False, True, False],
        "erased": [False, False, False, True],
    }


@pytest.mark.asyncio
async def test_the_outbox_tells_of_quotas_and_of_the_purged() -> None:
    """Warnings at 80, 90 and 100 percent, past-due payments and purges wait in the outbox for their delivery."""
    memory = MemoryStore(GAPLESS)
    await played(8, memory, MemoryStore(GAPLESS))
    async with memory.system() as unit:
        events = await unit.of(OutboxEvent).find()
    assert {event.payload["percent"] for event in events if event.kind == "quota.warning"} == {80, 90, 100}
    assert "PAST_DUE" in {event.payload["status"] for event in events if event.kind == "payment.failed"}
    assert {"organization.purged", "phone_number.released", "sessions.revoke"} <= {event.kind for event in events}
