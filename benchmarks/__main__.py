"""Runs the benchmarks: `python -m benchmarks`, with `--json FILE` for programs."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.arguments import number_of_rounds
from benchmarks.comparisons import Comparison
from benchmarks.context import Context, version_of
from benchmarks.ground import OURS
from benchmarks.growths import Growth
from benchmarks.measurement import SidesDiffer
from benchmarks.results import as_json
from benchmarks.sections.registry import SECTIONS
from benchmarks.tables import table
from gapless.embedded import EmbeddedServer

EXPLANATION = """\
A ratio is the median over the rounds of the ratio of a round's two medians, with the least and the greatest; beside it
are the ratio of the two least medians, which a busy machine disturbs least, and that of the client's CPU. The sides
take turns in each round. One round before the first warms up and does not count. The garbage collector runs before each
turn and is off during it. Requests are counted by a proxy, in steps that are not timed. Each opponent's code stands in
benchmarks/contenders. Where a table says "not trusted", its rounds or the machine say nothing, and it tells why.
"""


async def measured(options: argparse.Namespace) -> list[Comparison | Growth]:
    """What the sections find that are asked for; each is told on standard error when it begins."""
    found: list[Comparison | Growth] = []
    with EmbeddedServer.start() as server:
        for place, name in enumerate(options.only or SECTIONS):
            print(f"measuring {name}", file=sys.stderr, flush=True)
            context = Context(
                server=server,
                version=await version_of(server),
                rounds=options.rounds,
                is_quick=options.quick,
                own_load=OURS if place else 0.0,
            )
            found += await SECTIONS[name](context)
    return found


def main(arguments: list[str]) -> int:
    """Prints what was found; returns 0 whether the goals are reached or not, and 1 if the sides did not do the same."""
    options = _parser().parse_args(arguments)
    before = os.getloadavg()[0]
    try:
        found = asyncio.run(measured(options))
    except SidesDiffer as error:
        print(error, file=sys.stderr)
        return 1
    if options.json is not None:
        options.json.write_text(json.dumps(as_json(found), indent=1) + "\n")
    print(_report(found, before))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, metavar="SECTION", help=f"of {', '.join(SECTIONS)}")
    parser.add_argument(
        "--rounds", type=number_of_rounds, help="how many rounds are measured; each section has its own"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write JSON as well")
    parser.add_argument("--quick", action="store_true", help="only show that it works, with few rows and one round")
    return parser


def _report(found: Sequence[Comparison | Growth], before: float) -> str:
    grounds = "\n".join(f"Measured on {each}." for each in dict.fromkeys(str(each.ground) for each in found))
    load = f"The load of the machine was {before:.2f} before and is {os.getloadavg()[0]:.2f} now."
    return f"{table(found)}\n\n{grounds}\n{load}\n\n{EXPLANATION}".rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
