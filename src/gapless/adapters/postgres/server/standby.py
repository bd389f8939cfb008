"""Standbys: an application may ask for one, and otherwise it is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres.server.driver_errors import driver_error
from gapless.kit.errors import DatabaseOnStandby, DatabaseUnreachable

READING = ("standby", "prefer-standby", "read-only", "any")
VARIABLE = "PGTARGETSESSIONATTRS"


def asks_for_standby(engine: AsyncEngine, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the URL of an engine, or else the environment, accepts a server that can only be read."""
    return engine.url.query.get("target_session_attrs", environment.get(VARIABLE)) in READING


def on_standby() -> DatabaseOnStandby:
    """The error for a standby that was not asked for."""
    return DatabaseOnStandby(
        "The server is a standby, or another that only reads: name the primary, or say target_session_attrs=any in "
        "the URL to read from this one."
    )


@contextmanager
def standby_refused(engine: AsyncEngine) -> Iterator[None]:
    """Says that each host is a standby where a primary is wanted; only at the beginning, since a failover ends.

    Raises:
        DatabaseOnStandby: all hosts answer, and none is a primary.
    """
    try:
        yield
    except DatabaseUnreachable as error:
        # On a host's engine SQLAlchemy has put an error of its own around the driver's.
        cause = None if error.__cause__ is None else driver_error(error.__cause__)
        if isinstance(cause, asyncpg.TargetServerAttributeNotMatched) and not asks_for_standby(engine):
            raise on_standby() from error
        raise
