"""Whatever the driver raises is the same error of gapless, whether SQLAlchemy stood between or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import asyncpg
import attrs
import pytest
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection, AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError

from gapless.adapters.postgres import errors
from gapless.adapters.postgres.errors import MIGRATED, NOTHING_KEPT, OPENED, connecting, is_busy, translated
from gapless.adapters.postgres.migrations.blocking import state_of_failure
from gapless.adapters.postgres.server.driver_errors import driver_error
from gapless.domain.catalogue import GAPLESS
from gapless.kit.errors import ConcurrencyConflict, DatabaseUnreachable, GaplessError

DIALECT = AsyncAdapt_asyncpg_dbapi(asyncpg)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
SAID = "no such thing"


@attrs.frozen
class Driver:
    """As much of a driver's connection as SQLAlchemy asks when an error comes from it."""

    is_closed: Callable[[], bool] = lambda: False


def subclasses(base: type[Exception]) -> Iterator[type[Exception]]:
    """All errors of a kind that the driver has, the kind included."""
    yield base
    for kind in base.__subclasses__():
        yield from subclasses(kind)


def raised_by_driver() -> list[Exception]:
    """One error of each kind that the driver raises, by itself or for the network."""
    bases = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    kinds = {kind for base in bases for kind in subclasses(base)}
    ours = sorted((kind for kind in kinds if kind.__module__.startswith("asyncpg")), key=lambda kind: kind.__name__)
    assert len(ours) > 200
    return [*(kind(SAID) for kind in ours), OSError(SAID), TimeoutError(SAID), EOFError(SAID)]


def of_dialect(error: Exception) -> Exception:
    """What SQLAlchemy's dialect raises for an error of the driver, as it does while it connects."""
    adapted = AsyncAdapt_asyncpg_connection(DIALECT, Driver())  # type: ignore[no-untyped-call]  # as above
    raise_from = cast("Callable[[Exception], None]", adapted._handle_exception)  # which 2.0 leaves untyped
    try:
        raise_from(error)
    except Exception as caught:  # noqa: BLE001  # whichever it is
        return caught
    raise AssertionError("SQLAlchemy swallows it")


def of_statement(error: Exception) -> Exception:
    """What SQLAlchemy raises when a statement fails with an error of the driver."""
    inner = of_dialect(error)
    return DBAPIError.instance("SELECT 1", {}, inner, DIALECT.Error) if isinstance(inner, DIALECT.Error) else inner


def told(error: GaplessError) -> tuple[type[GaplessError], str]:
    """What a host sees of an error."""
    return type(error), str(error)


def misread() -> list[str]:
    """The kinds of the driver's errors, and where SQLAlchemy has put its own around them, that are read otherwise."""
    found = []
    for raised in raised_by_driver():
        for wrapped in (of_dialect(raised), of_statement(raised)):
            same = (
                told(translated(wrapped, GAPLESS, 1.0)) == told(translated(raised, GAPLESS, 1.0))
                and told(connecting(wrapped, "there")) == told(connecting(raised, "there"))
                and state_of_failure(wrapped) == (getattr(raised, "sqlstate", None) or "")
            )
            found += [] if same else [f"{type(raised).__name__} in {type(wrapped).__name__}"]
    return found


def test_every_error_of_the_driver_is_found() -> None:
    """Each kind of error is the same to a host through SQLAlchemy, its dialect, or the driver's own connection."""
    assert misread() == []


@pytest.mark.parametrize(
    "lost",
    [
        ConnectionResetError("reset"),
        BrokenPipeError("broken"),
        EOFError("over"),
        asyncpg.InterfaceError("closed"),
        asyncpg.InternalClientError("unsettled"),
        asyncpg.ConnectionDoesNotExistError("gone"),
    ],
    ids=lambda lost: type(lost).__name__,
)
def test_a_lost_connection_is_told_as_one(lost: Exception) -> None:
    """Whatever the driver raises when a connection is lost, the database is not reached."""
    assert type(translated(lost, GAPLESS, 1.0)) is DatabaseUnreachable


def test_a_row_that_two_have_changed_is_a_conflict() -> None:
    """An internal error of the server is a conflict if it is how an abort at the same time looks, and else is none."""
    said = "new multixact has more than one updating member: 0 740 (nokeyupd)"
    assert type(translated(asyncpg.InternalServerError(said), GAPLESS, 1.0)) is ConcurrencyConflict
    assert type(translated(asyncpg.InternalServerError("cache lookup failed"), GAPLESS, 1.0)) is not ConcurrencyConflict


@pytest.mark.parametrize("said", ["another operation is in progress", SAID])
def test_a_connection_is_busy_by_the_word_of_the_driver_alone(said: str) -> None:
    """What a server says with the driver's words, as a trigger of a host may, keeps no connection busy."""
    assert {is_busy(kind(said)) for kind in subclasses(asyncpg.InterfaceError)} == {said != SAID}
    others = (*(kind(said) for kind in subclasses(asyncpg.PostgresError)), OSError(said), TimeoutError(said))
    assert not any(map(is_busy, others))


class DatabaseGone(Exception):
    """An error of a host's own."""


def test_what_is_no_error_of_the_driver_stays() -> None:
    """An error that holds none of the driver's is given back as it is, though others have caused it."""
    refused = asyncpg.PostgresError(SAID)
    alone, caused = ValueError(SAID), DatabaseGone(SAID)
    empty = of_dialect(refused)
    empty.__cause__ = None
    caused.__cause__ = refused
    for error in (alone, caused, empty, refused):
        assert driver_error(error) is error


def test_a_reader_that_finds_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: where SQLAlchemy's error is taken for the driver's, it is another error to a host."""
    monkeypatch.setattr(errors, "driver_error", lambda error: error)
    assert "CheckViolationError in IntegrityError" in misread()


def test_the_attribute_of_newer_releases_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a reader that asks SQLAlchemy 2.1's own attribute misses errors under 2.0, and one kind under 2.1."""

    def asked(error: BaseException) -> BaseException:
        found = getattr(error, "driver_exception", None)
        return found if isinstance(found, BaseException) else error

    monkeypatch.setattr(errors, "driver_error", asked)
    with pytest.raises((ValueError, AssertionError)):
        assert misread() == []


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.IdleInTransactionSessionTimeoutError("gone"),
        asyncpg.AdminShutdownError("gone"),
        asyncpg.DiskFullError("full"),
        EOFError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_ends_a_migration_is_told_of_a_migration(error: Exception) -> None:
    """A migration that was ended is not told that nothing was kept, nor that the database was being opened."""
    opening, migrating = connecting(error).message, connecting(error, migrates=True).message
    assert opening != migrating
    assert not any(said in migrating for said in (NOTHING_KEPT, OPENED))
    assert MIGRATED not in opening
