"""The columns that the store has on the tables of parents, which are no fields of their entities."""

from __future__ import annotations

import pytest

from gapless.adapters.postgres.ddl.filled import counter_columns
from gapless.adapters.postgres.ddl.invariants import store_owned_columns
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue
from gapless.kit.catalogue_checks import LAST_NUMBER, RECHECKS
from gapless.testing.laws.catalogue import WORKSPACES
from tests.clinics.networks import NETWORKS

CATALOGUES = {"gapless": GAPLESS, "workspaces": WORKSPACES, **NETWORKS}


@pytest.mark.parametrize("name", CATALOGUES)
def test_counters_begin_at_nothing_and_are_never_null(name: str) -> None:
    """What is counted on and compared has a value in each row: a null would switch the rule off that compares it."""
    catalogue = CATALOGUES[name]
    columns = [column for model in catalogue.models for column in store_owned_columns(catalogue, model)]
    counters = [column for column in columns if column.name in (LAST_NUMBER, RECHECKS)]
    assert counters
    for column in counters:
        assert column.nullable is False
        assert str(column.server_default.arg) == "0"  # type: ignore[union-attr]  # there is one
    assert all(column.nullable for column in columns if column not in counters)


@pytest.mark.parametrize("name", CATALOGUES)
def test_each_parent_of_numbered_rows_has_one_counter(name: str) -> None:
    """A root below which rows are numbered has one, however many tables are numbered, and no other table has."""
    catalogue: Catalogue = CATALOGUES[name]
    numbering = {catalogue.parent(rule.through) for _, rule in catalogue.numbered if catalogue.roots}
    for model in catalogue.models:
        assert len(counter_columns(catalogue, model)) == (model in numbering)
