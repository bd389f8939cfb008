"""The ports: what the services need, and what every store has to do. A law tests each obligation on every store.

A unit of work belongs to one root and holds its lock from the beginning, so the units of one root run
one after the other. What a store checks at the write, the write raises; what it checks at commit, `commit()` raises.
"""

from gapless.kit.ports.outside import Clock, EventHandler, IdFactory
from gapless.kit.ports.reading import Reading
from gapless.kit.ports.repositories import AuditedRepository, ReadRepository, Repository, TrailRepository
from gapless.kit.ports.selects import SelectConnection, SelectedMappings, SelectedRows, SqlAnswer
from gapless.kit.ports.store import Store
from gapless.kit.ports.system_scope import SystemRepository, SystemUnit
from gapless.kit.ports.units import UnitOfWork

__all__ = [
    "AuditedRepository",
    "Clock",
    "EventHandler",
    "IdFactory",
    "ReadRepository",
    "Reading",
    "Repository",
    "SelectConnection",
    "SelectedMappings",
    "SelectedRows",
    "SqlAnswer",
    "Store",
    "SystemRepository",
    "SystemUnit",
    "TrailRepository",
    "UnitOfWork",
]
