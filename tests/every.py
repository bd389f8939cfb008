"""Every service of an application with its use cases, found in the application itself, so that no test keeps a list."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Awaitable, Callable
from functools import cache

import attrs

from gapless.application.outbox import OutboxRelay
from gapless.application.pages import Page
from gapless.bootstrap import services
from gapless.domain.catalogue import GAPLESS
from gapless.kit.model import Validated

UseCase = Callable[..., Awaitable[object]]


def without_none(annotation: object) -> object:
    """What an annotation says first of a value that is not None."""
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        return next(part for part in typing.get_args(annotation) if part is not type(None))
    return annotation


SERVICES = services()
"""Every service, by what the application calls it."""
TASKS: dict[str, type] = {"outbox": OutboxRelay}
"""What runs in the background, where a handler of events is given: nobody asks it for anything."""


def methods_of(service: type) -> dict[str, UseCase]:
    """The public coroutine methods of a service, as they stand in its class."""
    found = {name: method for kind in reversed(service.__mro__) for name, method in vars(kind).items()}
    return {name: method for name, method in found.items() if name[0] != "_" and inspect.iscoroutinefunction(method)}


USE_CASES = tuple(f"{service}.{name}" for service, kind in SERVICES.items() for name in sorted(methods_of(kind)))
"""Every use case of every service."""


def method_named(use_case: str) -> UseCase:
    """The function of a use case."""
    service, name = use_case.split(".")
    return methods_of(SERVICES[service])[name]


@cache
def parameters(use_case: str) -> dict[str, inspect.Parameter]:
    """What a use case takes, by name."""
    return dict(list(inspect.signature(method_named(use_case)).parameters.items())[1:])


@cache
def types_of(use_case: str) -> dict[str, object]:
    """The types of what a use case takes and, as `return`, of what it gives; whether it may be None is left out."""
    return {name: without_none(kind) for name, kind in typing.get_type_hints(method_named(use_case)).items()}


def returned(use_case: str) -> object:
    """What a use case gives; of a listing, what its pages hold."""
    given = types_of(use_case)["return"]
    return typing.get_args(given)[0] if typing.get_origin(given) is Page else given


OF_ID: dict[object, type[Validated]] = {
    typing.get_type_hints(model.entity)["id"]: model.entity for model in GAPLESS.models if "id" in model.key
}
"""The entity that an id is of."""


def entity_with(use_case: str, name: str) -> type[Validated] | None:
    """The entity with a field of this name that a use case gives, by itself or as a part of what it gives."""
    given = typing.cast("type", returned(use_case))
    parts = [given, *(typing.get_type_hints(given).values() if attrs.has(given) else ())]
    models = {model.entity: {column.name for column in model.columns} for model in GAPLESS.models}
    return next((part for part in parts if name in models.get(part, ())), None)


LISTINGS = tuple(name for name in USE_CASES if typing.get_origin(types_of(name)["return"]) is Page)
"""The use cases that give pages."""
