"""Lengths of time as whole microseconds, in which every store holds them exactly."""

from __future__ import annotations

from datetime import timedelta

MICROSECOND = timedelta(microseconds=1)


def microseconds(duration: timedelta) -> int:
    """How many microseconds a length of time has."""
    return duration // MICROSECOND
