"""The settings of a transaction that migrates: those with which it begins, and how they come back after a revision.

A revision may change them for itself (SET LOCAL), and not for what comes after it. It begins without a search path, as
a script of pg_dump: the server chooses an operator or a function by the types of its arguments before it looks who is
first in the path, so what somebody has made in a schema that others may write to (`public`, in many a database) would
be carried out with the rights of the owner, or be bound into his constraints. And no row is hidden from it by row
security: the server refuses a statement that would not see all rows.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

# Roles are no settings that pg_settings shows. What belongs to the transaction itself can't be changed back. In the
# transaction of a host it is asked before the search path is set, so all is written with its schema.
_KEPT = sa.text("""
SELECT pg_catalog.json_object_agg(s.name, pg_catalog.current_setting(s.name))::pg_catalog.text
FROM (
    SELECT name FROM pg_catalog.pg_settings
    WHERE context OPERATOR(pg_catalog.=) ANY (ARRAY['user', 'superuser'])
        AND name OPERATOR(pg_catalog.!~~) 'transaction%'
    UNION ALL VALUES ('session_authorization'), ('role')
) AS s
""")
_RESTORED = sa.text("""
SELECT pg_catalog.set_config(s.key, s.value, true)
FROM pg_catalog.json_each_text(CAST(:settings AS json)) AS s
WHERE pg_catalog.current_setting(s.key) IS DISTINCT FROM s.value
""").bindparams(sa.bindparam("settings", type_=sa.Text()))

_CLOSED = (
    "SELECT pg_catalog.set_config('search_path', '', {within}), pg_catalog.set_config('row_security', 'off', {within})"
)
_CLOSED_TRANSACTION, _CLOSED_SESSION = (sa.text(_CLOSED.format(within=within)) for within in ("true", "false"))
OF_SCRIPTS = f"{_CLOSED_SESSION.text};\n\n"
"""The statement by which a script gives its session the settings of migrations."""


def begin_closed(connection: AsyncConnection) -> None:
    """Lets each transaction of a connection begin with the settings of migrations; behind a pooler they end with it."""
    sa.event.listen(connection.sync_connection, "begin", close)


def close(connection: Connection) -> None:
    """Gives a transaction the settings of migrations."""
    connection.execute(_CLOSED_TRANSACTION)


async def close_session(connection: AsyncConnection) -> None:
    """Gives a session, which nobody else gets afterwards, the settings of migrations."""
    await connection.execute(_CLOSED_SESSION)
    await connection.commit()


def kept_settings(connection: Connection) -> dict[str, str]:
    """The settings that hold now."""
    found: dict[str, str] = json.loads(connection.scalar(_KEPT) or "{}")
    return found


def settings_restored(connection: Connection, settings: dict[str, str]) -> None:
    """Sets back, for the transaction, what differs: with the rights of the session's user, and at last the role.

    The role that was there, and the one that a revision has left, may have too few rights for that. The search path
    comes last as well, in one statement with the role: what it finds first is carried out in none of these.
    """
    last = {name: settings[name] for name in ("role", "search_path")}
    user = {"session_authorization": settings["session_authorization"]}
    rest = {name: setting for name, setting in settings.items() if name not in last}
    for part in (user, {"role": "none"}, rest, last):
        connection.execute(_RESTORED, {"settings": json.dumps(part)})
