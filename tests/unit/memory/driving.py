"""Runs coroutines by hand: one that never waits, or several whose every interleaving is tried."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def run(coroutine: Coroutine[object, object, T]) -> T:
    """Runs a coroutine that has nothing to wait for, without an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        found: T = stop.value
        return found
    coroutine.close()
    raise AssertionError("the coroutine waited for something")


class Turn:
    """What a program awaits before each of its operations: it goes on when it gets its turn."""

    def __await__(self) -> Generator[object, None, None]:
        yield self


Turns = Callable[[], Awaitable[None]]
Program = Callable[[Turns], Coroutine[object, object, object]]


async def _turn() -> None:
    await Turn()


class Running:
    """A program on its way, driven by hand."""

    def __init__(self, program: Program) -> None:
        self._coroutine = program(_turn)
        self._waits_for: object = None
        self.result: object = None
        self.done = False

    @property
    def is_ready(self) -> bool:
        """Whether it could go on: it is not finished, and what it waits for has happened."""
        waits_for = self._waits_for
        return not self.done and (not isinstance(waits_for, asyncio.Future) or waits_for.done())

    def close(self) -> None:
        """Ends it where it is."""
        self._coroutine.close()

    def step(self) -> None:
        """Lets it run to its next turn, or to where it has to wait for another program."""
        try:
            self._waits_for = self._coroutine.send(None)
        except StopIteration as stop:
            self.done, self.result = True, stop.value


def schedule(programs: Sequence[Program], choices: Sequence[int]) -> tuple[list[object], list[int]]:
    """Runs programs to their end; which of those that are ready goes on is read from the choices, then it is the first.

    Returns:
        What the programs returned, and how many were ready at each step.
    """
    running = [Running(program) for program in programs]
    widths: list[int] = []
    try:
        while not all(program.done for program in running):
            ready = [program for program in running if program.is_ready]
            assert ready, "every program waits for another one"
            choice = choices[len(widths)] if len(widths) < len(choices) else 0
            widths.append(len(ready))
            ready[choice % len(ready)].step()
    finally:
        for program in running:
            program.close()
    return [program.result for program in running], widths


def every_schedule(prepare: Callable[[], Sequence[Program]]) -> Iterator[list[object]]:
    """Runs fresh programs in every order in which their steps can follow each other.

    Args:
        prepare: makes the programs anew for each run.

    Yields:
        What the programs of one run returned.
    """
    choices: list[int] | None = []
    while choices is not None:
        results, widths = schedule(prepare(), choices)
        yield results
        taken = [*choices, *([0] * (len(widths) - len(choices)))]
        further = [place for place, width in enumerate(widths) if taken[place] + 1 < width]
        choices = [*taken[: further[-1]], taken[further[-1]] + 1] if further else None
