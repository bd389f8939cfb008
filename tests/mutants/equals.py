"""Mutants that are equal to the source in all that a caller can see, each with the reason; they are not drawn."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TypedDict

import attrs

from tests.mutants.mutant import Change


@attrs.frozen
class Equal:
    """A change that changes nothing, and why."""

    change: Change
    reason: str


class _Written(TypedDict):
    module: str
    function: str
    removed: list[str]
    added: list[str]
    reason: str


def _read(path: Path) -> tuple[Equal, ...]:
    table: dict[str, list[_Written]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        Equal(Change(one["module"], one["function"], tuple(one["removed"]), tuple(one["added"])), one["reason"])
        for one in table["equal"]
    )


EQUALS = _read(Path(__file__).with_suffix(".toml"))
"""Every mutant of the list beside this module."""
