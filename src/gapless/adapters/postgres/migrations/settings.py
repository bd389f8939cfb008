"""The settings of a transaction, which a revision may change for itself (SET LOCAL) and not for what comes after it."""

from __future__ import annotations

import json

import sqlalchemy as sa
from sqlalchemy.engine import Connection

# Roles are no settings that pg_settings shows. What belongs to the transaction itself can't be changed back.
_KEPT = sa.text("""
SELECT pg_catalog.json_object_agg(s.name, pg_catalog.current_setting(s.name))::text
FROM (
    SELECT name FROM pg_catalog.pg_settings
    WHERE context IN ('user', 'superuser') AND name NOT LIKE 'transaction%'
    UNION ALL VALUES ('session_authorization'), ('role')
) AS s
""")
ROLES = ("session_authorization", "role")
"""The two roles of a transaction; who sets the first back has set the second back to none."""
_RESTORED = sa.text("""
SELECT pg_catalog.set_config(s.key, s.value, true)
FROM pg_catalog.json_each_text(CAST(:settings AS json)) AS s
WHERE pg_catalog.current_setting(s.key) IS DISTINCT FROM s.value
""").bindparams(sa.bindparam("settings", type_=sa.Text()))


def kept_settings(connection: Connection) -> dict[str, str]:
    """The settings that hold now."""
    found: dict[str, str] = json.loads(connection.scalar(_KEPT) or "{}")
    return found


def settings_restored(connection: Connection, settings: dict[str, str]) -> None:
    """Sets back, for the transaction, what differs; the roles first, whose rights the rest needs."""
    for part in (*({name: settings[name]} for name in ROLES), settings):
        connection.execute(_RESTORED, {"settings": json.dumps(part)})
