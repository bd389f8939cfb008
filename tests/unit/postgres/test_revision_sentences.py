"""What a revision says of itself, if its author does not."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given

from gapless.kit import Catalogue, Check
from gapless.postgres import WrittenRevision
from tests.integration.postgres.revisions.packages import Package, decisions_between
from tests.integration.postgres.revisions.wards import FORMS, Form, catalogue_of
from tests.properties import bounded

FIRST = Form(note="nullable", rooms="before", most=3, one=True, steps=True, guarded=True, unique="label")
OTHER_NAMES = attrs.evolve(FIRST, visits="appointments", label="order")
SENTENCES = {
    "a limit": (attrs.evolve(FIRST, most=4), "Changed rule visits_most."),
    "a limit of another name": (attrs.evolve(FIRST, most="beds"), "Changed rule visits_most."),
    "a rule of rows that a function keeps": (attrs.evolve(FIRST, steps=False), "Dropped rule visits_size_grows."),
    "a rule that counts": (attrs.evolve(FIRST, one=False), "Dropped rule visits_good."),
    "a rule that lets in": (attrs.evolve(FIRST, guarded=False), "Dropped rule visits_open."),
    "a new rule": (attrs.evolve(FIRST, apart=True), "New rule visits_apart."),
    "another text of a length": (attrs.evolve(FIRST, longest=60), "Changed rule visits_label_length."),
    "a rule in place of another": (
        attrs.evolve(FIRST, longest=None),
        "New rule visits_label_bounded; dropped rule visits_label_length.",
    ),
    "a rule that lets in and is there": (
        attrs.evolve(FIRST, steps=False, guarded=False),
        "Dropped rules visits_size_grows, visits_open.",
    ),
    "an index": (attrs.evolve(FIRST, indexed=True), "New rule visits_by_size."),
    "fewer rows": (attrs.evolve(FIRST, few=True), "Changed rule visits_unique."),
    "another order": (attrs.evolve(FIRST, reverse=True), "Functions and triggers, made anew."),
    "a table": (attrs.evolve(FIRST, entries=True), "New table entries."),
    "a table that rows refer to": (
        attrs.evolve(FIRST, rooms=""),
        "Dropped table rooms; dropped column visits.room; dropped rule visits_room_fkey.",
    ),
    "a reference": (attrs.evolve(FIRST, linked=False), "Dropped rule visits_room_fkey."),
    "other names": (OTHER_NAMES, "Renamed visits to appointments, visits.label to order."),
    "other names and a rule": (
        attrs.evolve(OTHER_NAMES, few=True),
        "Renamed visits to appointments, visits.label to order; changed rule visits_unique.",
    ),
    "a column that is required": (attrs.evolve(FIRST, note="required"), "Changed column visits.note."),
}


@pytest.mark.parametrize(("now", "said"), SENTENCES.values(), ids=SENTENCES)
def test_a_revision_says_what_it_changes(package: Package, now: Form, said: str) -> None:
    """Tables, columns and rules that are new, other or gone are named, and nothing that is only made anew."""
    package.write(catalogue_of(FIRST))
    assert written(package, FIRST, now).sentence == said


@bounded(6)
@given(form=FORMS)
def test_another_name_is_no_other_rule(package: Package, form: Form) -> None:
    """Of a table and a column that have other names alone, the names are told, and no rule."""
    for file in package.folder.glob("ward_*"):
        file.unlink()
    was = attrs.evolve(form, visits="visits", label="label")
    package.write(catalogue_of(was))
    sentence = written(package, was, attrs.evolve(was, visits="appointments", label="order")).sentence
    assert sentence == "Renamed visits to appointments, visits.label to order."


def test_a_rule_of_another_name_is_told_as_that(package: Package) -> None:
    """What is enforced by the same is the same rule, whatever it is called now."""
    catalogue = catalogue_of(FIRST)
    package.write(catalogue)
    visits = catalogue.by_stored["visits"]
    rules = (attrs.evolve(rule, name=f"{rule.name}_too") if isinstance(rule, Check) else rule for rule in visits.rules)
    renamed = attrs.evolve(visits, rules=tuple(rules))
    found = package.write(Catalogue(tuple(renamed if each is visits else each for each in catalogue.models)))
    assert found is not None
    names = (f"{name} to {name}_too" for name in ("visits_in_order", "visits_label_length", "visits_note_length"))
    assert found.sentence == f"Renamed rules {', '.join(names)}."


def test_a_reference_stays_while_another_column_gets_another_type(package: Package) -> None:
    """A foreign key is made anew, and its rows are read again, only if a column that it names has another type."""
    package.write(catalogue_of(FIRST))
    text = written(package, FIRST, attrs.evolve(FIRST, big=True)).text
    assert "BIGINT" in text
    assert "_fkey" not in text


@pytest.fixture
def package(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Package:
    """A package without revisions."""
    return Package(tmp_path_factory.mktemp("revisions"), monkeypatch)


def written(package: Package, before: Form, now: Form) -> WrittenRevision:
    """The next revision, which is kept."""
    found = package.write(catalogue_of(now), decisions_between(before, now))
    assert found is not None
    return found
