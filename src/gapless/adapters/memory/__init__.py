"""An in-memory store that enforces the same declarations as PostgreSQL, rule by rule and moment by moment."""

from gapless.adapters.memory.store import MemoryStore

__all__ = ["MemoryStore"]
