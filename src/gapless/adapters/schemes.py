"""How the URLs of PostgreSQL begin. It stands outside of the adapter, so that to check a URL loads nothing heavy."""

from __future__ import annotations

DRIVER = "postgresql+asyncpg"
SCHEMES = ("postgres", "postgresql", DRIVER)
