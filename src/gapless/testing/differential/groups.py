"""In which order rules are named that one write breaks, by their kind: two stores name one of the same group."""

from __future__ import annotations

import enum

from gapless.kit import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    Check,
    DataType,
    EnumMember,
    Exclusion,
    Immutable,
    Index,
    Numbered,
    PrimaryKey,
    Reference,
    Required,
    Stamped,
    Transition,
    Unique,
    VersionStep,
)
from gapless.kit.registry import Registry


class Group(enum.IntEnum):
    """The groups, in the order in which they are checked; within the first three the order is fixed as well."""

    DATA_TYPE = 0
    REQUIRED = 1
    CHECKS = 2
    SHARED = 3
    REFERENCES = 4
    TRANSITIONS = 5
    ADMISSION = 6
    LATER = 7

    @property
    def has_order(self) -> bool:
        """Whether the rules of the group are checked in a fixed order, so that every store names the same one first."""
        return self <= Group.CHECKS


GROUPED = Registry(
    interpreter="The comparison of random programs",
    place="testing/differential/groups.py",
    needed="its Group",
    by_kind={
        DataType: Group.DATA_TYPE,
        Required: Group.REQUIRED,
        Check: Group.CHECKS,
        EnumMember: Group.CHECKS,
        Unique: Group.SHARED,
        PrimaryKey: Group.SHARED,
        Exclusion: Group.SHARED,
        Reference: Group.REFERENCES,
        Transition: Group.TRANSITIONS,
        AdmissionGuard: Group.ADMISSION,
        Immutable: Group.LATER,
        VersionStep: Group.LATER,
        AppendOnly: Group.LATER,
        AtLeastOne: Group.LATER,
        AtMost: Group.LATER,
        Numbered: Group.LATER,
        Stamped: Group.LATER,
        Index: Group.LATER,
    },
)
