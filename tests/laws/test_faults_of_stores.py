"""The laws of what a store fills, erases, releases, asks first, counts, and of ranges see one that does it wrongly."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gapless.kit import Catalogue
from gapless.kit.ports import Store
from gapless.testing.laws.checker import check_store
from tests.laws.faults import checking_ranges, keeping, querying, releasing
from tests.laws.faults.planting import Plant

FAULTS: dict[Plant, set[str]] = {
    keeping.numbers_begin_anew: {"units_that_wait_for_each_other_are_numbered_in_their_order"},
    keeping.numbers_of_the_writer: {"what_the_store_fills_is_not_the_writers"},
    keeping.times_of_the_writer: {"what_the_store_fills_is_not_the_writers"},
    keeping.forgery_kept: {"the_archive_takes_no_second_audit_record_under_an_id"},
    keeping.counted_without_a_commit: {"what_is_not_kept_leaves_no_gap"},
    keeping.clock_never_asked: {"a_time_ahead_of_the_stores_own_clock_is_refused"},
    keeping.erasable_is_changeable: {"nothing_else_changes_and_nothing_comes_back"},
    keeping.members_compared_as_python_does: {"nothing_else_changes_and_nothing_comes_back"},
    keeping.more_changes_with_an_erasure: {"nothing_else_changes_and_nothing_comes_back"},
    keeping.erased_where_nothing_was: {"values_of_persons_can_be_taken_out_of_many"},
    keeping.kept_asked_too_early: {"of_two_faults_the_first_is_named"},
    keeping.record_asked_too_late: {"of_two_faults_the_first_is_named"},
    checking_ranges.ends_belong_to_ranges: {"ranges_that_do_not_overlap_stand_side_by_side"},
    checking_ranges.empty_ranges_exclude: {"ranges_that_do_not_overlap_stand_side_by_side"},
    checking_ranges.open_ranges_exclude_nothing: {"ranges_that_overlap_exclude_each_other"},
    checking_ranges.the_range_before_is_forgotten: {"ranges_that_overlap_exclude_each_other"},
    checking_ranges.exclusion_without_its_condition: {"only_rows_that_agree_exclude_each_other"},
    checking_ranges.own_range_in_the_way: {"a_range_is_handed_on"},
    checking_ranges.others_ranges_not_looked_at: {"units_of_two_organizations_do_not_take_one_range"},
    releasing.read_all_the_same: {"a_released_row_leaves_every_reading"},
    releasing.written_all_the_same: {"a_released_row_is_written_by_nobody"},
    releasing.values_kept: {"a_released_row_takes_no_place"},
    releasing.unlinked_at_once: {"what_refers_to_a_released_row_stays_as_it_is"},
    releasing.linked_all_the_same: {"nothing_new_refers_to_a_released_row"},
    releasing.links_of_added_rows_alone: {"nothing_new_refers_to_a_released_row"},
    releasing.checks_not_asked: {"what_could_not_be_unlinked_refuses_the_release"},
    releasing.other_references_forgotten: {"a_release_cascades_and_is_restricted"},
    querying.released_rows_asked: {"released_rows_count_for_nothing"},
    querying.greatest_is_the_least: {"what_is_asked_of_many_rows"},
    querying.nulls_are_no_group: {"what_is_asked_of_many_rows", "sums_have_no_bound"},
    querying.sums_of_decimals_are_rounded: {"sums_of_decimals_are_exact"},
    querying.sums_have_eight_bytes: {"sums_have_no_bound"},
    querying.sum_of_deleted_rows: {"deleted_rows_count_for_nothing"},
    querying.exists_in_another_root: {"jobs_ask_the_rows_of_all_roots"},
    querying.counts_from_what_was_read: {"each_row_gets_what_it_has_and_a_constant", "units_at_once_lose_no_count"},
    querying.nulls_count_from_nothing: {"each_row_gets_what_it_has_and_a_constant"},
    querying.counts_wrap: {"a_number_out_of_its_range_is_refused"},
    querying.records_of_counts_lost: {"counting_is_audited"},
    querying.overlaps_not_looked_at: {"units_at_once_lose_no_count"},
    keeping.decimals_rounded: {"decimals_that_do_not_fit_are_refused"},
    keeping.never_erased: {"values_of_persons_can_be_taken_out", "values_of_persons_can_be_taken_out_of_many"},
}


@pytest.mark.asyncio
@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
async def test_a_store_that_does_it_wrongly_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fault breaks the law that is about it."""
    made = plant(monkeypatch)

    @asynccontextmanager
    async def opened(catalogue: Catalogue) -> AsyncIterator[Store]:
        store = made(catalogue)
        yield store
        await store.aclose()

    report = await check_store(opened, only=FAULTS[plant])
    assert FAULTS[plant] <= {verdict.law.name for verdict in report.broken}
