"""The schemes of PostgreSQL's URLs, outside of its adapter, so that the check of a URL imports nothing heavy."""

from __future__ import annotations

DRIVER = "postgresql+asyncpg"
SCHEMES = ("postgres", "postgresql", DRIVER)
