"""Conditions, each with the rows for which it is true; as in SQL, a comparison with null is not true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest

from gapless.kit import (
    all_of,
    any_of,
    between,
    contains,
    is_null,
    length,
    lower,
    matches,
    negate,
    one_of,
    starts_with,
)
from gapless.kit.assignments import assign
from gapless.kit.ports import Store
from gapless.testing.laws.files import Folder
from gapless.testing.laws.parts import Files, Team
from gapless.testing.laws.rows import NOW

LABELS = (None, "a", "bb", "bcd")
NEVER: tuple[str, ...] = ()
CONDITIONS: dict[str, tuple[Callable[[Folder], bool], set[str | None]]] = {
    "equal": (lambda row: row.label == "a", {"a"}),
    "not equal": (lambda row: row.label != "a", {"bb", "bcd"}),
    "less": (lambda row: cast(str, row.label) < "bb", {"a"}),
    "null": (lambda row: is_null(row.label), {None}),
    "not null": (lambda row: negate(is_null(row.label)), {"a", "bb", "bcd"}),
    "one of": (lambda row: one_of(row.label, "a", "bb", "zz"), {"a", "bb"}),
    "none of": (lambda row: negate(one_of(row.label, "a")), {"bb", "bcd"}),
    "one of none": (lambda row: one_of(row.label, *NEVER), set()),
    "not one of none": (lambda row: negate(one_of(row.label, *NEVER)), {"a", "bb", "bcd"}),
    "one of none, required": (lambda row: negate(one_of(row.name, *NEVER)), {None, "a", "bb", "bcd"}),
    "length": (lambda row: between(length(cast(str, row.label)), 2, 3), {"bb", "bcd"}),
    "matches": (lambda row: matches(cast(str, row.label), "b[a-z]+"), {"bb", "bcd"}),
    "does not match": (lambda row: negate(matches(cast(str, row.label), "[ab]+")), {"bcd"}),
    "any": (lambda row: any_of(row.label == "a", is_null(row.label)), {None, "a"}),
    "any with an unknown": (lambda row: any_of(row.label == "a", row.created_at <= NOW), {None, "a", "bb", "bcd"}),
    "not any": (lambda row: negate(any_of(row.label == "a", row.label == "bb")), {"bcd"}),
    "all with an unknown": (
        lambda row: negate(all_of(row.label == "a", row.created_at > NOW)),
        {None, "a", "bb", "bcd"},
    ),
    "a truth": (lambda row: row.is_archived, set()),
    "not a truth": (lambda row: negate(row.is_archived), {None, "a", "bb", "bcd"}),
    "two columns": (lambda row: row.label == row.name, {"bb"}),
    "without regard to case": (lambda row: lower(cast(str, row.label)) == lower("BB"), {"bb"}),
    "one of, without regard to case": (lambda row: one_of(lower(cast(str, row.label)), "a", "bcd"), {"a", "bcd"}),
    "a beginning": (lambda row: starts_with(cast(str, row.label), "b"), {"bb", "bcd"}),
    "no beginning": (lambda row: negate(starts_with(cast(str, row.label), "b")), {"a"}),
    "a part": (lambda row: contains(cast(str, row.label), "c"), {"bcd"}),
    "a part that is no wildcard": (lambda row: contains(cast(str, row.label), "_"), set()),
    "the empty part": (lambda row: contains(cast(str, row.label), ""), {"a", "bb", "bcd"}),
    "a sum": (lambda row: 2 * length(cast(str, row.label)) - 1 > 2, {"bb", "bcd"}),
    "a sum with an unknown": (lambda row: length(cast(str, row.label)) + length(row.name) >= 0, {"a", "bb", "bcd"}),
    "a sum that is one of": (lambda row: one_of(length(cast(str, row.label)) + 1, 2, 4), {"a", "bcd"}),
    "a difference of times": (lambda row: row.created_at - NOW > timedelta(days=-1), {None, "a", "bb", "bcd"}),
    "a later time": (lambda row: row.created_at + timedelta(microseconds=1) <= row.created_at, set()),
    "nothing": (lambda _: any_of(), set()),
    "everything": (lambda _: all_of(), {None, "a", "bb", "bcd"}),
}


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS.values(), ids=CONDITIONS.keys())
async def test_condition(
    store: Store, team: Team, files: Files, condition: Callable[[Folder], bool], expected: set[str | None]
) -> None:
    """`find`, `count` and the set-based writes take the same rows by a condition, in a unit and in a reading."""
    home = (await team.created(store)).id
    async with store.unit(home) as unit:
        await unit.of(files.folder).add_all(
            [files.a_folder(home, label=label, name=label or "none") for label in LABELS[::2]]
        )
        await unit.of(files.folder).add_all([files.a_folder(home, label=label) for label in LABELS[1::2]])
        assert {row.label for row in await unit.of(files.folder).find(condition)} == expected
        await unit.commit()
    async with store.reading(home) as reading:
        assert {row.label for row in await reading.of(files.folder).find(condition)} == expected
        assert await reading.of(files.folder).count(condition) == len(expected)
    async with store.unit(home) as unit:
        parent = await unit.of(files.folder).add(files.a_folder(home, label="parent", is_archived=True))
        among: Callable[[Folder], bool] = lambda row: all_of(condition(row), row.id != parent.id)  # noqa: E731
        assert await unit.of(files.folder).update_where(among, lambda row: (assign(row.is_archived, False),)) == len(
            expected
        )
        assert await unit.of(files.folder).delete_where(among) == len(expected)
        left = {row.label for row in await unit.of(files.folder).find(include_deleted=True)} - {"parent"}
        assert left == set(LABELS) - expected
