"""Attempts at rules of several roots, of shared rows, and without a root: they find the lack of each."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from gapless.adapters.memory import MemoryStore
from gapless.kit import AdmissionGuard, AtMost, Catalogue, Exclusion, Reference, Rule, Unique, model_of, row
from gapless.kit.model import Model, Validated
from gapless.testing.additions import stored
from gapless.testing.enforcers import Verdict, ask_store
from gapless.testing.factories import Factories
from gapless.testing.fixtures import completed, fixture_of
from gapless.testing.unit_roots import UnitRoot, in_units
from gapless.testing.violations import attempts
from tests.clinics.cases import CASES, Case, Mark, Note, Tag
from tests.clinics.networks import NETWORK, NETWORKS, City, Clinic, Country, Job, Lab, Room
from tests.programs.test_any_keys import belongs_by, changed
from tests.programs.test_derived_vocabularies import lacking
from tests.violations import named

CATALOGUES = {**NETWORKS, "cases": CASES}
FACTORIES = {name: Factories(catalogue) for name, catalogue in CATALOGUES.items()}
SEVERAL_ROWS = (AdmissionGuard, AtMost, Exclusion, Reference, Unique)


def rules_of_several_rows() -> Iterator[tuple[str, str, str]]:
    """The rules over several rows that hosts declare, but for those through which others go."""
    for name, catalogue in CATALOGUES.items():
        for model, rule in catalogue:
            if isinstance(rule, SEVERAL_ROWS) and not model.is_part and not belongs_by(model, rule):
                yield name, model.stored, rule.name


async def wrong(name: str, poorer: Catalogue, rule: Rule) -> dict[str, Verdict]:
    """What breaks a rule and is not refused in its name by a store that has another catalogue, with what it said."""
    factories, found = FACTORIES[name], dict[str, Verdict]()
    for attempt in attempts(factories, only=[model.entity for model, each in factories.catalogue if each is rule]):
        if attempt.rule is rule:
            store = MemoryStore(poorer)
            answer = await ask_store(attempt, store, await stored(factories, store))
            found |= {} if answer.is_right else {named(attempt): answer.verdict}
    return found


@pytest.mark.asyncio
@pytest.mark.parametrize(("name", "table", "rule"), [*rules_of_several_rows()])
async def test_the_lack_of_a_rule_is_found(name: str, table: str, rule: str) -> None:
    """A store that lacks a rule accepts what breaks it; a store that has all rules accepts nothing of that."""
    model, lost = CATALOGUES[name].by_name[table, rule]
    assert await wrong(name, lacking(CATALOGUES[name], model, lost), lost) != {}
    assert await wrong(name, CATALOGUES[name], lost) == {}


@pytest.mark.asyncio
async def test_what_is_kept_in_each_root_alone_is_found() -> None:
    """A plate is there once in all clinics; a store that looks for it in one clinic alone is found out."""
    model: Model[Validated] = NETWORK.by_entity[Room]
    rule = next(rule for rule in model.of_kind(Unique) if rule.name == "rooms_plate_unique")
    within = attrs.evolve(rule, fields=(row(Room).clinic, row(Room).plate))
    poorer = attrs.evolve(model, rules=tuple(within if each is rule else each for each in model.rules))
    found = await wrong("network", changed(NETWORK, model, poorer), rule)
    accepted = [tried for tried, verdict in found.items() if verdict is Verdict.ACCEPTED]
    assert accepted == ["rooms_plate_unique: add what another root has"]


def test_a_fixture_has_a_root_of_each_entity() -> None:
    """There is a clinic with a laboratory, to which their rows belong; shared rows belong to none."""
    fixture = fixture_of(FACTORIES["network"])
    assert [type(root) for root in fixture.roots] == [Clinic, Lab]
    assert fixture.root is fixture.there(Clinic)
    homes: dict[type, int] = {root: getattr(fixture.there(root), "number") for root in (Clinic, Lab)}  # noqa: B009  # of either
    for made in (*fixture.rows, fixture.row(Job)):
        root = NETWORK.root_of(NETWORK.model(type(made)))
        assert model_of(type(made)).tenant_of(made) == (None if root is None else homes[root.entity])
    alone = fixture_of(FACTORIES["shared"])
    assert alone.roots == ()
    assert alone.row(City).country == getattr(alone.rows[0], "code")  # noqa: B009  # of a country


def test_a_row_without_a_field_for_its_root_has_that_of_the_row_to_which_it_refers() -> None:
    """So it is over several rows, and beside another root; a row that refers to none is written in the fixture's."""
    fixture = fixture_of(FACTORIES["cases"])
    other = completed(fixture.at(fixture.row(Clinic)), fixture.factories.referenced_in(CASES.root))
    for here in (fixture, other):
        tag, note = here.row(Tag), here.there(Note)
        home = UnitRoot(None, here.root_key)
        assert (tag.note, note.case) == (here.there(Mark).note, here.there(Case).id)
        assert [here.unit_root_of(made) for made in (tag, note, here.there(Case))] == [home] * 3
        assert fixture.unit_root_of(tag) == home
        assert here.unit_root_of(attrs.evolve(tag, note=-1)) == home
    assert fixture.root_key != other.root_key


def test_rows_that_need_each_other_are_in_one_unit() -> None:
    """A unit waits for the shared rows to which some of its rows refer, for others of them need these."""
    fixture = fixture_of(FACTORIES["cases"])
    country, case = fixture.row(Country), fixture.there(Case)
    note = attrs.evolve(fixture.row(Note), country=country.code)
    rows = (*fixture.roots, case, note, country)
    units = [*in_units(CASES, rows, fixture.unit_root_of)]
    assert [[type(each) for each in those] for _, those in units] == [[Lab], [Country], [Clinic, Case, Note]]
