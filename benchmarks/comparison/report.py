"""Says what comparing two commits found, to people and to programs."""

from __future__ import annotations

from benchmarks.comparison.comparison import HEADINGS
from benchmarks.comparison.verdict import Decision
from benchmarks.ground import ground
from benchmarks.tables import rows_as_text

EXPLANATION = """\
Each pair of numbers is this checkout's and that of {against}. Requests to the server are counted by a proxy, in steps
that are not timed. The client CPU is that of the whole worker process of a side, for one step: it does not hold the
time of the server, nor waiting. Medians and minimums are the ratios of those of all rounds. The median ratio is that
of the {rounds} pairs, one of each round, in which the sides take turns; its interval holds the true one with a
probability of {confidence:.1%} or more (order statistics; nothing is assumed of how the ratios are distributed).
No worse means: not more requests, and the interval not wholly above {limit:g}. Several processes of each side, one
after the other, share the rounds; the first round of each warms it up and does not count. The garbage collector runs
before each round and is off during it.
The load of the machine, in processes over the last minute, was {before:.2f} before and is {after:.2f} now.
"""


def report(decision: Decision, load: dict[str, float]) -> str:
    """The decision for people; its last lines say whether this checkout is worse, and in what."""
    first = decision.comparisons[0]
    explanation = EXPLANATION.format(
        against=decision.against,
        rounds=len(first.ratios),
        confidence=first.interval.confidence,
        limit=first.limit,
        **load,
    )
    missing = [
        f"Not compared, because {decision.against} lacks something: {name} ({why})."
        for name, why in decision.unavailable.items()
    ]
    rows = [HEADINGS, *(comparison.as_row() for comparison in decision.comparisons)]
    measured_on = f"Measured on {ground(decision.server)}."
    return "\n".join([rows_as_text(rows), "", measured_on, "", explanation, *missing, *_verdict(decision)])


def _verdict(decision: Decision) -> list[str]:
    if not decision.complaints:
        return [f"No worse than {decision.against}."]
    return [f"Worse than {decision.against}:", *decision.complaints]


def as_json(decision: Decision, load: dict[str, float]) -> dict[str, object]:
    """The decision for programs."""
    return {
        "load": load,
        "against": decision.against,
        "comparisons": [comparison.as_json() for comparison in decision.comparisons],
        "unavailable": decision.unavailable,
        "complaints": decision.complaints,
    }
