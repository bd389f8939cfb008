"""All planted faults, each with the vocabulary whose programs find it."""

from __future__ import annotations

import attrs

from gapless.testing.differential.vocabulary import Vocabulary
from tests.laws.faults import checking_commits, checking_ranges, checking_rows, keeping, querying, reading
from tests.laws.faults.planting import Plant
from tests.programs.range_vocabulary import RANGES
from tests.programs.service_vocabulary import SERVICE
from tests.programs.team_vocabulary import TEAM

VOCABULARIES = {"team": TEAM, "service": SERVICE, "ranges": RANGES}


@attrs.frozen
class Fault:
    """A fault that the harness has to find.

    Attributes:
        plant: plants it.
        words: what the programs speak of that find it.
        is_rare: whether dozens of programs are run before one finds it.
    """

    plant: Plant
    words: Vocabulary = TEAM
    is_rare: bool = False

    @property
    def name(self) -> str:
        """The name of the test that finds it."""
        return f"{self.plant.__name__}-{next(name for name, words in VOCABULARIES.items() if words is self.words)}"


FAULTS = (
    Fault(reading.filter_ignored),
    Fault(reading.order_wrong),
    Fault(reading.page_off_by_one),
    Fault(reading.tenant_leak),
    Fault(reading.time_zone_lost, is_rare=True),
    Fault(keeping.lost_update),
    Fault(keeping.missed_rollback),
    Fault(keeping.version_not_raised),
    Fault(keeping.set_null_forgotten, is_rare=True),
    Fault(keeping.set_null_forgotten, SERVICE, is_rare=True),
    Fault(keeping.cascade_without_a_second_level, is_rare=True),
    Fault(keeping.record_written_again),
    Fault(keeping.trail_lost, SERVICE),
    Fault(keeping.erasure_ignored, SERVICE, is_rare=True),
    Fault(keeping.numbers_begin_anew),
    Fault(keeping.numbers_of_the_writer),
    Fault(checking_rows.check_skipped_on_update),
    Fault(checking_rows.unique_without_its_condition),
    Fault(checking_rows.error_name_wrong, is_rare=True),
    Fault(checking_rows.checked_row_by_row, is_rare=True),
    Fault(checking_rows.references_checked_first, is_rare=True),
    Fault(checking_rows.transitions_forgotten, SERVICE, is_rare=True),
    Fault(checking_rows.admission_of_added_rows_only, SERVICE),
    Fault(checking_ranges.ends_belong_to_ranges, RANGES),
    Fault(checking_ranges.exclusion_without_its_condition, RANGES),
    Fault(checking_ranges.open_ranges_exclude_nothing, RANGES),
    Fault(checking_commits.deferred_rule_checked_too_early),
    Fault(checking_commits.checked_by_state, is_rare=True),
    Fault(checking_commits.commit_rules_in_another_order, is_rare=True),
    Fault(checking_commits.checked_in_the_order_of_rechecks, is_rare=True),
    Fault(querying.exists_in_another_root, is_rare=True),
    Fault(querying.sum_of_deleted_rows, is_rare=True),
    Fault(querying.pages_from_the_beginning, is_rare=True),
    Fault(querying.pages_turned_round, is_rare=True),
    Fault(querying.greatest_is_the_least, is_rare=True),
    Fault(querying.counts_from_what_is_committed, is_rare=True),
)
