"""Runs the benchmarks: `python -m benchmarks`, with `--json` for programs."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys

from benchmarks import bulk_changes, memory_units, role_changes, user_reads
from benchmarks.arguments import number_of_rounds
from benchmarks.figures import Figure, table
from benchmarks.measurement import Effort, SidesDiffer
from benchmarks.stage import opened_stage

READING_STEPS = 100
CHANGING_STEPS = 40
MEMORY_STEPS = 100
BULK_ROUNDS = 5
EXPLANATION = """\
The ratio is the median over {rounds} rounds of the ratio of a round's two medians, with the least and the greatest;
beside it is the ratio of the two least medians, which a busy machine disturbs least.
The sides take turns in each round. One round before the first warms up and does not count. The garbage collector runs
before each round and is off during it. Requests are counted by a proxy, in steps that are not timed. By hand means
asyncpg at its best, with the same tables, triggers, values and guarantees; see benchmarks/by_hand.py. The changes of
many rows take {bulk} rounds, against the same tables with every trigger of gapless switched off. The unit in memory
adds, gets and saves a row and commits: an event of the outbox, or where it says audited, a user with its two audit
records. The dict does so with the same values.
The load of the machine, in processes over the last minute, was {before:.2f} before and is {after:.2f} now.
"""


async def measured(rounds: int) -> list[Figure]:
    """All figures."""
    figures = await memory_units.benchmark(Effort(rounds=rounds, steps=MEMORY_STEPS))
    async with opened_stage() as stage:
        figures += await user_reads.benchmark(stage, Effort(rounds=rounds, steps=READING_STEPS))
        figures += await role_changes.benchmark(stage, Effort(rounds=rounds, steps=CHANGING_STEPS))
    return figures + await bulk_changes.benchmark(min(rounds, BULK_ROUNDS))


def main(arguments: list[str]) -> int:
    """Prints the figures; returns 0 whether the goals are reached or not, and 1 if the sides did not do the same."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=number_of_rounds, default=40, help="how many rounds are measured (40)")
    options = parser.parse_args(arguments)
    before = os.getloadavg()[0]
    try:
        figures = asyncio.run(measured(options.rounds))
    except SidesDiffer as error:
        print(error, file=sys.stderr)
        return 1
    load = {"before": before, "after": os.getloadavg()[0]}
    if options.json:
        print(json.dumps({"load": load, "figures": [figure.as_json() for figure in figures]}, indent=2))
    else:
        print(_report(figures, options.rounds, load))
    return 0


def _report(figures: list[Figure], rounds: int, load: dict[str, float]) -> str:
    grounds = dict.fromkeys(str(figure.ground) for figure in figures)
    measured_on = "\n".join(
        f"Measured on {each}: {', '.join(figure.name for figure in figures if str(figure.ground) == each)}."
        for each in grounds
    )
    reasons = dict.fromkeys((figure.goal, figure.reason) for figure in figures)
    goals = "\n".join(f"The goal of {goal:.2f}: {reason}." for goal, reason in reasons)
    explanation = EXPLANATION.format(rounds=rounds, bulk=min(rounds, BULK_ROUNDS), **load)
    return f"{table(figures)}\n\n{goals}\n\n{measured_on}\n\n{explanation}".rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
