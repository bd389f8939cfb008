"""Repositories and a unit of work for asyncio, with a PostgreSQL store and an in-memory store that agree.

The names that most services need, loaded when they are first used: `import gapless` loads neither SQLAlchemy nor the
driver nor the container.
"""

from __future__ import annotations

import importlib
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gapless.adapters.postgres.engine import create_engine
    from gapless.application.outbox import RelaySettings
    from gapless.application.pages import Page, page_of
    from gapless.application.retrying import retrying
    from gapless.bootstrap import Gapless, open  # noqa: A004  # gapless.open reads as intended
    from gapless.domain.calls import CallStatus, Handler
    from gapless.domain.catalogue import GAPLESS
    from gapless.domain.phone_numbers import Provider
    from gapless.domain.usage import Storage
    from gapless.domain.users import Language, Role
    from gapless.domain.values import parse_e164, parse_email_address, parse_slug
    from gapless.kit import violations
    from gapless.kit.audit import Actor
    from gapless.kit.errors import ConcurrencyConflict, GaplessError, NotFound, RuleViolated
    from gapless.kit.ids import parse_id
    from gapless.kit.limits import Limits
    from gapless.migrations import migrate

    __version__: str

__all__ = [
    "GAPLESS",
    "Actor",
    "CallStatus",
    "ConcurrencyConflict",
    "Gapless",
    "GaplessError",
    "Handler",
    "Language",
    "Limits",
    "NotFound",
    "Page",
    "Provider",
    "RelaySettings",
    "Role",
    "RuleViolated",
    "Storage",
    "__version__",
    "create_engine",
    "migrate",
    "open",
    "page_of",
    "parse_e164",
    "parse_email_address",
    "parse_id",
    "parse_slug",
    "retrying",
    "violations",
]

_HOMES = {
    "GAPLESS": "gapless.domain.catalogue",
    "Actor": "gapless.kit.audit",
    "CallStatus": "gapless.domain.calls",
    "ConcurrencyConflict": "gapless.kit.errors",
    "Gapless": "gapless.bootstrap",
    "GaplessError": "gapless.kit.errors",
    "Handler": "gapless.domain.calls",
    "Language": "gapless.domain.users",
    "Limits": "gapless.kit.limits",
    "NotFound": "gapless.kit.errors",
    "Page": "gapless.application.pages",
    "Provider": "gapless.domain.phone_numbers",
    "RelaySettings": "gapless.application.outbox",
    "Role": "gapless.domain.users",
    "RuleViolated": "gapless.kit.errors",
    "Storage": "gapless.domain.usage",
    "create_engine": "gapless.adapters.postgres.engine",
    "migrate": "gapless.migrations",
    "open": "gapless.bootstrap",
    "page_of": "gapless.application.pages",
    "parse_e164": "gapless.domain.values",
    "parse_email_address": "gapless.domain.values",
    "parse_id": "gapless.kit.ids",
    "parse_slug": "gapless.domain.values",
    "retrying": "gapless.application.retrying",
    "violations": "gapless.kit",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        return metadata.version("gapless")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
