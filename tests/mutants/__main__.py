"""Plants faults into copies of the package, and lists those that no test finds: `make mutants`.

python -m tests.mutants [--count 100] [--seed 1] [--place kit …] [--mutant ID …] [--json FILE]
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.copies import Copy
from tests.mutants.kills import Kills
from tests.mutants.mutant import Mutant, source_of
from tests.mutants.places import PLACES
from tests.mutants.report import line, read_kills, share, summary, write_json
from tests.mutants.sample import draw, every_mutant
from tests.mutants.trial import Court, Outcome

FLOOR = 95.0
"""How many of a hundred mutants have to be killed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Tries as many mutants as are asked for.

    Args:
        arguments: those of the command line, if not the process's own.

    Returns:
        0 if enough of them were killed, else 1, after the list of the others.
    """
    asked = _parser().parse_args(arguments)
    seed = secrets.randbelow(1 << 31) if asked.seed is None else asked.seed
    drawn = _chosen(asked.mutant) if asked.mutant else draw(every_mutant(), asked.count, seed, asked.place)
    _say(f"{len(drawn)} mutants, seed {seed}")
    outcomes = read_kills(drawn, asked.json) if asked.json and not asked.mutant else []
    if outcomes:
        _say(f"{len(outcomes)} of them were killed before, by {asked.json}")
    known = {id(outcome.mutant) for outcome in outcomes}
    left = [mutant for mutant in drawn if id(mutant) not in known]
    for outcome in tried(left, Court(Kills(), asked.seconds, everything=asked.everything), asked.jobs):
        outcomes.append(outcome)
        _say(line(len(outcomes), len(drawn), outcome))
        if asked.json:
            write_json(outcomes, asked.json)
    _say(summary(outcomes))
    return 0 if share(outcomes) >= asked.floor else 1


def tried(mutants: Sequence[Mutant], court: Court, jobs: int) -> Iterator[Outcome]:
    """The outcomes of mutants, as they come.

    Args:
        mutants, court: what is tried, and by which tests.
        jobs: how many are tried at the same time, each in a copy of the repository of its own.
    """
    with tempfile.TemporaryDirectory(prefix="gapless-mutants-") as folder, ThreadPoolExecutor(jobs) as threads:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(jobs):
            copies.put(Copy.of_checkout(Path(folder, str(number))))

        def outcome(mutant: Mutant) -> Outcome:
            copy = copies.get()
            try:
                return court.outcome(mutant, copy)
            finally:
                copies.put(copy)

        waiting = [threads.submit(outcome, mutant) for mutant in mutants]
        try:
            yield from (done.result() for done in as_completed(waiting))
        finally:
            for left in waiting:
                left.cancel()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _chosen(ids: Sequence[str]) -> list[Mutant]:
    """The mutants with these ids: of several lines that are alike, each that is changed alike."""
    found: dict[str, list[Mutant]] = {}
    for mutant in every_mutant():
        found.setdefault(mutant.change(source_of(mutant)).id, []).append(mutant)
    if unknown := set(ids) - set(found):
        raise SystemExit(f"No mutant has the id {', '.join(sorted(unknown))}.")
    return [mutant for named in ids for mutant in found[named]]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="how many mutants are drawn")
    parser.add_argument("--seed", type=int, help="of the drawing; another one each time if none is given")
    parser.add_argument("--place", action="append", default=[], choices=[*PLACES], help="where, and may be repeated")
    parser.add_argument("--mutant", action="append", default=[], help="tries the mutant with this id, and no others")
    parser.add_argument("--seconds", type=float, default=900.0, help="how long the tests of one mutant may take")
    parser.add_argument("--jobs", type=int, default=2, help="how many mutants are tried at the same time")
    parser.add_argument("--floor", type=float, default=FLOOR, help="how many of a hundred have to be killed")
    parser.add_argument(
        "--everything", action="store_true", help="ask the whole suite if the tests of a place find nothing"
    )
    parser.add_argument(
        "--json", type=Path, help="a file that gets the outcomes; what it has as killed is not tried again"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
