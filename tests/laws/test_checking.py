"""The laws without pytest: what a report says of a store that keeps them, breaks them, or hangs."""

import asyncio
import gc
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from itertools import count

import pytest

from gapless.adapters.locks import UnitLock
from gapless.adapters.memory import MemoryStore
from gapless.adapters.writing import requirements
from gapless.adapters.writing.unit import Unit
from gapless.kit import Catalogue, positions
from gapless.kit.errors import ConcurrencyConflict, InvalidValue, QueryRefused
from gapless.kit.ids import RootId
from gapless.kit.ports import SystemUnit, UnitOfWork
from gapless.testing.laws.cases import SUBJECTS, laws
from gapless.testing.laws.catalogue import WORKSPACES
from gapless.testing.laws.checker import Factory, check_store
from tests.laws.voice_service.casting import VOICE_SERVICE

pytestmark = pytest.mark.asyncio
STARTING = [
    module.__name__.rpartition(".")[2] for module in SUBJECTS if {"asyncio", "started", "at_once"} & {*vars(module)}
]
"""The subjects with laws that start tasks."""


def opening(kind: Callable[[Catalogue], MemoryStore]) -> Factory:
    """What opens stores of a kind."""

    @asynccontextmanager
    async def opened(catalogue: Catalogue) -> AsyncIterator[MemoryStore]:
        store = kind(catalogue)
        yield store
        await store.aclose()

    return opened


def unopened(_: Catalogue) -> MemoryStore:
    """A store that can't be reached."""
    raise ConnectionError("nobody there")


class NeverAcross(MemoryStore):
    """A store whose units across organizations are wrong from the first."""

    def system(self) -> SystemUnit:
        """Fails."""
        raise LookupError("There is no such thing.\nNot here.")


class Hanging(MemoryStore):
    """A store whose creations wait for ever when they are committed."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(catalogue)
        self.is_reached = asyncio.Event()

    def creating(self, root_id: RootId, *, of: type | None = None, seconds: float | None = None) -> UnitOfWork:
        """Its commit is one that comes to no end."""
        unit = super().creating(root_id, of=of, seconds=seconds)
        unit.commit = self._wait  # type: ignore[method-assign]  # that is the fault
        return unit

    async def _wait(self) -> None:
        self.is_reached.set()
        await asyncio.Event().wait()


async def test_a_store_that_begins_behind_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that takes whatever it is given for the row behind which a page begins breaks the law about that."""
    right = positions.position_of

    def wrong(*given: object) -> object:
        with suppress(QueryRefused):
            return right(*given)  # type: ignore[arg-type]  # what it was given
        return None

    monkeypatch.setattr("gapless.kit.queries.position_of", wrong)
    report = await check_store(opening(MemoryStore), only={"bad_input"})
    assert {verdict.law.name for verdict in report.broken} == {"a_page_begins_behind_a_row"}


async def test_a_store_that_keeps_the_laws() -> None:
    """Every case of the laws that a catalogue has the parts for is tried; if all hold, the report has one line.

    All laws at once are checked by the program of docs/testing.md; here are some of those that ask for parts.
    """
    chosen = {law.subject for law in laws() if not law.runs_on(VOICE_SERVICE)}
    report = await check_store(opening(MemoryStore), casting=VOICE_SERVICE, only=chosen)
    tried = [law for law in laws() if law.subject in chosen and law.runs_on(VOICE_SERVICE)]
    assert (report.broken, len(report.verdicts)) == ((), sum(len(list(law.cases(VOICE_SERVICE))) for law in tried))
    assert report.as_text() == f"{len(tried)} laws in {len(report.verdicts)} cases: {len(tried)} hold, 0 broken"
    assert len(tried) > 20


FORGOTTEN = {
    "require_changeable": "versions.when_a_row_was_created_never_changes",
    "require_addable": "audit.nobody_adds_to_the_archive",
}


@pytest.mark.parametrize("forgotten", FORGOTTEN)
async def test_what_is_asked_of_a_write_is_found_missing(forgotten: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that lets a time of creation change, or adds to the archive, breaks the law that says it must not."""
    monkeypatch.setattr(requirements, forgotten, lambda *_: None)
    law = FORGOTTEN[forgotten]
    report = await check_store(opening(MemoryStore), only=[law.partition(".")[0]])
    assert [verdict.name for verdict in report.broken] == [law]


async def test_a_law_that_is_broken() -> None:
    """A broken case is told by its name, by the sentence of its law, and by the first line of the error."""
    only = ("reads_are_cancelled_everywhere", "reading_of_what_is_not_there", "creation_rolls_back")
    report = await check_store(opening(NeverAcross), only=only)
    assert [verdict.name for verdict in report.broken] == [
        "life.creation_rolls_back",
        "cancellation.reads_are_cancelled_everywhere",
    ]
    assert [verdict.law.name for verdict in report.holding] == ["reading_of_what_is_not_there"]
    first, sentence, error, *_, last = report.as_text().splitlines()
    assert first == "life.creation_rolls_back"
    assert sentence == "  A root that was created in a unit without a commit is not there."
    assert error.startswith("  LookupError: There is no such thing. (life.py:")
    assert last == "3 laws in 3 cases: 1 hold, 2 broken"


async def goes_on(*_: object) -> None:
    """Does nothing, where it should."""


async def is_refused(*_: object) -> None:
    """Fails, where nothing is wrong."""
    raise ConcurrencyConflict


def is_refused_later() -> Callable[[Unit], Coroutine[object, object, None]]:
    """Keeps what is committed twice, and refuses from then on."""
    numbers, kept = count(), Unit.commit

    async def commit(unit: Unit) -> None:
        await (kept if next(numbers) < 2 else is_refused)(unit)

    return commit


BREAKING: dict[str, tuple[type, str, Callable[[], object]]] = {
    "nobody waits": (UnitLock, "acquire", lambda: goes_on),
    "nothing is kept": (Unit, "commit", lambda: goes_on),
    "every commit is refused": (Unit, "commit", lambda: is_refused),
    "later commits are refused": (Unit, "commit", is_refused_later),
}
"""What breaks laws that start tasks: a method of our units, and what makes another for each store."""


@pytest.mark.parametrize("fault", BREAKING)
async def test_a_broken_law_leaves_no_task(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a law has started is over when the law is, though it was broken in the middle, and nothing is told later."""
    place, name, make = BREAKING[fault]
    loop, told, left = asyncio.get_running_loop(), list[object](), list[object]()
    loop.set_exception_handler(lambda _, context: told.append(context["message"]))

    @asynccontextmanager
    async def opened(catalogue: Catalogue) -> AsyncIterator[MemoryStore]:
        before, store = asyncio.all_tasks(), MemoryStore(catalogue)
        try:
            with monkeypatch.context() as patch:
                patch.setattr(place, name, make())
                yield store
        finally:
            left.extend(asyncio.all_tasks() - before)
            await store.aclose()

    report = await check_store(opened, only=STARTING, seconds=5)
    gc.collect()
    assert (told, left) == ([], [])
    assert report.broken


async def test_a_law_that_hangs() -> None:
    """A case that comes to no end is broken, and the next one is tried."""
    report = await check_store(opening(Hanging), only=["no_time_at_all", "what_is_no_limit_is_refused"], seconds=0.02)
    assert {verdict.error for verdict in report.broken} == {"TimeoutError: it did not end within 0.02 seconds"}
    assert [verdict.name for verdict in report.broken] == [
        *(f"bad_input.what_is_no_limit_is_refused[{limit!r}]" for limit in (0, -1, 2**63, True, 1.0, "1")),
        *(f"deadlines.no_time_at_all[{seconds}]" for seconds in ("0", "-1")),
    ]


async def test_a_law_that_hangs_and_fails_when_it_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    """What is raised by a case that was given up is part of that, and is not told a second time."""

    @asynccontextmanager
    async def unclosed(catalogue: Catalogue) -> AsyncIterator[MemoryStore]:
        try:
            yield Hanging(catalogue)
        finally:
            raise ConnectionError("nobody there")

    report = await check_store(unclosed, only=["what_has_no_order_is_refused"], seconds=0.02)
    assert [verdict.error for verdict in report.broken] == ["TimeoutError: it did not end within 0.02 seconds"]
    gc.collect()
    assert caplog.records == []


async def test_a_store_that_does_not_open_or_close() -> None:
    """A store that can't be opened, or closed, breaks the law for which it was opened."""

    @asynccontextmanager
    async def unclosed(catalogue: Catalogue) -> AsyncIterator[MemoryStore]:
        yield MemoryStore(catalogue)
        raise ConnectionError("nobody there")

    for factory in (opening(unopened), unclosed):
        (verdict,) = (await check_store(factory, only=["reading_of_what_is_not_there"])).broken
        assert str(verdict.error).startswith("ConnectionError: nobody there")


async def test_laws_that_are_not_there() -> None:
    """A name that no law and no subject has is refused before anything runs."""
    with pytest.raises(InvalidValue, match="with the name visible"):
        await check_store(opening(MemoryStore), only=["visibility", "visible"])


async def test_a_check_that_is_cancelled() -> None:
    """Whoever cancels a check ends the law that was running as well."""
    store, before = Hanging(WORKSPACES), asyncio.all_tasks()
    check = asyncio.create_task(check_store(opening(lambda _: store), only=["no_time_at_all"]))
    await asyncio.wait_for(store.is_reached.wait(), 5)
    check.cancel()
    await asyncio.wait({check})
    await asyncio.wait(asyncio.all_tasks() - before or {check}, timeout=5)
    assert check.cancelled()
    assert asyncio.all_tasks() == before


async def test_python_without_assertions() -> None:
    """Where assertions are left out no law is run: all of them would hold."""
    program = "import asyncio; from gapless.testing.laws.checker import check_store; asyncio.run(check_store(None))"
    done = subprocess.run([sys.executable, "-O", "-c", program], capture_output=True, text=True, check=False)  # noqa: ASYNC221  # nothing else runs
    assert "leave out -O" in done.stderr
