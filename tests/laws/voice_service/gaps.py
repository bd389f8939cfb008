"""Which gaps of the voice service the laws prove closed, where they run on its catalogue."""

from collections.abc import Mapping
from types import MappingProxyType

PROVED_BY_LAWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "GAP-210": ("reads_hide_deleted_rows", "set_based_writes_hide_deleted_rows", "save_sees_deleted_rows"),
        "GAP-211": ("deleted_organization",),
        "GAP-213": (
            "values_of_persons_can_be_taken_out",
            "values_of_persons_can_be_taken_out_of_many",
            "nothing_else_changes_and_nothing_comes_back",
            "the_trail_goes_to_the_archive",
            "trail_is_append_only",
            "archive_is_append_only",
        ),
    }
)
"""The names of the laws, by the gaps."""
