"""Calls of what needs no store: each public function, and the constructor of each entity, with something hostile."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NewType, cast
from uuid import UUID

import attrs
from hypothesis import strategies as st

import gapless
from gapless import postgres
from gapless.domain.users import User
from gapless.inputs import email_addresses, phone_numbers
from gapless.kit import Catalogue, model_of
from gapless.kit.errors import GaplessError
from gapless.kit.json_object import JsonObject
from gapless.kit.model import Judged
from gapless.testing.differential.running import refusal_of
from gapless.testing.differential.service_vocabulary import SERVICE
from gapless.testing.fuzzing.hostile import MAKERS, Hostile
from gapless.testing.fuzzing.judging import require_bounded
from gapless.testing.fuzzing.use_case_calls import HOSTILE

Function = Callable[..., object]
NOT_CALLED = ("CleanupReport", "Gapless", "PostgresStore", "open", "upgrade_to")
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
    }
)
"""What is given for a parameter without a default where nothing hostile is."""
AN_ID = UUID(int=1 << 64)
PLACES = 3


@attrs.frozen
class FunctionCall:
    """One call.

    Attributes:
        name: which function, as in `functions`.
        hostile: what it is given, by the parameter's name.
    """

    name: str
    hostile: Mapping[str, Hostile]


def functions() -> dict[str, Function]:
    """The public functions and classes that take something, those of `gapless.inputs`, and the entities, by name."""
    named = {name: getattr(face, name) for face in (gapless, postgres) for name in face.__all__}
    for module in (email_addresses, phone_numbers):
        own = inspect.getmembers(module, inspect.isfunction)
        named |= {name: function for name, function in own if function.__module__ == module.__name__}
    found = {name: function for name, function in named.items() if _takes_something(name, function)}
    return {**found, "JsonObject": JsonObject, **{entity.__name__: _constructor(entity) for entity in SERVICE.fresh}}


def _takes_something(name: str, function: object) -> bool:
    if name.startswith("_") or name in NOT_CALLED or not callable(function) or inspect.iscoroutinefunction(function):
        return False
    # An enumeration makes no members, an error judges nothing, and an entity is made by `_constructor`.
    is_other = isinstance(function, type) and issubclass(function, (enum.Enum, BaseException, Judged))
    return not is_other and not isinstance(function, (Catalogue, NewType))


def _constructor(entity: type[Judged]) -> Function:
    """Makes an entity of right values, and what else it is given."""

    def make(**given: object) -> object:
        row = SERVICE.fresh[entity](AN_ID, AN_ID, 0)
        model = model_of(type(row))
        right = dict(zip((column.name for column in model.columns), model.values(row), strict=True))
        return cast(Function, type(row))(**{**right, **given})

    parameters = [
        inspect.Parameter(column.name, inspect.Parameter.KEYWORD_ONLY, default=None)
        for column in model_of(entity).columns
    ]
    make.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # inspect looks there
    return make


def function_calls(most: int, *, least: int = 1) -> st.SearchStrategy[tuple[FunctionCall, ...]]:
    """Sequences of calls.

    Args:
        most: how many there are at most.
        least: and at least.
    """
    drawn = [_calls_of(name, names) for name, names in _parameters().items() if names]
    return st.lists(st.one_of(drawn), min_size=least, max_size=most).map(tuple)


def single_calls() -> Iterator[FunctionCall]:
    """Every function with every hostile value for each of its parameters, beside right ones.

    An entity reads its columns by their types, so one of each type is enough.
    """
    entities = {entity.__name__: model_of(entity) for entity in SERVICE.fresh}
    seen: set[object] = set()
    for name, parameters in _parameters().items():
        for parameter in parameters:
            if name in entities:
                read = attrs.evolve(entities[name].column(parameter), name="")
                if read in seen:
                    continue
                seen.add(read)
            yield from (FunctionCall(name, {parameter: Hostile(maker)}) for maker in MAKERS)


def _parameters() -> dict[str, tuple[str, ...]]:
    """The parameters of each function that take a value."""
    taken = {name: tuple(inspect.signature(function).parameters) for name, function in functions().items()}
    return {name: tuple(each for each in names if each not in NO_VALUES) for name, names in taken.items()}


def _calls_of(name: str, parameters: Sequence[str]) -> st.SearchStrategy[FunctionCall]:
    spoiled = st.dictionaries(st.sampled_from(parameters), HOSTILE, min_size=1, max_size=3)
    return st.builds(FunctionCall, st.just(name), spoiled)


def make_function_calls(program: Sequence[FunctionCall]) -> None:
    """Makes the calls: each answers, or raises an error of gapless.

    Raises:
        BadRefusal: an error says too much.
        Exception: what a function raised that is no error of gapless.
    """
    found = functions()
    for number, call in enumerate(program, 1):
        function = found[call.name]
        needed = [each.name for each in inspect.signature(function).parameters.values() if each.default is each.empty]
        right = {name: RIGHT[name] for name in needed if name in RIGHT}
        try:
            function(**{**right, **{name: hostile.made() for name, hostile in call.hostile.items()}})
        except GaplessError as error:
            require_bounded(refusal_of(error), f"call {number}, {call}")
