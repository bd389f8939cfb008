"""The catalogue that the laws are written for: a small service of the kit's own with every kind of rule."""

from __future__ import annotations

from gapless.kit import AUDIT_TRAIL, OUTBOX, PROCESSED_COMMANDS, Catalogue
from gapless.testing.laws.bookings import booking_rules
from gapless.testing.laws.files import document_rules, folder_rules, stamp_rules
from gapless.testing.laws.lockers import key_tag_rules, locker_rules, rental_rules, seal_rules
from gapless.testing.laws.members import member_rules
from gapless.testing.laws.workspaces import workspace_rules

WORKSPACES = (
    Catalogue(())
    + workspace_rules
    + member_rules
    + AUDIT_TRAIL
    + OUTBOX
    + PROCESSED_COMMANDS
    + folder_rules
    + document_rules
    + stamp_rules
    + booking_rules
    + locker_rules
    + rental_rules
    + key_tag_rules
    + seal_rules
)
"""Workspaces with their members, the kit's audit trail, outbox, commands and erasures, files, bookings and lockers."""
