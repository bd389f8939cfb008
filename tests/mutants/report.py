"""What is said of the mutants: a line for each, the survivors with their changes, and the share that was killed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.kills import is_there
from tests.mutants.mutant import ROOT, Mutant, source_of
from tests.mutants.places import place_of
from tests.mutants.trial import Outcome, Verdict


def line(number: int, count: int, outcome: Outcome) -> str:
    """One line for a mutant that was tried."""
    mutant = outcome.mutant
    change = mutant.change(source_of(mutant))
    where = f"{mutant.module} {mutant.function}".strip()
    return (
        f"{number}/{count} {outcome.verdict.value:<10} {outcome.seconds:4.0f} s  {change.id} {mutant.kind}: {where}"
        f"{f'  by {outcome.by}' if outcome.by else ''}"
    )


def share(outcomes: Sequence[Outcome]) -> float:
    """How many of a hundred were killed; those of which nothing is known are not counted."""
    known = [outcome for outcome in outcomes if outcome.verdict is not Verdict.FLAKY]
    return 100 * sum(outcome.verdict is Verdict.KILLED for outcome in known) / len(known) if known else 0.0


def summary(outcomes: Sequence[Outcome]) -> str:
    """What is not killed, with its change, and how many of each place were killed."""
    said = []
    for outcome in outcomes:
        if outcome.verdict is not Verdict.KILLED:
            mutant = outcome.mutant
            source = source_of(mutant)
            head = (
                f"{outcome.verdict.value} {mutant.change(source).id} {mutant.kind}: {mutant.module} {mutant.function}"
            )
            said.append(f"\n{head} {outcome.by}\n{mutant.diff(source)}")
    places = sorted({place_of(outcome.mutant.module) for outcome in outcomes})
    for place in places:
        there = [outcome for outcome in outcomes if place_of(outcome.mutant.module) == place]
        killed = sum(outcome.verdict is Verdict.KILLED for outcome in there)
        said.append(f"{place}: {killed} of {len(there)} killed")
    return "\n".join([*said, f"{share(outcomes):.1f} % of {len(outcomes)} mutants killed"])


def read_kills(mutants: Sequence[Mutant], path: Path) -> list[Outcome]:
    """The outcomes of those mutants that a file says were killed before, by what is still there.

    Args:
        mutants: the mutants.
        path: the file, written by `write_json`; there may be none.
    """
    rows = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    kills = {row["id"]: row for row in rows if row["verdict"] == Verdict.KILLED.value and _can_kill(row["by"])}
    ids = {mutant.change(source_of(mutant)).id: mutant for mutant in mutants}
    return [
        Outcome(mutant, Verdict.KILLED, kills[named]["by"], kills[named]["seconds"])
        for named, mutant in ids.items()
        if named in kills
    ]


def _can_kill(by: str) -> bool:
    return "::" not in by or is_there(ROOT, by)


def write_json(outcomes: Sequence[Outcome], path: Path) -> None:
    """Writes the outcomes for programs."""
    rows = [
        {
            "id": outcome.mutant.change(source := source_of(outcome.mutant, ROOT)).id,
            "kind": outcome.mutant.kind,
            "place": place_of(outcome.mutant.module),
            "module": outcome.mutant.module,
            "function": outcome.mutant.function,
            "verdict": outcome.verdict.value,
            "by": outcome.by,
            "seconds": round(outcome.seconds, 1),
            "diff": outcome.mutant.diff(source),
        }
        for outcome in outcomes
    ]
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
    beside.replace(path)
