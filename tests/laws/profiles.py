"""Which laws need more rights on PostgreSQL than a request has. All others are run with the rights of requests."""

from gapless.postgres import Profile

JOB_LAWS = frozenset(
    {
        "an_organization_that_comes_again_begins_anew",
        "the_archive_keeps_numbers_and_times",
        "the_archive_takes_no_second_audit_record_under_an_id",
        "removing_an_organization",
        "removing_an_organization_is_restricted",
        "an_organization_takes_along",
        "three_levels",
        "the_trail_goes_to_the_archive",
        "an_erased_organization_leaves_no_trail",
        "deleting_organization_and_owner_together",
        "events_of_the_host",
        "archive_is_append_only",
        "values_of_persons_can_be_taken_out",
        "values_of_persons_can_be_taken_out_of_many",
        "nothing_else_changes_and_nothing_comes_back",
        "reads_and_writes_over_all_organizations",
        "leaving_keeps_nothing",
        "slug_is_taken_until_its_organization_is_gone",
        "life_of_a_unit_in_system_scope",
        "pages_over_all_organizations_while_rows_go",
        "events_are_claimed_once",
        "overlapping_units_lose_no_update",
        "unit_and_job_at_one_row",
        "units_at_once_lose_no_count",
    }
)
"""They remove an organization, mark one for erasure, take values of persons out, or change the events of the outbox."""


def profile_of(law: str) -> Profile:
    """What the role is for that a law is run by."""
    return Profile.JOBS if law in JOB_LAWS else Profile.REQUESTS
