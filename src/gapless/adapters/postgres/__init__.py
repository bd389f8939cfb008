"""The PostgreSQL adapter: tables and triggers compiled from the catalogue, and the store that works on them."""

from gapless.adapters.postgres.connections.engine import close_engine, create_engine
from gapless.adapters.postgres.store import PostgresStore

__all__ = ["PostgresStore", "close_engine", "create_engine"]
