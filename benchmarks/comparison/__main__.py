"""Compares this checkout with another commit: `python -m benchmarks.comparison <commit>`; `--json` for programs."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import signal
import sys
from pathlib import Path

from benchmarks.arguments import number_of_rounds
from benchmarks.comparison.checkout import CommitUnknown, checked_out
from benchmarks.comparison.comparison import LIMIT
from benchmarks.comparison.report import as_json, report
from benchmarks.comparison.side import ROOT, SideFailed
from benchmarks.comparison.verdict import HERE, Decision, Extent, decided
from benchmarks.comparison.works import MODULES
from benchmarks.measurement import SidesDiffer
from gapless.embedded import EmbeddedServer

NO_WORSE, WORSE, NOT_DECIDED = 0, 1, 2


async def compared(repository: Path, commit: str, extent: Extent) -> Decision:
    """Compares this checkout with a commit, on a server of its own. Whatever ends it, nothing is left behind."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # a coroutine runs in a task
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    with checked_out(repository, commit) as there, EmbeddedServer.start() as server:
        return await decided(HERE, there, server.url(), extent)


def main(arguments: list[str], repository: Path = ROOT) -> int:
    """Prints the decision.

    Returns:
        0 if this checkout is no worse, 1 if it is worse, 2 if that could not be decided.
    """
    options = _options(arguments)
    extent = Extent(works=options.work or MODULES, rounds=options.rounds, limit=options.limit)
    before = os.getloadavg()[0]
    try:
        decision = asyncio.run(compared(repository, options.commit, extent))
    except (CommitUnknown, SideFailed, SidesDiffer) as error:
        print(error, file=sys.stderr)
        return NOT_DECIDED
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Interrupted; nothing is decided, and nothing is left behind.", file=sys.stderr)
        return NOT_DECIDED
    load = {"before": before, "after": os.getloadavg()[0]}
    print(json.dumps(as_json(decision, load), indent=2) if options.json else report(decision, load))
    return WORSE if decision.complaints else NO_WORSE


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.comparison", description=__doc__)
    parser.add_argument("commit", help="what this checkout is compared with")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=number_of_rounds, default=40, help="how many rounds are measured (40)")
    parser.add_argument(
        "--limit", type=_limit, default=LIMIT, help=f"the ratio of client CPU that is allowed ({LIMIT})"
    )
    parser.add_argument("--work", action="append", choices=MODULES, help="only this piece of work; may be repeated")
    return parser.parse_args(arguments)


def _limit(text: str) -> float:
    number = float(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError("a limit is a positive ratio, such as 1.05")
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
