"""Says for each kind of rule which rows break it, or that no row does by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import attrs

from gapless.adapters.postgres.violations.related_rows import (
    at_least_one_violations,
    at_most_violations,
    reference_violations,
)
from gapless.adapters.postgres.violations.row_pairs import exclusion_violations, unique_violations
from gapless.adapters.postgres.violations.single_rows import (
    check_violations,
    data_type_violations,
    member_violations,
    required_violations,
)
from gapless.adapters.postgres.violations.violation_query import ViolationQuery
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
    Rule,
    Stamped,
    Transition,
    Unique,
    VersionStep,
)
from gapless.kit.model import Validated
from gapless.kit.registry import Registry

Query: TypeAlias = Callable[..., ViolationQuery | None]


@attrs.frozen
class Violations:
    """How the rows are found that break a rule of some kind.

    Attributes:
        query: takes a catalogue, a schema, a model and a rule, and returns the query; None if no row breaks such a rule
            by itself, because it is about a write, or because it speeds up reading.
    """

    query: Query | None = None


VIOLATIONS = Registry(
    interpreter="The search for rows that break a rule",
    place="adapters/postgres/violations/registry.py",
    needed="its Violations",
    by_kind={
        DataType: Violations(data_type_violations),
        Required: Violations(required_violations),
        EnumMember: Violations(member_violations),
        Check: Violations(check_violations),
        PrimaryKey: Violations(),  # a table has its key from its beginning
        Reference: Violations(reference_violations),
        Unique: Violations(unique_violations),
        Exclusion: Violations(exclusion_violations),
        Index: Violations(),
        Immutable: Violations(),
        VersionStep: Violations(),
        AppendOnly: Violations(),
        Numbered: Violations(),
        Stamped: Violations(),
        Transition: Violations(),
        AdmissionGuard: Violations(),
        AtLeastOne: Violations(at_least_one_violations),
        AtMost: Violations(at_most_violations),
    },
)


def violation_query(catalogue: Catalogue, schema: str, model: Model[Validated], rule: Rule) -> ViolationQuery | None:
    """The query for the rows that break a rule; None if no row does by itself.

    Args:
        catalogue: the catalogue.
        schema: the PostgreSQL schema of its tables.
        model: the model that declares the rule.
        rule: the rule.

    Raises:
        DeclarationError: nobody has said how rows of this kind of rule are found.
    """
    query = VIOLATIONS.of(rule).query
    return None if query is None else query(catalogue, schema, model, rule)
