"""A unit of work in memory beside dicts: in a store that is opened for it, in an open one, and among many rows."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.comparing import compared_in_process
from benchmarks.comparisons import Comparison, Goal
from benchmarks.context import Context
from benchmarks.measurement import Rounds, Side, round_medians
from benchmarks.scenes.call_units import calls_scene
from benchmarks.scenes.freezing import frozen
from benchmarks.scenes.openings import opening_sides, require_same_openings
from benchmarks.scenes.user_units import users_scene

NAME = "memory_units"
GAPLESS, DICTS, MANY, FEW = "gapless", "dicts", "among many", "among few"
SIZES = (100, 1_000_000)
OPENINGS, UNITS = "M0: open a store, create an organization with its owner, close", "M1: a unit"
ROUNDS, STEPS = 40, 100


async def measured(context: Context) -> list[Comparison]:
    """Measures the units: each beside dicts that are given the same values, and among many rows beside few."""
    effort = context.effort(rounds=ROUNDS, steps=STEPS)
    steps = (effort.rounds + 1) * effort.steps
    few, many = (context.size(size, quick) for size, quick in zip(SIZES, (10, 100), strict=True))
    scenes = {
        "a call": await calls_scene(few, steps),
        "an audited user": await users_scene(few, steps),
        MANY: await calls_scene(many, steps),
    }
    await require_same_openings()
    pairs = {name: scene.sides(effort.steps) for name, scene in scenes.items()} | {OPENINGS: opening_sides(steps)}
    with frozen():
        found = await round_medians(_named(pairs), effort)
    return [
        _beside_dicts(context, OPENINGS, found, OPENINGS, OPENING_GOAL),
        _beside_dicts(context, f"{UNITS} over a call, among {few:,}", found, "a call", CALL_GOAL),
        _beside_dicts(context, f"{UNITS} over an audited user, among {few:,}", found, "an audited user", USER_GOAL),
        _beside_dicts(context, f"{UNITS} over a call, among {many:,}", found, MANY, CALL_GOAL),
        compared_in_process(
            context,
            NAME,
            f"M2: a unit over a call, among {many:,} and among {few:,}",
            {MANY: found[f"{GAPLESS} {MANY}"], FEW: found[f"{GAPLESS} a call"]},
            GROWTH_GOAL,
        ),
    ]


def _goal(greatest: float, reason: str, ours: str = GAPLESS, other: str = DICTS) -> Goal:
    return Goal(ours=ours, other=other, greatest=greatest, reason=reason)


OPENING_GOAL = _goal(60, "a test opens a store for itself, and a suite has thousands of tests")
CALL_GOAL = _goal(28, "a suite of thousands of units waits for something else than the store")
USER_GOAL = _goal(40, "as for a call, with two audit records to make and to keep")
GROWTH_GOAL = _goal(1.1, "what is stored does not make a unit slower", ours=MANY, other=FEW)


def _named(pairs: Mapping[str, tuple[Side, Side]]) -> dict[str, Side]:
    return {
        f"{side} {name}": each
        for name, pair in pairs.items()
        for side, each in zip((GAPLESS, DICTS), pair, strict=True)
    }


def _beside_dicts(context: Context, name: str, found: Mapping[str, Rounds], key: str, goal: Goal) -> Comparison:
    return compared_in_process(context, NAME, name, {side: found[f"{side} {key}"] for side in (GAPLESS, DICTS)}, goal)
