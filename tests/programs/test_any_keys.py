"""Worlds and programs of services with keys of every kind, and rules that count below any row, on both stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from copy import copy
from functools import cache
from secrets import token_hex
from typing import cast

import attrs
import pytest
import pytest_asyncio
from hypothesis import find, given, settings
from hypothesis.errors import NoSuchExample
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.memory.reader import MemoryReader
from gapless.adapters.memory.search import TableSearch
from gapless.kit import AdmissionGuard, AtMost, Catalogue, Invariant, PrimaryKey, Reference, Rule
from gapless.kit.audit import AuditRecord
from gapless.kit.model import Model, Validated
from gapless.kit.ports import Store
from gapless.kit.predicates import Constant
from gapless.testing.differential.batches import Tables
from gapless.testing.differential.derived.rows import LIMIT
from gapless.testing.differential.derived.variation import PLACES
from gapless.testing.differential.derived.vocabulary import vocabulary_of
from gapless.testing.differential.programs import Program, programs_of
from gapless.testing.differential.search import search
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.strategies import World, as_stored, put, worlds
from tests.clinics.networks import Clinic
from tests.integration.test_every_catalogue import KEYED, catalogues, own
from tests.programs.disagreeing import disagree
from tests.programs.test_derived_vocabularies import found, lacking
from tests.properties import SEARCH, Portal, bounded
from tests.stores import IMPATIENT, tables_of

NAMES = ("NETWORK", "CLINICS", "SHARED", "CASES", "BEDS", "LANDS", "STRICTER", "HARBOURS", "TREATMENTS", *KEYED)
A_FEW = 3
SEVERAL_ROWS = (AdmissionGuard, Invariant, Reference)
COUNTING = (
    "BEDS",
    "STRICTER",
    "HARBOURS",
    "LANDS",
    "NETWORK",
    "SHARED",
    "CASES",
    "CLINICS",
    "clinics, text, code alone",
)
"""Those whose rules are left out one by one: others differ in their keys alone."""


@pytest_asyncio.fixture
async def tables(engine: AsyncEngine, name: str) -> AsyncIterator[Tables]:
    """The tables of a catalogue in a schema of their own, which no other test names: connections keep statements."""
    catalogue, schema = catalogues()[name], f"any_keys_{token_hex(4)}"
    async with tables_of(engine, catalogue, schema):
        yield Tables(engine, catalogue, schema, IMPATIENT)


@cache
def vocabularies(name: str) -> Mapping[str, Vocabulary]:
    """What programs about each of the own entities of a catalogue speak of, by the name of the entity."""
    return {model.name: vocabulary_of(catalogues()[name], model.entity) for model in own(catalogues()[name])}


async def given_back(store: Store, catalogue: Catalogue, world: World) -> bool:
    """Whether a store takes a world, and gives back all of it as it was."""
    await put(store, world)
    apart = {AuditRecord} if catalogue.may_be_alone else set()  # each unit has put one of its own
    async with store.system() as unit:
        found = [await unit.of(model.entity).find(include_deleted=True) for model in catalogue.models]
    kept = {row for rows in found for row in rows if type(row) not in apart}
    return kept - {as_stored(world.audit)} == {as_stored(row) for row in world.rows if type(row) not in apart}


def with_each_of(catalogue: Catalogue, entities: set[type[Validated]]) -> Iterator[World]:
    """A few worlds that together have rows of all these entities: the same in each run, and looked for at length."""
    missing = set(entities)
    while missing:
        world = find(worlds(catalogue), lambda world: not missing.isdisjoint(map(type, world.rows)), settings=SEARCH)
        missing.difference_update(map(type, world.rows))
        yield world


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # the texts of a world may fill pages
@pytest.mark.rows("name", NAMES)
def test_worlds_are_taken(portal: Portal, tables: Tables, name: str) -> None:
    """Both stores take every world, whatever its keys and its roots are, with rows of each entity, and give it back."""
    catalogue = catalogues()[name]

    def taken(world: World) -> None:
        memory, postgres = portal(tables.emptied())
        assert portal(given_back(memory, catalogue, world))
        assert portal(given_back(postgres, catalogue, world))

    bounded(10)(given(worlds(catalogue))(taken))()
    for world in with_each_of(catalogue, {model.entity for model in own(catalogue)}):
        taken(world)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # as above
def test_an_entity_that_no_world_has_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: an entity of which no world has a row is not passed over."""
    monkeypatch.setattr("tests.programs.test_any_keys.SEARCH", settings(SEARCH, max_examples=5))
    with pytest.raises(NoSuchExample):
        [*with_each_of(catalogues()["SHARED"], {Clinic})]


async def disagree_on(tables: Tables, words: Vocabulary, program: Program) -> bool:
    """Whether two stores disagree on a program, of which one is on these tables."""
    return await disagree(await tables.stores(), words, program)


@pytest.mark.rows("name", NAMES)
def test_stores_agree_whatever_the_keys_are(portal: Portal, tables: Tables, name: str) -> None:
    """On every program about an entity of such a service both stores answer alike, and keep the same rows."""
    for words in vocabularies(name).values():
        ran = search(programs_of(words), lambda each: portal(disagree_on(tables, words, each)), programs=A_FEW, seed=1)  # noqa: B023  # it is called at once
        assert (ran.programs, ran.failing) == (A_FEW, None)


def belongs_by(model: Model[Validated], rule: Rule) -> bool:
    """Whether a rule is the reference by which rows belong to their root, through which others may go."""
    is_home = isinstance(rule, Reference) and [column.name for column in rule.fields] == [model.tenant]
    return is_home or rule is model.through


def supplements_by(catalogue: Catalogue, rule: Rule) -> bool:
    """Whether a rule is the reference by which rows supplement others, so that no limit could be in them without it."""
    limits = (invariant.supplemented for invariant in catalogue.all_invariants)
    return any(limit is not None and limit.reference is rule for limit in limits)


def changed(catalogue: Catalogue, model: Model[Validated], poorer: Model[Validated]) -> Catalogue:
    """The catalogue with another model of an entity."""
    return Catalogue(tuple(poorer if each is model else each for each in catalogue.models))


def is_beyond(rule: Rule) -> bool:
    """Whether a limit lets in more rows than programs have places for, so that none reaches it."""
    return isinstance(rule, AtMost) and isinstance(rule.limit, Constant) and cast("int", rule.limit.value) > PLACES


def below_the_root(catalogue: Catalogue, model: Model[Validated], limit: AtMost) -> Catalogue:
    """The catalogue with a limit of the wrong parent: it counts below the root what belongs below another row."""
    (home,) = (rule for rule in model.of_kind(Reference) if belongs_by(model, rule))
    wrong = attrs.evolve(limit, through=home, limit=LIMIT)
    rules = tuple(wrong if rule is limit else rule for rule in model.rules)
    return changed(catalogue, model, attrs.evolve(model, rules=rules))


def limited_by(catalogue: Catalogue, model: Model[Validated], limit: AtMost, *, is_zero: bool) -> Catalogue:
    """The catalogue with a supplement that nobody looks at, or whose absence is taken for a limit of zero."""
    assert limit.supplement is not None
    without = attrs.evolve(limit.supplement, default=0) if is_zero else limit.supplement.default
    rules = tuple(attrs.evolve(limit, limit=cast(int, without)) if rule is limit else rule for rule in model.rules)
    return changed(catalogue, model, attrs.evolve(model, rules=rules))


def keyed_in_each_root(catalogue: Catalogue, model: Model[Validated]) -> Catalogue:
    """The catalogue with a key that two roots may have, of rows that it tells apart wherever they are."""
    key = (model.named_tenant, *model.key)
    columns = tuple(map(model.column, key))
    rules = tuple(attrs.evolve(rule, key=columns) if isinstance(rule, PrimaryKey) else rule for rule in model.rules)
    return changed(catalogue, model, attrs.evolve(model, rules=rules, belonging=attrs.evolve(model.belonging, key=key)))


def faults_of(name: str) -> Iterator[tuple[str, Model[Validated], Catalogue]]:
    """What a store may lack of a catalogue: a guard, a limit, a reference, or that they are of the right row."""
    catalogue = catalogues()[name]
    for model in own(catalogue):
        for rule in model.rules:
            is_needed = belongs_by(model, rule) or supplements_by(catalogue, rule)
            if isinstance(rule, SEVERAL_ROWS) and not is_needed and not is_beyond(rule):
                yield rule.name, model, lacking(catalogue, model, rule)
            if isinstance(rule, AtMost) and rule.supplement is not None:
                yield f"{rule.name} without its supplement", model, limited_by(catalogue, model, rule, is_zero=False)
                yield f"{rule.name} of none is zero", model, limited_by(catalogue, model, rule, is_zero=True)
            if isinstance(rule, AtMost) and not catalogue.parent(rule.through).is_root and model.tenant is not None:
                yield f"{rule.name} below the root", model, below_the_root(catalogue, model, rule)
        if model.tenant is not None and model.tenant not in model.key:
            yield f"{model.name} keyed in each root", model, keyed_in_each_root(catalogue, model)


@pytest.mark.rows("name", ("NETWORK", "CLINICS", "SHARED"))
def test_shared_rows_under_the_filter_of_a_root_are_missed(
    portal: Portal, tables: Tables, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a store that shows of shared rows those of a root alone disagrees with one that shows all."""
    search_of = MemoryReader._search

    def filtered(self: MemoryReader[Validated]) -> TableSearch:
        other = copy(self)
        if self._table.model.is_shared:
            other._tenant = 1
        return search_of(other)

    monkeypatch.setattr(MemoryReader, "_search", filtered)

    for shared in (model for model in own(catalogues()[name]) if model.is_shared):
        words = vocabularies(name)[shared.name]
        ran = search(programs_of(words), lambda each: portal(disagree_on(tables, words, each)), programs=100, seed=1)  # noqa: B023  # it is called at once
        assert ran.failing is not None, shared.name


@pytest.mark.rows("name", COUNTING)
def test_every_fault_is_found(portal: Portal, name: str) -> None:
    """Programs about an entity find whatever a store lacks of its rules, and a limit or a key of the wrong row."""
    missed = [
        fault
        for fault, model, poorer in faults_of(name)
        if found(portal, vocabularies(name)[model.name], poorer) is None
    ]
    assert missed == []
