"""One mutant on trial: it is planted, and the tests are asked until one fails."""

from __future__ import annotations

import enum
import re
import time
from collections.abc import Iterator, Sequence
from threading import Lock

import attrs

from tests.mutants.copies import Copy, Ended
from tests.mutants.kills import Kills
from tests.mutants.mutant import ROOT, Mutant
from tests.mutants.places import PLACES, Place, place_of
from tests.mutants.reach import Reach
from tests.mutants.relevance import by_relevance, by_seconds, elsewhere, relevance
from tests.mutants.sql_faults import SQL

PYTEST = ("-m", "pytest", "-p", "tests.mutants.hasty", "--timeout=100", "-x", "-n", "0", "--tb=line", "-rfE")
"""Few tests take ten seconds, and many mutants let one wait for ever."""
NO_SERVER, SERVER = ("--no-server",), ("-m", "server")
_FAILED = re.compile(r"^(?:FAILED|ERROR) ([^\s\[]+)", re.MULTILINE)
_MISSING = re.compile(r"^ERROR: (?:not found|file or directory not found)", re.MULTILINE)
ALL_PASSED, NOTHING_TO_RUN, WRONG_USE = 0, 5, 4
CONFIRM_SECONDS = 300


class Verdict(enum.Enum):
    """What came of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    UNFINISHED = "unfinished"
    """Its time was over before a test had failed or all had passed: it counts as a survivor."""
    FLAKY = "flaky"
    """The test that failed fails without the mutant as well: nothing is known of the mutant."""


@attrs.frozen
class Outcome:
    """A mutant, and what came of it.

    Attributes:
        by: the test that killed it, or what else did.
        seconds: how long it took.
    """

    mutant: Mutant
    verdict: Verdict
    by: str
    seconds: float


@attrs.frozen(slots=False)
class Court:
    """Puts mutants on trial.

    Attributes:
        kills: what killed others before.
        seconds: how long the tests of one mutant may take together.
        place: the tests of the mutant's place, if others are to be asked than `PLACES` names.
        reach: which tests run what a mutant changes, as far as that was recorded.
        everything: whether the whole suite is asked if those find nothing.
    """

    kills: Kills
    seconds: float
    place: Place | None = None
    reach: Reach = attrs.field(factory=Reach)
    everything: bool = False
    _lock: Lock = attrs.field(factory=Lock, init=False)
    _right: dict[str, bool] = attrs.field(factory=dict, init=False)

    def outcome(self, mutant: Mutant, copy: Copy) -> Outcome:
        """What comes of a mutant.

        Args:
            mutant: the mutant.
            copy: where it is planted; nobody else uses it meanwhile.
        """
        started = time.monotonic()
        try:
            verdict, by = self._asked(mutant, copy, started + self.seconds)
        finally:
            copy.restore(mutant)
        if verdict is Verdict.KILLED and "::" in by:
            verdict = self._confirmed(mutant, by, copy)
        return Outcome(mutant, verdict, by, time.monotonic() - started)

    def _asked(self, mutant: Mutant, copy: Copy, end: float) -> tuple[Verdict, str]:
        planted = copy.plant(mutant)
        if planted.code != 0:
            return Verdict.KILLED, f"the package can't be imported: {_last_line(planted.output)}"
        for tests in self._stages(mutant):
            unsure: list[str] = []
            while True:
                ended = copy.run([*PYTEST, *tests, *unsure], max(end - time.monotonic(), 1))
                if ended.code is None:
                    return Verdict.UNFINISHED, f"in {' '.join(tests[:3])} …"
                if (by := killer(ended)) is None:
                    break
                if self._fails_again(mutant, by, copy):
                    return Verdict.KILLED, by
                unsure += ["--deselect", by]
        return Verdict.SURVIVED, ""

    def _fails_again(self, mutant: Mutant, by: str, copy: Copy) -> bool:
        """Whether a test that says nothing of the mutant's module fails again: a busy machine may have failed it."""
        if "::" not in by or relevance(ROOT, by.split("::", maxsplit=1)[0], mutant) > 0:
            return True
        return copy.run([*PYTEST, by], CONFIRM_SECONDS).code not in {ALL_PASSED, NOTHING_TO_RUN}

    def _stages(self, mutant: Mutant) -> Iterator[Sequence[str]]:
        """The tests in groups, each for one process: what is quick and likely to find it comes first."""
        if known := self.kills.first(mutant.module):
            yield known
        reached = self.reach.of(mutant)
        likely, others = by_seconds(ROOT, reached.seconds, mutant)
        if likely:
            yield likely
        if not reached.alone:
            yield from self._guessed(mutant)
        elif others:
            yield others
        if self.everything:
            yield ["tests"]

    def _guessed(self, mutant: Mutant) -> Iterator[Sequence[str]]:
        """The tests of the mutant's place, those first that speak of it, and those of other places that do."""
        place = self.place or PLACES[place_of(mutant.module)]
        if mutant.kind == SQL and place.first:
            yield [*SERVER, *place.first]
        quick, rest = by_relevance(ROOT, place.without_server, mutant)
        likely, others = by_relevance(ROOT, place.with_server, mutant)
        far = [] if self.place else elsewhere(ROOT, (*place.without_server, *place.with_server), mutant)
        none: tuple[str, ...] = ()
        groups = [(NO_SERVER, quick), (SERVER, likely), (none, far), (NO_SERVER, rest), (SERVER, others)]
        if mutant.kind == SQL:  # which a server alone sees
            groups = [*groups[1:3], groups[4], groups[0], groups[3]]
        yield from ([*option, *tests] for option, tests in groups if tests)

    def _confirmed(self, mutant: Mutant, test: str, copy: Copy) -> Verdict:
        """Whether the test that failed passes without the mutant (decision 0046); asked once for each test."""
        with self._lock:
            known = self._right.get(test)
        if known is None:
            known = copy.run([*PYTEST, test], CONFIRM_SECONDS).code == ALL_PASSED
            with self._lock:
                self._right[test] = known
        if known:
            self.kills.add(mutant.module, test)
        return Verdict.KILLED if known else Verdict.FLAKY


def killer(ended: Ended) -> str | None:
    """The test that failed, or what else went wrong; None if nothing did."""
    if ended.code in {ALL_PASSED, NOTHING_TO_RUN}:
        return None
    if ended.code == WRONG_USE and _MISSING.search(ended.output):
        raise LookupError(f"A test that was asked for is not there:\n{ended.output[-2000:]}")
    found = _FAILED.search(ended.output)
    return found[1].removesuffix(":") if found else f"pytest ended with {ended.code}: {_last_line(ended.output)}"


def _last_line(output: str) -> str:
    return (output.strip().splitlines() or [""])[-1][:200]
