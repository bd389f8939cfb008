"""Errors of the driver and of the network are told by a command as errors of gapless, whichever they are."""

from __future__ import annotations

import asyncpg
import pytest
import sqlalchemy.exc

from gapless.cli.databases import database_errors_translated
from gapless.kit.errors import InvalidValue, StoreUnavailable

FOREIGN = (
    sqlalchemy.exc.OperationalError("SELECT 1", {}, OSError("no")),
    sqlalchemy.exc.ArgumentError("no"),
    *(asyncpg.PostgresError("no"), asyncpg.InterfaceError("no")),
    *(OSError("no"), ConnectionRefusedError("no"), TimeoutError("no")),
)
BUG, OURS = ValueError("a bug"), InvalidValue("schema", "It is wrong.", fields=("schema",))


@pytest.mark.parametrize("error", FOREIGN, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("tasks", [0, 1, 2])
def test_an_error_of_others_is_told_as_one_of_gapless(error: Exception, tasks: int) -> None:
    """It is a StoreUnavailable with the other as its cause, also if several tasks have met it."""
    met = ExceptionGroup("tasks", [error] * tasks) if tasks else error
    with pytest.raises(StoreUnavailable) as caught, database_errors_translated():
        raise met
    assert caught.value.__cause__ is met


@pytest.mark.parametrize(
    "error", [BUG, OURS, ExceptionGroup("tasks", [OSError("no"), BUG])], ids=["bug", "ours", "both"]
)
def test_what_is_no_error_of_others_stays(error: Exception) -> None:
    """A bug is not hidden, also among errors of the network, and an error of gapless is what it was."""
    with pytest.raises(type(error)) as caught, database_errors_translated():
        raise error
    assert caught.value is error


def test_the_first_of_several_is_told() -> None:
    """Of errors of gapless and of the network in several tasks the first is told."""
    with pytest.raises(InvalidValue) as caught, database_errors_translated():
        raise ExceptionGroup("tasks", [ExceptionGroup("more", [OURS]), OSError("no")])
    assert caught.value is OURS
