"""All planted faults, each with the vocabulary whose programs find it."""

from __future__ import annotations

import attrs

from gapless.testing.differential.vocabulary import Vocabulary
from tests.laws.faults import judging_commits, judging_ranges, judging_rows, keeping, reading
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
    """

    plant: Plant
    words: Vocabulary = TEAM

    @property
    def name(self) -> str:
        """The name of the test that finds it."""
        return f"{self.plant.__name__}-{next(name for name, words in VOCABULARIES.items() if words is self.words)}"


FAULTS = (
    Fault(reading.filter_ignored),
    Fault(reading.order_wrong),
    Fault(reading.page_off_by_one),
    Fault(reading.tenant_leak),
    Fault(reading.time_zone_lost),
    Fault(keeping.lost_update),
    Fault(keeping.missed_rollback),
    Fault(keeping.version_not_raised),
    Fault(keeping.set_null_forgotten),
    Fault(keeping.set_null_forgotten, SERVICE),
    Fault(keeping.cascade_without_a_second_level),
    Fault(keeping.entry_written_again),
    Fault(keeping.trail_lost, SERVICE),
    Fault(keeping.erasure_ignored, SERVICE),
    Fault(keeping.numbers_begin_anew),
    Fault(keeping.numbers_of_the_writer),
    Fault(judging_rows.check_skipped_on_update),
    Fault(judging_rows.unique_without_its_condition),
    Fault(judging_rows.error_name_wrong),
    Fault(judging_rows.judged_row_by_row),
    Fault(judging_rows.references_judged_first),
    Fault(judging_rows.transitions_forgotten, SERVICE),
    Fault(judging_rows.entry_of_moved_rows_only, SERVICE),
    Fault(judging_ranges.ends_belong_to_ranges, RANGES),
    Fault(judging_ranges.exclusion_without_its_condition, RANGES),
    Fault(judging_ranges.open_ranges_exclude_nothing, RANGES),
    Fault(judging_commits.deferred_rule_judged_too_early),
    Fault(judging_commits.judged_by_state),
    Fault(judging_commits.commit_rules_in_another_order),
    Fault(judging_commits.judged_at_the_first_touch),
)
