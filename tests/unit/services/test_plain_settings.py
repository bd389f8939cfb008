"""What an application is set to: plain values, whatever class they came in, and bounds that belong to them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gapless.adapters.postgres import create_engine
from gapless.domain.catalogue import GAPLESS
from gapless.kit.errors import InvalidValue
from gapless.kit.limits import GREATEST_SECONDS, Limits
from gapless.stores import StoreOptions
from gapless.testing.fuzzing.hostile_classes import PlainNumber, PlainText

SET: dict[str, Callable[[], object]] = {
    "limits": lambda: Limits(lock=PlainNumber(3)).lock,
    "connections": lambda: StoreOptions(catalogue=GAPLESS, pool_size=PlainNumber(3)).pool_size,
    "schema": lambda: StoreOptions(catalogue=GAPLESS, schema=PlainText("desk")).schema,
}


@pytest.mark.parametrize("what", SET)
def test_what_is_set_is_plain(what: str) -> None:
    """A value of a subclass is kept as a plain one, which does what its class says and nothing else."""
    assert type(SET[what]()) in (int, str)


@pytest.mark.asyncio
async def test_the_longest_time_to_connect() -> None:
    """The greatest number of seconds that a timer can wait is a time to connect, and more is none."""
    await create_engine("postgresql://desk", connect_seconds=GREATEST_SECONDS).dispose()
    with pytest.raises(InvalidValue, match="connect_seconds"):
        create_engine("postgresql://desk", connect_seconds=GREATEST_SECONDS * 1.001)
