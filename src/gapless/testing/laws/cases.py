"""The laws as data: every law of every subject, and the cases that it is tried on."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import cast

import attrs
import pytest

from gapless.kit.errors import InvalidValue
from gapless.kit.ports import Store
from gapless.testing.laws import (
    admission,
    aggregates,
    audit,
    bad_input,
    cancellation,
    commit_rules,
    concurrency,
    conditions,
    counting,
    deadlines,
    deleted_rows,
    entity_queries,
    entity_removals,
    entity_roots,
    entity_rows,
    entity_rules,
    entity_statements,
    entity_trail,
    entity_turns,
    entity_writes,
    erasure,
    exclusions,
    life,
    lifecycle,
    nesting,
    numbering,
    order,
    organization_removal,
    pages,
    plain_values,
    precedence,
    quotas,
    releases,
    round_trip,
    statements,
    system_scope,
    tenants,
    transitions,
    unaudited,
    unvalidated_rows,
    versions,
    visibility,
    which_rule,
)
from gapless.testing.laws.casting import OWN, PARTS, Casting
from gapless.testing.laws.entities import CONDITIONS, AnyEntity

SUBJECTS = (
    visibility,
    life,
    nesting,
    versions,
    deleted_rows,
    entity_queries,
    entity_removals,
    entity_roots,
    entity_rows,
    entity_rules,
    entity_statements,
    entity_trail,
    entity_turns,
    entity_writes,
    order,
    numbering,
    pages,
    aggregates,
    conditions,
    tenants,
    round_trip,
    which_rule,
    precedence,
    unvalidated_rows,
    bad_input,
    plain_values,
    statements,
    counting,
    exclusions,
    releases,
    organization_removal,
    commit_rules,
    quotas,
    admission,
    transitions,
    audit,
    erasure,
    unaudited,
    system_scope,
    concurrency,
    deadlines,
    cancellation,
    lifecycle,
)
CLOSING = lifecycle.__name__.rpartition(".")[2]
"""The subject whose laws close the store that they get."""
PREFIX = "test_"
"""The prefix of the names of laws in the module of a subject; other functions are parts of laws."""
ENTITY = "entity"
"""The parameter of a law that is tried with each entity of a catalogue."""
Arguments = Mapping[str, object]


@attrs.frozen(kw_only=True)
class Law:
    """A law: something that holds for every store.

    Attributes:
        subject: what it is about, such as "visibility" or "tenants".
        name: its name, which no other law has.
        sentence: what holds.
        function: runs it on a store, with the arguments of one case.
    """

    subject: str
    name: str
    sentence: str
    function: Callable[..., Awaitable[None]]

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts that it asks for by its parameters."""
        return tuple(name for name in inspect.signature(self.function).parameters if name in PARTS)

    def runs_on(self, casting: Casting) -> bool:
        """Whether a catalogue has every part that it asks for, and an entity if it asks for any."""
        return {*self.parts} <= casting.parts().keys() and self.entities(casting) != ()

    def entities(self, casting: Casting) -> tuple[AnyEntity, ...] | None:
        """The entities of a catalogue that it is tried with; None if it does not ask for any."""
        conditions = vars(self.function).get(CONDITIONS)
        if conditions is None:
            return None
        return tuple(entity for entity in casting.entities if all(holds(entity) for holds in conditions))

    async def run(self, store: Store, arguments: Arguments, casting: Casting = OWN) -> None:
        """Runs one case on a store whose catalogue has the parts of the law.

        Raises:
            InvalidValue: the catalogue lacks a part that it asks for.
        """
        parts = casting.parts()
        if absent := [name for name in self.parts if name not in parts]:
            raise InvalidValue("casting", f"{self.name} asks for {', '.join(absent)}: {casting.name} has no such part.")
        await self.function(store, **{name: parts[name] for name in self.parts}, **arguments)

    @property
    def closes(self) -> bool:
        """Whether it closes the store, so that no other law can use it."""
        return self.subject == CLOSING

    def cases(self, casting: Casting = OWN) -> Iterator[tuple[str, Arguments]]:
        """The arguments of each case except the store, with the name of the case; "" if there is only one case.

        Args:
            casting: with whose entities it is tried, if it asks for any.
        """
        marks: Sequence[pytest.Mark] = getattr(self.function, "pytestmark", ())
        drawn = [_values(mark) for mark in marks if mark.name == "parametrize"]
        entities = self.entities(casting)
        if entities is not None:
            drawn.append([(entity.name, {ENTITY: entity}) for entity in entities])
        for parts in itertools.product(*drawn):
            named: dict[str, object] = {}
            for _, arguments in parts:
                named.update(arguments)
            yield "-".join(name for name, _ in parts), named


def laws() -> tuple[Law, ...]:
    """All laws, subject by subject, each subject in the order of its module."""
    return tuple(law for module in SUBJECTS for law in _laws_of(module))


def _laws_of(module: ModuleType) -> Iterator[Law]:
    for name, value in vars(module).items():
        if name.startswith(PREFIX) and inspect.iscoroutinefunction(value):
            sentence = " ".join(cast(str, inspect.getdoc(value)).split("\n\n")[0].split())
            subject = module.__name__.rpartition(".")[2]
            yield Law(subject=subject, name=name.removeprefix(PREFIX), sentence=sentence, function=value)


def _values(mark: pytest.Mark) -> list[tuple[str, Arguments]]:
    """The values of one parametrization, each with its name."""
    names, values = mark.args
    single = isinstance(names, str)
    arguments = [{names: value} if single else dict(zip(names, value, strict=True)) for value in values]
    ids = mark.kwargs.get("ids")
    if callable(ids):
        ids = [ids(value) for value in values]
    return list(zip(ids or map(_described, arguments), arguments, strict=True))


def _described(arguments: Arguments) -> str:
    """A name for a case whose law gives it none: its plain values, and the names of the functions among the others."""
    return "-".join(
        str(value) if isinstance(value, str | int | float) else getattr(value, "__name__", repr(value))
        for value in arguments.values()
    )
