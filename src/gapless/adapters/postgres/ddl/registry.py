"""Says for each kind of rule where PostgreSQL has it: in the statement of its table, behind it, or in triggers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs

from gapless.adapters.postgres.ddl.annotations import add_data_type, add_members
from gapless.adapters.postgres.ddl.append_only import append_only_objects
from gapless.adapters.postgres.ddl.check import add_check
from gapless.adapters.postgres.ddl.entity import add_primary_key, immutable_objects
from gapless.adapters.postgres.ddl.exclusion import EXTENSION, exclusion_objects
from gapless.adapters.postgres.ddl.filled import filling_objects
from gapless.adapters.postgres.ddl.index import index_objects
from gapless.adapters.postgres.ddl.reference import add_reference, reference_objects, statistics_objects
from gapless.adapters.postgres.ddl.transition import transition_objects
from gapless.adapters.postgres.ddl.triggers import child_objects
from gapless.adapters.postgres.ddl.unique import unique_objects
from gapless.adapters.postgres.sql.objects import DatabaseObject, Marked
from gapless.kit import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    Catalogue,
    Check,
    DataType,
    EnumMember,
    Exclusion,
    Immutable,
    Index,
    Model,
    Numbered,
    PrimaryKey,
    Reference,
    Required,
    Stamped,
    Transition,
    Unique,
    VersionStep,
)
from gapless.kit.model import Validated
from gapless.kit.registry import Registry


@attrs.frozen(kw_only=True)
class Definition:
    """Where a kind of rule is defined: in one of these places, or more.

    Attributes:
        in_table: takes a catalogue, a table and a rule, and adds the rule to the statement that creates the table.
        behind_table: takes a table, its model and a rule, and returns the objects that are created behind the table, in
            the order of the rules.
        beside: takes a catalogue, a schema and a model, and returns the functions and triggers of all the model's rules
            of the kind, or of its family.
        in_column: whether the definition of the column has it.
        extension: the extension of the server that it needs; "" if it needs none.
    """

    in_table: Callable[..., None] | None = None
    behind_table: Callable[..., Iterable[Marked]] | None = None
    beside: Callable[[Catalogue, str, Model[Validated]], Iterable[DatabaseObject]] | None = None
    in_column: bool = False
    extension: str = ""


DEFINITIONS = Registry(
    interpreter="The definition of PostgreSQL",
    place="adapters/postgres/ddl/registry.py",
    needed="its Definition",
    by_kind={
        DataType: Definition(in_table=add_data_type, in_column=True),
        Required: Definition(in_column=True),
        EnumMember: Definition(in_table=add_members),
        Check: Definition(in_table=add_check),
        PrimaryKey: Definition(in_table=add_primary_key),
        Reference: Definition(in_table=add_reference, behind_table=statistics_objects, beside=reference_objects),
        Unique: Definition(behind_table=unique_objects),
        Exclusion: Definition(behind_table=exclusion_objects, extension=EXTENSION),
        Index: Definition(behind_table=index_objects),
        Immutable: Definition(beside=immutable_objects),
        VersionStep: Definition(beside=immutable_objects),
        AppendOnly: Definition(beside=append_only_objects),
        Numbered: Definition(beside=filling_objects),
        Stamped: Definition(beside=filling_objects),
        Transition: Definition(beside=transition_objects),
        AdmissionGuard: Definition(beside=child_objects),
        AtLeastOne: Definition(beside=child_objects),
        AtMost: Definition(beside=child_objects),
    },
)
