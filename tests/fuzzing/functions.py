"""The public functions that hostile calls are made of: those of the faces, and the readers of gapless.inputs."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import NewType

import gapless
from gapless import postgres
from gapless.adapters.system import UuidV7Factory
from gapless.domain.migrations import REVISIONS
from gapless.domain.users import User
from gapless.inputs import email_addresses, phone_numbers
from gapless.kit import Catalogue
from gapless.kit.columns import EARLIEST
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Validated
from gapless.testing.fuzzing.function_calls import Function, Functions, constructors
from tests.programs.service_vocabulary import SERVICE

NOT_CALLED = ("Autogenerate", "CleanupReport", "Gapless", "PostgresStore", "WrittenRevision", "open", "upgrade_to")
"""What is put together by gapless alone, what opens a database or stands on one, and what works inside of Alembic."""
NO_VALUES = ("catalogue", "beyond", "engine", "entity")
"""Parameters that take a piece of a program and no value."""
RIGHT: Mapping[str, object] = MappingProxyType(
    {
        "url": "postgresql+asyncpg://localhost/app",
        "entity": User,
        "values": {"name": "Ann"},
        "role": "app",
        "catalogue": gapless.GAPLESS,
        "items": (),
        "next": None,
        "text": "+12025550123",
        "content": {},
        "database": None,
        "library": "gapless_0001",
        "revision": "gapless_0001",
        "revisions": REVISIONS,
        "sentence": "Makes the tables.",
        "state": None,
        "user_id": None,
        "job": "job",
        "name": "gapless",
        "type_": "table",
        "plans": {},
        "call_minutes": 1,
        "team_members": 1,
        "phone_numbers": 1,
        "storage": 1,
        "ids": UuidV7Factory(),
        "at": EARLIEST,
        "actor": gapless.Actor.system("job"),
    }
)
"""What is given for a parameter without a default where nothing hostile is."""


def functions() -> Functions:
    """The public functions and classes that take something, those of `gapless.inputs`, and the entities."""
    named: dict[str, object] = {name: getattr(face, name) for face in (gapless, postgres) for name in face.__all__}
    for module in (email_addresses, phone_numbers):
        own = inspect.getmembers(module, inspect.isfunction)
        named |= {name: function for name, function in own if function.__module__ == module.__name__}
    found: dict[str, Function] = {
        name: function for name, function in named.items() if callable(function) and _takes_something(name, function)
    }
    found["JsonObject"] = JsonObject
    return Functions({**found, **constructors(SERVICE)}, right=RIGHT, without_values=NO_VALUES)


def _takes_something(name: str, function: object) -> bool:
    if name.startswith("_") or name in NOT_CALLED or inspect.iscoroutinefunction(function):
        return False
    # An enumeration makes no members, an error checks nothing, and an entity is made by its constructor.
    is_other = isinstance(function, type) and issubclass(function, (enum.Enum, BaseException, Validated))
    return not is_other and not isinstance(function, (Catalogue, NewType))
