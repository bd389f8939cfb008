"""No door of `gapless.postgres` writes into SQL what a text of a subclass says of itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless import postgres
from gapless.adapters.postgres.store import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.kit.errors import InvalidValue
from gapless.postgres import Profile, grants
from gapless.testing.fuzzing.hostile_classes import INJECTED, Agreeing, LyingText, Pretender


class LyingName(LyingText):
    """A text that passes for a name wherever its own methods are asked, and equals none that anybody has kept."""

    __slots__ = ()

    def __hash__(self) -> int:
        """That of no other text."""
        return 1

    def __eq__(self, _: object) -> bool:
        """False."""
        return False

    def __str__(self) -> str:
        """A name."""
        return "gapless"

    def lower(self) -> str:
        """The name that it is."""
        return str.lower(self)


def with_schema() -> dict[str, Callable[..., Any]]:
    """Every public function that takes the name of a schema."""
    functions = {name: getattr(postgres, name) for name in postgres.__all__}
    return {
        name: function
        for name, function in functions.items()
        if inspect.isfunction(function) and "schema" in inspect.signature(function).parameters
    }


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WRITING = {name: function for name, function in with_schema().items() if not inspect.iscoroutinefunction(function)}
ASKING = {name: function for name, function in with_schema().items() if inspect.iscoroutinefunction(function)}
CATALOGUES = {
    (name, parameter)
    for name, function in WRITING.items()
    for parameter in inspect.signature(function).parameters
    if parameter in ("catalogue", "beyond")
}
GIVEN = {"catalogue": GAPLESS, "role": "app"}


def written(function: Callable[..., Any], **given: object) -> str:
    """What a function writes, with its other parameters as usual."""
    needed = inspect.signature(function).parameters
    made = function(**{name: value for name, value in GIVEN.items() if name in needed} | given)
    return made if isinstance(made, str) else "\n".join(made)


@pytest.mark.parametrize("name", sorted(WRITING.keys() - {"upgrade_to", "autogenerate"}))
def test_a_schema_is_written_as_the_text_that_it_is(name: str) -> None:
    """Statements for a schema whose text has methods of its own are those for the plain text."""
    assert written(WRITING[name], schema=LyingName("gapless")) == written(WRITING[name], schema="gapless")
    assert "injected" not in written(WRITING[name], schema=LyingName("elsewhere"))


def test_a_role_is_written_as_the_text_that_it_is() -> None:
    """So is the name of a role."""
    assert grants(LyingName("app")) == grants("app")


@pytest.mark.asyncio
async def test_a_schema_is_asked_for_as_the_text_that_it_is(own_engine: AsyncEngine) -> None:
    """Each function that asks a database asks for the schema that the text is, and its answer names that one."""
    assert ASKING.keys() == {"migrate", "status", "pending", "differences"}
    for schema in ("gapless", "elsewhere"):
        for function in ASKING.values():
            assert INJECTED not in str(await function(own_engine, schema=LyingName(schema)))
        assert await postgres.differences(own_engine, schema=schema) == ()
    await PostgresStore(own_engine, GAPLESS, schema=LyingName("gapless")).require_not_ahead(EPOCH)


@pytest.mark.asyncio
async def test_a_lying_name_would_be_found(connection: asyncpg.Connection) -> None:
    """Planted: a statement with the name as it says itself is another one."""
    with pytest.raises(asyncpg.PostgresSyntaxError):
        await connection.execute(f"GRANT USAGE ON SCHEMA {LyingName('gapless')} TO PUBLIC")


@pytest.mark.parametrize("given", ["JOBS", "job", None, 5, True, Agreeing(), Pretender(Profile)], ids=type)
def test_what_is_no_profile_grants_nothing(given: Profile) -> None:
    """What is no profile is refused by name, instead of granting what another profile may do."""
    with pytest.raises(InvalidValue, match=r"Profile\.REQUESTS or Profile\.JOBS") as caught:
        grants("app", profile=given)
    assert caught.value.fields == ("profile",)


def test_a_profile_may_be_said_by_its_text() -> None:
    """The text of a profile stands for it, of a subclass too."""
    for profile in Profile:
        assert grants("app", profile=LyingText(profile.value)) == grants("app", profile=profile)  # type: ignore[arg-type]  # as a caller without types


@pytest.mark.parametrize(("name", "parameter"), sorted(CATALOGUES))
def test_what_is_no_catalogue_is_refused(name: str, parameter: str) -> None:
    """Where a catalogue is expected, anything else is refused by the name of the parameter."""
    others: tuple[object, ...] = (5, "GAPLESS", (), [], Agreeing(), Pretender(type(GAPLESS)))
    for given in others:
        with pytest.raises(InvalidValue, match=f"{parameter} must be a Catalogue, such as") as caught:
            written(WRITING[name], schema="gapless", **{parameter: given})
        assert caught.value.fields == (parameter,)
