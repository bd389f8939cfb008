"""A unit of work in memory: add, get, save and commit, beside a plain dict; with few and with many rows stored."""

from __future__ import annotations

from benchmarks.figures import Figure
from benchmarks.ground import ground
from benchmarks.measurement import Effort, Side, round_medians
from benchmarks.memory_events import Events, events_scene
from benchmarks.memory_users import Users, users_scene

SIZES = (100, 100_000)
GREATEST_RATIO = 40.0
GREATEST_GROWTH = 1.1
RATIO_REASON = "what makes a suite of thousands of units wait for something else than the store"
GROWTH_REASON = "what is stored must not make a unit slower"


async def benchmark(effort: Effort, sizes: tuple[int, int] = SIZES) -> list[Figure]:
    """Measures units of work and the dict: of an audited user with few rows, of an event with few and with many."""
    rounds = effort.rounds + 1
    scenes: dict[str, Users | Events] = {
        "users": await users_scene(sizes[0], effort.steps, rounds),
        "few": await events_scene(sizes[0], effort.steps, rounds),
        "many": await events_scene(sizes[1], effort.steps, rounds),
    }
    sides: dict[str, Side] = {}
    for name, scene in scenes.items():
        sides[f"ours {name}"] = scene.side_ours()
        sides[f"dict {name}"] = scene.side_plain()
    medians = await round_medians(sides, effort)
    few, many = sizes
    ratio, growth = (GREATEST_RATIO, RATIO_REASON), (GREATEST_GROWTH, GROWTH_REASON)
    compared = (
        (f"a unit in memory, audited, {few:,} rows", "unit", "dict", "ours users", "dict users", ratio),
        (f"a unit in memory, {few:,} rows", "unit", "dict", "ours few", "dict few", ratio),
        (f"a unit in memory, {many:,} rows", "unit", "dict", "ours many", "dict many", ratio),
        ("a unit in memory, many rows and few", "many", "few", "ours many", "ours few", growth),
    )
    return [
        Figure(
            name=name,
            ours=ours,
            other=other,
            ours_us=medians[a].wall_us,
            other_us=medians[b].wall_us,
            goal=goal,
            reason=reason,
            ground=ground(),
        )
        for name, ours, other, a, b, (goal, reason) in compared
    ]
