"""Each law about any entity sees a store that breaks it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest

from gapless.kit import Catalogue
from gapless.kit.ports import Store
from gapless.testing.laws.cases import laws
from gapless.testing.laws.casting import Casting
from gapless.testing.laws.checker import check_store
from tests.clinics.cases import CASES
from tests.laws.faults import keeping, of_each_entity, querying, reading
from tests.laws.faults.planting import Plant

CASTING = Casting(name="cases", catalogue=CASES)
FAULTS: dict[str, Plant] = {
    "what_is_added_is_found_by_its_key": reading.filter_ignored,
    "a_row_is_seen_by_its_unit_alone_until_the_commit": of_each_entity.seen_before_the_commit,
    "pages_give_each_row_once": of_each_entity.pages_begin_too_far,
    "an_ended_unit_takes_nothing_more": of_each_entity.ended_units_go_on,
    "a_save_keeps_each_field": keeping.version_not_raised,
    "an_older_copy_is_refused": keeping.lost_update,
    "a_row_without_a_version_is_saved_as_it_is": of_each_entity.saved_with_a_version_alone,
    "a_unit_without_a_commit_keeps_none_of_its_writes": keeping.missed_rollback,
    "a_removed_row_is_gone": of_each_entity.removed_rows_stay,
    "what_refers_to_a_removed_row_follows_its_reference": keeping.set_null_forgotten,
    "a_row_is_there_for_its_root_alone": reading.tenant_leak,
    "a_row_is_written_by_its_root_alone": of_each_entity.roots_not_compared,
    "a_shared_row_is_there_for_all_roots": of_each_entity.shared_rows_of_nobody_alone,
    "a_key_is_there_once": of_each_entity.keys_taken_twice,
    "what_no_two_rows_share_is_there_once": of_each_entity.uniques_forgotten,
    "each_rule_refuses_what_breaks_it": of_each_entity.checks_forgotten,
    "a_removal_by_a_condition_takes_the_rows_of_its_unit": reading.filter_ignored,
    "an_update_by_a_condition_writes_the_rows_of_its_unit": reading.filter_ignored,
    "each_write_leaves_its_audit_record": of_each_entity.records_lost,
    "units_of_one_root_change_a_row_in_turn": of_each_entity.nobody_waits,
    "a_unit_waits_for_that_of_its_root": of_each_entity.nobody_waits,
    "of_two_units_at_one_shared_row_one_is_kept": keeping.lost_update,
    "rows_are_found_by_several_ids": querying.last_id_forgotten,
    "there_is_a_row_if_one_is_counted": querying.exists_in_another_root,
    "pages_lead_back": querying.pages_turned_round,
    "what_is_asked_of_many_rows_is_what_they_have": querying.greatest_is_the_least,
    "units_that_count_lose_no_count": querying.counts_from_what_was_read,
}
"""By the name of a law a fault that it finds."""


def test_each_law_has_a_fault() -> None:
    """Who adds a law about any entity plants a fault that it finds."""
    assert {law.name for law in laws() if law.entities(CASTING) is not None} == FAULTS.keys()


@pytest.mark.asyncio
@pytest.mark.parametrize("law", FAULTS)
async def test_a_store_that_breaks_a_law_is_found(law: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault breaks the law, which holds for a store without it."""
    made = FAULTS[law](monkeypatch)

    @asynccontextmanager
    async def opened(catalogue: Catalogue) -> AsyncIterator[Store]:
        store = made(catalogue)
        yield store
        await store.aclose()

    # A casting of its own, which keeps nothing of what was made of another store.
    assert (await check_store(opened, only=[law], casting=attrs.evolve(CASTING))).broken
    monkeypatch.undo()
