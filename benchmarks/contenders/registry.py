"""All contenders that are installed, gapless first."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping

from benchmarks.contenders import by_hand, core, orm, ours, raw
from benchmarks.contenders.contender import Entry, Opened
from benchmarks.stage import OURS, PLAIN

GAPLESS, BY_HAND, RAW, CORE, ORM = "gapless", "by hand", "raw asyncpg", "SQLAlchemy Core", "SQLAlchemy ORM"
ADVANCED = "advanced-alchemy"


def contenders() -> Mapping[str, Entry]:
    """The contenders by name; advanced-alchemy only where it is installed (the extra `bench`)."""
    entries = [
        Entry(name=GAPLESS, opened=ours.opened, schema=OURS, has_events=True),
        Entry(name=BY_HAND, opened=by_hand.opened, schema=OURS, has_events=True),
        Entry(name=RAW, opened=raw.opened, schema=PLAIN),
        Entry(name=CORE, opened=core.opened, schema=PLAIN),
        Entry(name=ORM, opened=orm.opened, schema=PLAIN),
    ]
    if importlib.util.find_spec("advanced_alchemy") is not None:
        advanced: Opened = importlib.import_module("benchmarks.contenders.advanced").opened
        entries.append(Entry(name=ADVANCED, opened=advanced, schema=PLAIN))
    return {entry.name: entry for entry in entries}
