"""Whole numbers: the types that keep them, and how far each reaches."""

from __future__ import annotations

from typing import NewType

from gapless.kit.columns.types import ColumnType

BigInteger = NewType("BigInteger", int)
"""A whole number of eight bytes; a plain `int` has four."""
INTEGER_RANGES = {ColumnType.INTEGER: (-(2**31), 2**31 - 1), ColumnType.BIG_INTEGER: (-(2**63), 2**63 - 1)}
UNNUMBERED = BigInteger(0)
"""The number of a row that no store has taken yet."""
