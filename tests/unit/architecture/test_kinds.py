"""Every kind of rule is known to every interpreter, and what nobody has registered is refused."""

from __future__ import annotations

import gc
import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

import attrs
import pytest

import gapless
from gapless.adapters.memory import MemoryStore
from gapless.adapters.memory.enforcers.registry import ENFORCERS
from gapless.adapters.postgres.ddl.registry import DEFINITIONS, Definition
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.kit import Catalogue, Entity, Model, Rule, rules_of
from gapless.kit.errors import DeclarationError
from gapless.kit.object_names import NAMED
from gapless.kit.predicates import Node
from gapless.kit.registry import Registry, every_kind
from gapless.kit.validation import VALIDATED
from tests.voice.hosted import HOSTED, Booking

INTERPRETERS = (
    "gapless.adapters.postgres.violations.registry:VIOLATIONS",
    "gapless.kit.added_rules:ADDABLE",
    "gapless.kit.explanations:EXPLAINED",
    "gapless.kit.validation:VALIDATED",
    "gapless.kit.object_names:NAMED",
    "gapless.adapters.memory.enforcers.registry:ENFORCERS",
    "gapless.adapters.postgres.ddl.registry:DEFINITIONS",
    "gapless.testing.counterexamples.registry:VIOLATED",
    "gapless.testing.differential.derived.speech:SPOKEN",
    "gapless.testing.differential.groups:GROUPED",
    "gapless.testing.parity.questions:ASKED",
    "gapless.testing.strategies.consistency:BESIDE",
    "gapless.testing.strategies.edges:EDGES",
)
"""Every registry of the package, as its module and its name there."""
PLACES = (*INTERPRETERS, "tests.gaps.definitions:ENFORCED_BY")
"""With that of the list of gaps, which belongs to the checkout."""


def registry_at(place: str) -> Registry[object]:
    """The registry of an interpreter."""
    module, name = place.split(":")
    found = getattr(importlib.import_module(module), name)
    assert isinstance(found, Registry)
    return found


def registries() -> list[Registry[object]]:
    """All of them."""
    return [registry_at(place) for place in PLACES]


def lacking() -> list[str]:
    """What to write where: for each kind of rule the interpreters that don't know it."""
    gc.collect()  # of kinds that other tests have declared
    ours = [kind for kind in every_kind() if kind.__module__ != "attr"]
    return [each.lacking(kind) for each in registries() for kind in ours if kind not in each.by_kind]


def test_every_interpreter_knows_every_kind() -> None:
    """No kind is left out by any interpreter, and none has entries of what is not a kind."""
    assert lacking() == []
    kinds = set(every_kind())
    assert [kind for each in registries() for kind in each.by_kind if kind not in kinds] == []


def test_a_kind_that_nobody_registered_is_found() -> None:
    """A planted kind is missed in each interpreter, and the sentence says what to write where."""

    @attrs.frozen(eq=False)
    class Forgotten(Rule):
        """A kind that somebody has added, and nothing else."""

    missing = lacking()
    assert len(missing) == len(PLACES)
    assert all("knows no rule of the kind Forgotten: write " in sentence for sentence in missing)
    assert sorted(place for each in registries() for place in [each.place]) == sorted(
        sentence.rpartition(" into ")[2].removesuffix(".") for sentence in missing
    )
    del Forgotten


def nodes(kind: type[Node] = Node) -> Iterator[type[Node]]:
    """The kinds of conditions that the package declares."""
    for each in kind.__subclasses__():
        yield from (each, *nodes(each))


def compared_by_value(kinds: Iterable[type]) -> list[str]:
    """The kinds of which two equal each other because they were declared alike."""
    return [
        kind.__name__
        for kind in kinds
        for names in [{name for each in kind.__mro__ if each not in (Node, object) for name in vars(each)}]
        if names & {"__eq__", "__hash__"}
    ]


def test_what_is_declared_is_compared_by_identity() -> None:
    """Rules, conditions, models and catalogues are keys of what is compiled, where two that look alike are two."""
    gc.collect()  # of kinds that other tests have declared
    kinds = [*every_kind(), *nodes(), Model, Catalogue]
    assert len(kinds) > 30
    assert compared_by_value(kinds) == []

    @attrs.frozen
    class Alike(Rule):
        """A planted kind: what is declared alike is taken for the same."""

    assert compared_by_value([Alike]) == ["Alike"]
    del Alike


def test_every_registry_is_an_interpreter() -> None:
    """The list of interpreters holds each registry of the package, so that none is left out of these tests."""
    found = set()
    for module in pkgutil.walk_packages(gapless.__path__, "gapless."):
        if not module.name.endswith("__main__"):
            values = vars(importlib.import_module(module.name))
            found |= {id(value) for value in values.values() if isinstance(value, Registry)}
    assert found == {id(registry_at(place)) for place in INTERPRETERS}


@attrs.frozen(kw_only=True, slots=True)
class Thing(Entity):
    """A row with a rule of a kind that some interpreter does not know."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime


def test_a_declaration_with_an_unknown_kind_is_refused() -> None:
    """What the entity does not know is refused where it is declared."""

    @attrs.frozen(eq=False)
    class Unheard(Rule):
        """A kind that somebody has added, and nothing else."""

    with pytest.raises(DeclarationError, match=r"things_unheard: The entity knows no rule of the kind Unheard: write"):
        rules_of(Thing, "things", belongs_to=lambda row: row.organization_id)(
            lambda _: [Unheard("things_unheard", "Nothing is heard of it.")]
        )


def test_no_store_leaves_an_unknown_kind_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind that the domain knows and a store does not is refused by that store, and not silently left out."""

    @attrs.frozen(eq=False)
    class Halfway(Rule):
        """A kind of which only the domain has heard."""

    for known in (VALIDATED, NAMED):
        monkeypatch.setitem(known.by_kind, Halfway, None if known is VALIDATED else lambda *_: iter(()))
    catalogue = GAPLESS + rules_of(Thing, "things", belongs_to=lambda row: row.organization_id)(
        lambda _: [Halfway("things_halfway", "It is half known.")]
    )
    with pytest.raises(DeclarationError, match="definition of PostgreSQL knows no rule of the kind Halfway"):
        create_statements(catalogue, "gapless")
    with pytest.raises(DeclarationError, match="in-memory store knows no rule of the kind Halfway"):
        MemoryStore(catalogue)


def test_every_definition_is_somewhere() -> None:
    """No kind is entered for PostgreSQL without anything that defines it."""
    assert [kind.__name__ for kind, known in DEFINITIONS.by_kind.items() if known == Definition()] == []


def test_an_extension_is_made_only_where_a_rule_needs_it() -> None:
    """The catalogue of gapless alone needs no extension; with an exclusion it does, first of all and once."""
    assert [statement for statement in create_statements(GAPLESS, "gapless") if "EXTENSION" in statement] == []
    first, *others = create_statements(HOSTED, "gapless")
    assert "CREATE EXTENSION IF NOT EXISTS btree_gist" in first
    assert [statement for statement in others if "EXTENSION" in statement] == []
    (booked,) = (model for model in HOSTED.models if model.entity is Booking)
    assert create_statements(HOSTED, "gapless", beyond=Catalogue((*HOSTED.models[:-1],)))[0] == first
    assert ENFORCERS.of(booked.rules[-2]).made is not None
