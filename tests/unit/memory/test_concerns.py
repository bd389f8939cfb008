"""Which enforcers a change concerns: whatever is left out sees the same row as before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from gapless.adapters.memory import concerns
from gapless.adapters.memory.schema import Schema, Table
from gapless.domain.phone_numbers import PhoneNumber
from gapless.kit import Transition
from gapless.kit.model import Validated
from gapless.kit.predicates import fields_of
from gapless.testing.strategies import rows
from tests.catalogues import without
from tests.properties import SEARCH, bounded
from tests.voice.hosted import HOSTED

Change = tuple[str, str, dict[str, object], dict[str, object]]
"""A table, a column, and the values of two rows, of which the second one gives the column its new value."""


GROUPS = ("links", "inner_links", "releasable_links", "admission_checks", "invariant_checks", "pending")
"""The groups of enforcers that are told apart."""


def changes() -> st.SearchStrategy[Change]:
    """Changes of one column of any entity."""
    return st.sampled_from(HOSTED.models).flatmap(
        lambda model: st.tuples(
            st.just(model.table),
            st.sampled_from([column.name for column in model.columns]),
            rows(model),
            rows(model),
        )
    )


def overlooked(schema: Schema, change: Change) -> list[str]:
    """The rules that see another row, and whose enforcers are said to be of no concern."""
    table = schema.tables[change[0]]
    before = table.model.construct_unvalidated(change[2])
    after = table.model.construct_unvalidated(change[2] | {change[1]: change[3][change[1]]})
    return [*_overlooked(table, change[1], before, after)]


def _overlooked(table: Table, name: str, before: Validated, after: Validated) -> Iterator[str]:
    known, found = table.concerns, table.concerns.of({name: None})
    for group in GROUPS[:-1]:
        for each in set(getattr(known, group)) - set(getattr(found, group)):
            if each.key(before) != each.key(after):
                yield each.rule.name
    for check in set(known.pending) - set(found.pending):
        if check.applies(before) != check.applies(after):
            yield check.rule.name


@bounded(200)
@given(changes())
def test_what_is_left_out_sees_no_difference(change: Change) -> None:
    """A change of one column is of no concern only to enforcers for which both rows are the same."""
    assert overlooked(Schema(HOSTED), change) == []


def test_a_change_concerns_few() -> None:
    """A name concerns nobody, a role the rule that counts owners, and a reference itself; the set is made once."""
    users, calls = (Schema(HOSTED).tables[name].concerns for name in ("users", "calls"))
    assert users.of({"name": "Ann"}).links == ()
    assert users.of({"name": "Ann"}).invariant_checks == ()
    assert "last_owner" in {check.name for check in users.of({"role": None}).invariant_checks}
    assert [link.name for link in calls.of({"phone_number_id": None}).links] == ["calls_phone_number_id_fkey"]
    assert users.of({"name": "Ann"}) is users.of({"name": "Bob"})


def test_a_plain_change_has_nothing_to_ask() -> None:
    """A change is plain exactly if no reference, no guard and no rule over changes or releases is asked about it."""
    stepless = without(HOSTED, PhoneNumber, Transition)
    tables = [*Schema(HOSTED).tables.values(), Schema(stepless).tables["phone_numbers"]]
    changed = [(table, table.concerns.of({column.name: None})) for table in tables for column in table.model.columns]
    asked = {
        (
            bool(found.links or found.releasable_links),
            bool(found.admission_checks),
            *map(bool, (table.append_only, table.steps, table.release_effects)),
            found.is_plain,
        )
        for table, found in changed
    }
    assert {any(why) for *why, is_plain in asked if is_plain} == {False}
    assert {any(why) for *why, is_plain in asked if not is_plain} == {True}
    # Each of the five alone is enough.
    assert {(*(place == one for place in range(5)), False) for one in range(5)} <= asked


def test_a_change_of_nothing_concerns_nobody() -> None:
    """Where no column is another, every enforcer of every kind is left out."""
    every = [table.concerns for table in Schema(HOSTED).tables.values()]
    for group in GROUPS:
        assert any(getattr(known, group) for known in every), group
        assert not any(getattr(known.of({}), group) for known in every), group


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        pytest.param(
            "_enters",
            lambda through, _, names: concerns._is_of(through, names),
            marks=pytest.mark.soak,  # one change in some hundred shows it
        ),
        ("_enters", lambda _, counted, names: concerns._is_of(fields_of(counted), names)),
        ("_is_of", lambda *_: False),
    ],
    ids=["what is counted is forgotten", "the parent is forgotten", "nothing is of concern"],
)
def test_an_enforcer_that_is_left_out_wrongly_is_found(
    name: str, fault: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a column that decides is forgotten."""
    monkeypatch.setattr(concerns, name, fault)
    assert find(changes(), lambda change: overlooked(Schema(HOSTED), change) != [], settings=SEARCH)
