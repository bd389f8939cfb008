"""The kinds of rule: one file holds one kind, or a family of kinds.

A rule is data: what must hold, its name, one message for people, and where it comes from.
"""

from gapless.kit.kinds.admission import AdmissionGuard
from gapless.kit.kinds.annotations import DataType, EnumMember, Required
from gapless.kit.kinds.append_only import AppendOnly
from gapless.kit.kinds.check import Check
from gapless.kit.kinds.entity import Immutable, PrimaryKey, VersionStep
from gapless.kit.kinds.exclusion import Exclusion
from gapless.kit.kinds.fields import fields_named
from gapless.kit.kinds.filled import Filled, Numbered, Stamped
from gapless.kit.kinds.index import (
    Descending,
    Index,
    IndexField,
    Ordering,
    column_of,
    descending,
    indexed_of,
    orderings,
)
from gapless.kit.kinds.invariants import AtLeastOne, AtMost, Invariant
from gapless.kit.kinds.reference import OnDelete, OnSoftDelete, Reference, Root
from gapless.kit.kinds.rule import GREATEST_NAME_LENGTH, Rule
from gapless.kit.kinds.transition import Transition
from gapless.kit.kinds.unique import Unique

__all__ = [
    "GREATEST_NAME_LENGTH",
    "AdmissionGuard",
    "AppendOnly",
    "AtLeastOne",
    "AtMost",
    "Check",
    "DataType",
    "Descending",
    "EnumMember",
    "Exclusion",
    "Filled",
    "Immutable",
    "Index",
    "IndexField",
    "Invariant",
    "Numbered",
    "OnDelete",
    "OnSoftDelete",
    "Ordering",
    "PrimaryKey",
    "Reference",
    "Required",
    "Root",
    "Rule",
    "Stamped",
    "Transition",
    "Unique",
    "VersionStep",
    "column_of",
    "descending",
    "fields_named",
    "indexed_of",
    "orderings",
]
