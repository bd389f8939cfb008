"""What a server and a database have to be: new enough, and in the encoding in which texts are compared."""

from __future__ import annotations

from datetime import datetime

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.kit.errors import DatabaseUnsuitable

LEAST_VERSION = 150000
ENCODING = "UTF8"
_ASKED = sa.text(
    "SELECT CAST(pg_catalog.current_setting('server_version_num') AS integer), "
    "pg_catalog.current_setting('server_encoding'), pg_catalog.pg_is_in_recovery(), pg_catalog.clock_timestamp()"
)


@attrs.frozen
class ServerFacts:
    """What a server said of itself.

    Attributes:
        is_standby: whether it is one, on which nothing can be made.
        time: the time by its clock, in UTC.
    """

    is_standby: bool
    time: datetime


async def require_suitable(connection: AsyncConnection) -> ServerFacts:
    """Refuses a database that no store could work on, before anything is made or compared there.

    Raises:
        DatabaseUnsuitable: the server is too old, or the encoding is another.
    """
    version, encoding, is_standby, time = (await connection.execute(_ASKED)).one()
    if version < LEAST_VERSION:
        raise DatabaseUnsuitable(f"The server is PostgreSQL {version // 10000}; gapless needs 15 or newer.")
    if encoding != ENCODING:
        raise DatabaseUnsuitable(f"The database is encoded in {encoding}; gapless needs {ENCODING}.")
    return ServerFacts(bool(is_standby), time)
