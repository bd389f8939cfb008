"""Runs the laws without pytest, and reports which of them a store keeps and which it breaks."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Collection, Coroutine
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import attrs
import pytest

from gapless.kit import Catalogue
from gapless.kit.errors import InvalidValue
from gapless.kit.ports import Store
from gapless.testing.laws.cases import Arguments, Law, laws
from gapless.testing.laws.casting import OWN, Casting

Factory = Callable[[Catalogue], AbstractAsyncContextManager[Store]]
SECONDS_TO_LET_GO = 5.0
"""How many seconds a law may take to end after it was cancelled because it took too long."""


@attrs.frozen(kw_only=True)
class LawVerdict:
    """The result of one case of a law.

    Attributes:
        law: the law.
        case: the name of the case; "" if the law has no other.
        error: what went wrong, in one line; None if the law holds.
    """

    law: Law
    case: str
    error: str | None

    @property
    def name(self) -> str:
        """The subject, the law and the case: `life.use_after_exit[get]`."""
        return f"{self.law.subject}.{self.law.name}{self.case and f'[{self.case}]'}"


@attrs.frozen(kw_only=True)
class LawReport:
    """The result of `check_store`: which laws a store keeps, and which it breaks.

    Attributes:
        verdicts: the result of every case, in the order in which they ran.
    """

    verdicts: tuple[LawVerdict, ...]

    @property
    def holding(self) -> tuple[LawVerdict, ...]:
        """The cases in which a law holds."""
        return tuple(verdict for verdict in self.verdicts if verdict.error is None)

    @property
    def broken(self) -> tuple[LawVerdict, ...]:
        """The cases in which a law is broken."""
        return tuple(verdict for verdict in self.verdicts if verdict.error is not None)

    def as_text(self) -> str:
        """Three lines for each broken case: its name, what should hold, what went wrong; and one with the totals."""
        told = [f"{verdict.name}\n  {verdict.law.sentence}\n  {verdict.error}\n" for verdict in self.broken]
        broken = len({verdict.law.name for verdict in self.broken})
        ran = len({verdict.law.name for verdict in self.verdicts})
        return "".join([*told, f"{ran} laws in {len(self.verdicts)} cases: {ran - broken} hold, {broken} broken"])


async def check_store(
    factory: Factory, *, only: Collection[str] | None = None, seconds: float = 30.0, casting: Casting = OWN
) -> LawReport:
    """Runs every law, each of its cases on a store of its own, one after the other.

    Args:
        factory: takes a catalogue, and gives a block in which an empty store of this catalogue is open. If it raises,
            the law for which the store was opened counts as broken.
        only: names of laws ("reads_hide_deleted_rows") and of subjects ("deleted_rows"); None for all laws.
        seconds: how long one case may take; a case that takes longer is broken. A law that never gives control back
            to the event loop can't be stopped.
        casting: the catalogue, and the entities that play the parts of the laws; the laws' own by default. A law that
            asks for a part which is not played is not run.

    Returns:
        The result of each case.

    Raises:
        InvalidValue: `only` has a name that is neither a law nor a subject.
        RuntimeError: Python runs without assertions (`-O`), so that no law could ever be broken; run it without `-O`.
    """
    if not __debug__:
        raise RuntimeError("The laws are made of assertions, but Python runs without them: leave out -O.")
    verdicts = []
    for law in _chosen(only):
        for case, arguments in law.cases(casting) if law.runs_on(casting) else ():
            error = await _error_of(_run(factory, law, arguments, casting), seconds)
            verdicts.append(LawVerdict(law=law, case=case, error=error))
    return LawReport(verdicts=tuple(verdicts))


def _chosen(only: Collection[str] | None) -> tuple[Law, ...]:
    every = laws()
    if only is None:
        return every
    known = {name for law in every for name in (law.name, law.subject)}
    if unknown := [name for name in only if name not in known]:
        raise InvalidValue("only", f"There is no law and no subject with the name {', '.join(unknown)}.")
    return tuple(law for law in every if law.name in only or law.subject in only)


async def _run(factory: Factory, law: Law, arguments: Arguments, casting: Casting) -> None:
    async with factory(casting.catalogue) as store:
        await law.run(store, arguments, casting)


async def _error_of(run: Coroutine[object, object, None], seconds: float) -> str | None:
    """The error of a run; a run that takes longer than `seconds` is cancelled, and that is its error."""
    task = asyncio.create_task(run)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=SECONDS_TO_LET_GO)
            return f"TimeoutError: it did not end within {seconds:g} seconds"
    finally:
        task.cancel()  # if the check itself is cancelled; an error of a run that was given up is not reported either
    try:
        task.result()
    except (Exception, asyncio.CancelledError, pytest.fail.Exception) as error:  # noqa: BLE001  # it is reported
        return _in_one_line(error)
    return None


def _in_one_line(error: BaseException) -> str:
    """The class of an error, its message, and the line of the law it comes from; for an assertion that line itself."""
    frames = traceback.extract_tb(error.__traceback__)
    frame = next(frame for frame in reversed(frames) if Path(frame.filename).parent == Path(__file__).parent)
    said = str(error).split("\n", 1)[0] or frame.line or ""
    return f"{type(error).__name__}: {said} ({Path(frame.filename).name}:{frame.lineno})"
