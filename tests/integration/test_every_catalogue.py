"""Every rule of every catalogue in this repository: broken without a line by hand, and refused by everybody."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless import kit
from gapless.adapters.memory import MemoryStore
from gapless.adapters.postgres import PostgresStore
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue, DataType, Rule, Unique
from gapless.kit.model import Model, Validated
from gapless.testing.additions import stored
from gapless.testing.counterexamples.attempts import Attempt
from gapless.testing.enforcers import ask_entity, ask_sql
from gapless.testing.factories import Factories
from gapless.testing.violations import NOBODY, attempts, can_refuse
from tests.clinics.beds import BEDS
from tests.clinics.cases import CASES
from tests.clinics.harbours import HARBOURS
from tests.clinics.networks import NETWORK, SHARED
from tests.clinics.shapes import SHAPES as KEYS
from tests.clinics.shapes import clinics
from tests.clinics.treatments import TREATMENTS
from tests.integration.databases import connected
from tests.integration.lands import LANDS
from tests.integration.narrow_shapes import NARROW
from tests.integration.shapes import SHAPES
from tests.integration.typed_shapes import TYPED
from tests.stores import tables_of
from tests.violations import IDS, Stage, named
from tests.voice.hosted import HOSTED
from tests.voice.stricter import STRICTER

ROOT = Path(__file__).parents[2]
SCHEMA = "every_catalogue"
KEYED = {f"clinics, {name}": clinics(shape).catalogue for name, shape in KEYS.items()}
NETWORKS = {"NETWORK": NETWORK, "SHARED": SHARED, "CASES": CASES}
"""Several roots with shared rows, no root at all, and rows that belong to a root through others."""
NAMES = (
    "HOSTED",
    "STRICTER",
    "SHAPES",
    "TYPED",
    "NARROW",
    "HELP_DESK",
    "CALENDAR",
    "CLINICS",
    "RENTALS",
    "OFFICES",
    "BEDS",
    "TREATMENTS",
    "HARBOURS",
    "LANDS",
    *KEYED,
    *NETWORKS,
)
FIRST = ("uuid, clinic first", "number, clinic last", "big number, code alone", "text, code alone, indexed")
"""Each type of key once, and each place of the root in it once: the others are asked where every row is."""


def soak_of(name: str) -> list[pytest.MarkDecorator]:
    """The mark of a catalogue that is asked where every row is, and else not."""
    return [pytest.mark.soak] if name in KEYED and name.removeprefix("clinics, ") not in FIRST else []


ROWS = [pytest.param(name, marks=soak_of(name)) for name in NAMES]
ON_SERVER = ("STRICTER", "SHAPES", "TYPED", "TREATMENTS", "NARROW", "CLINICS", *FIRST[1:2], *NETWORKS)
"""What PostgreSQL is asked about in each run: shapes of rules and of keys, and ways of belonging; the rest is soak."""


def on_server(name: str) -> list[pytest.MarkDecorator]:
    """The mark of a catalogue about which PostgreSQL is asked where every row is, and else not."""
    return [] if name.removeprefix("clinics, ") in ON_SERVER else [pytest.mark.soak]


@cache
def catalogues() -> dict[str, Catalogue]:
    """The catalogues of hosts: those of the tests, and whatever an example declares."""
    mine = {"HOSTED": HOSTED, "STRICTER": STRICTER, "SHAPES": SHAPES, "TYPED": TYPED, "NARROW": NARROW, "LANDS": LANDS}
    found = {**mine, "BEDS": BEDS, "HARBOURS": HARBOURS, "TREATMENTS": TREATMENTS, **KEYED, **NETWORKS}
    for path in sorted((ROOT / "examples").rglob("*.py")):
        is_told = {"tests", "migrations"}.isdisjoint(path.parts[len(ROOT.parts) :])
        if is_told and re.search("rules_of|Catalogue", path.read_text()):
            found |= {name: value for name, value in vars(loaded(path)).items() if isinstance(value, Catalogue)}
    parts = [value for value in vars(kit).values() if isinstance(value, Catalogue)]
    return {name: found[name] for name in found if found[name] is not GAPLESS and found[name] not in parts}


def loaded(path: Path) -> ModuleType:
    """The module of an example: by its name if it is part of a package, and else by its file."""
    within = path.relative_to(ROOT / "examples").parts
    if "src" in within:
        root = within.index("src") + 1
        source = str(ROOT.joinpath("examples", *within[:root]))
        if source not in sys.path:
            sys.path.append(source)
        return importlib.import_module(".".join(within[root:]).removesuffix(".py").removesuffix(".__init__"))
    spec = importlib.util.spec_from_file_location(f"declared_in_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where the annotations of its classes are looked up
    spec.loader.exec_module(module)
    return module


def own(catalogue: Catalogue) -> list[Model[Validated]]:
    """What a host adds to the entities of the voice service, whose rules other tests ask for."""
    return [model for model in catalogue.models if model.entity not in GAPLESS.by_entity or refusing(model)]


def of_host(model: Model[Validated]) -> tuple[Rule, ...]:
    """The rules of a host: all of its own entities, and of others those that it has added."""
    return model.rules if model.entity not in GAPLESS.by_entity else tuple(model.added)


def refusing(model: Model[Validated]) -> list[Rule]:
    """The rules that were added to an entity and can refuse something."""
    return [rule for rule in model.added if can_refuse(rule)]


@cache
def factories_of(name: str) -> Factories:
    """What makes the rows of a catalogue."""
    return Factories(catalogues()[name])


def tried(factories: Factories) -> list[Attempt]:
    """What breaks the rules of a host: those of its entities, and those that it has added to others."""
    made = attempts(factories, only=[model.entity for model in own(factories.catalogue)])
    mine = [attempt for attempt in made if attempt.rule in of_host(attempt.model)]
    return [attempt for attempt in mine if attempt.tried != NOBODY or not follows_from_key(attempt.model, attempt.rule)]


def follows_from_key(model: Model[Validated], rule: Rule) -> bool:
    """Whether the key keeps the rule: two rows that broke it would have one key, which is told before."""
    return isinstance(rule, Unique) and {*model.key} <= {column.name for column in rule.columns}


def test_the_catalogues_are_found() -> None:
    """The examples are among the catalogues, each with entities of its own, and nothing has to be written for any."""
    assert catalogues().keys() == set(NAMES)
    for name in catalogues():
        made = tried(factories_of(name))
        assert len({attempt.model for attempt in made}) == len(own(catalogues()[name])) > 0
        assert [named(attempt) for attempt in made if attempt.tried == NOBODY] == []


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ROWS)
async def test_entity_and_memory_refuse(name: str) -> None:
    """Each attempt is refused in the name of its rule by the constructor and by the in-memory store."""
    factories, answers = factories_of(name), {}
    stage = Stage(MemoryStore(factories.catalogue), factories)
    for attempt in tried(factories):
        answers[named(attempt)] = [ask_entity(attempt, await stage.fixture()), await stage.ask(attempt)]
    assert {name: said for name, said in answers.items() if not all(answer.is_right for answer in said)} == {}


@pytest_asyncio.fixture(params=[pytest.param(name, marks=on_server(name)) for name in NAMES])
async def hosted(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[tuple[Factories, PostgresStore]]:
    """A store on PostgreSQL whose database was made from a catalogue, and what makes rows of it."""
    factories = factories_of(request.param)
    async with tables_of(engine, factories.catalogue, SCHEMA):
        yield factories, PostgresStore(engine, factories.catalogue, schema=SCHEMA)


@pytest.mark.asyncio
async def test_postgresql_refuses(hosted: tuple[Factories, PostgresStore], database_url: str) -> None:
    """The store on PostgreSQL refuses each attempt with the same error, and plain SQL is refused by the rule's name."""
    (factories, store), answers = hosted, {}
    stage, same = Stage(store, factories), await stored(factories, store, IDS)
    # A connection of its own: a driver remembers the types of statements, and those of catalogues differ.
    async with connected(database_url) as driver:
        for attempt in tried(factories):
            if isinstance(attempt.rule, DataType):
                continue  # which no server is asked about, but the domain before it
            in_sql = await ask_sql(attempt, driver, SCHEMA, same)
            said = await stage.ask(attempt) if attempt.store else in_sql
            answers[named(attempt)] = [said, in_sql]
    assert {name: said for name, said in answers.items() if not all(answer.is_right for answer in said)} == {}
