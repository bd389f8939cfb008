"""Describes a difference between a database and a catalogue: how much it matters, which rules it concerns, and how."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import attrs


class Weight(enum.IntEnum):
    """What kind of difference it is; the first kinds matter most."""

    MIGRATION = 0
    TABLE = 1
    RULE = 2
    COLUMN = 3
    MISSING = 4
    DISABLED = 5
    NOT_VALID = 6
    OTHERWISE = 7
    EXECUTABLE = 8
    UNMARKED = 9
    LEFT = 10


@attrs.frozen
class Difference:
    """One difference.

    Attributes:
        weight: how much it matters.
        sentence: says what it is, without a full stop at its end.
        rules: the rules that are not enforced, or not as declared; none if it is about a table or a column.
    """

    weight: Weight
    sentence: str
    rules: tuple[str, ...] = ()


def listed(names: Sequence[str]) -> str:
    """The names as a sentence has them: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def one_line(text: object) -> str:
    """A text of the server in one line, as a sentence has it."""
    return " ".join(str(text).split())
