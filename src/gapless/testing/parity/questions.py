"""The questions that both sides are asked: for each rule over one row what it speaks of, and how each side answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import attrs
import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn

from gapless.adapters.postgres.schema.tables import metadata, table_of
from gapless.adapters.postgres.sql.text import DIALECT, quoted
from gapless.adapters.postgres.statements.records import decoder
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
from gapless.kit.columns import Column
from gapless.kit.model import Model, Validated
from gapless.kit.registry import Registry
from gapless.kit.validation import compile_violation_finder

Row = tuple[object, ...]
"""A value for each column that a rule speaks of, in its normal form."""
SCHEMA = "gapless"
ASKED = Registry(
    interpreter="Value parity",
    place="testing/parity/questions.py",
    needed="whether a value or one row decides it by a condition",
    by_kind={
        DataType: True,
        EnumMember: True,
        Check: True,
        Required: False,  # no condition, but what every column says or does not
        PrimaryKey: False,
        Unique: False,
        Exclusion: False,
        Reference: False,
        Immutable: False,
        VersionStep: False,
        Transition: False,
        AdmissionGuard: False,
        AppendOnly: False,
        AtLeastOne: False,
        AtMost: False,
        Numbered: False,
        Stamped: False,
        Index: False,
    },
)


@attrs.frozen(kw_only=True, eq=False)
class Question:
    """A rule over one row, and how it is checked on both sides.

    Attributes:
        model: the entity that declares it.
        rule: a Check or an EnumMember, which a constraint checks, or the DataType of a column, whose values have to
            come back exactly.
        accepts: the answer of the domain.
        definitions: the columns of the table that the rule speaks of, each as the table defines it, but nullable.
        condition: the text of the constraint; None for a DataType, which has none of its own for every type.
        guards: of a DataType what each constraint says that the type of the column calls for.
        decode: of a DataType how the store reads a record of this column alone.
    """

    model: Model[Validated]
    rule: Rule
    accepts: Callable[[Row], bool]
    definitions: tuple[str, ...]
    condition: str | None
    guards: tuple[str, ...]
    decode: Callable[[Sequence[object]], object]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that the rule speaks of: those of a row, in this order."""
        return self.rule.columns


def questions(catalogue: Catalogue) -> tuple[Question, ...]:
    """The questions of a catalogue: every Check and EnumMember, and the DataType of every column, in their order.

    Args:
        catalogue: the entities and rules.
    """
    tables = metadata(catalogue, SCHEMA)
    return tuple(_question(model, rule, table_of(tables, model)) for model, rule in catalogue if ASKED.of(rule))


def _question(model: Model[Validated], rule: Rule, table: sa.Table) -> Question:
    return Question(
        model=model,
        rule=rule,
        accepts=_acceptance(rule),
        definitions=tuple(_definition(table.c[column.name]) for column in rule.columns),
        condition=None if isinstance(rule, DataType) else _condition(table, rule.name),
        guards=tuple(_guards(model, rule, table)),
        decode=decoder(attrs.evolve(model, columns=rule.columns, key=())),
    )


def _guards(model: Model[Validated], rule: Rule, table: sa.Table) -> Iterator[str]:
    """What must be true of what is written into a column, by each constraint that its type calls for."""
    if not isinstance(rule, DataType):
        return
    column = rule.column
    named = {constraint.name for constraint in table.constraints if isinstance(constraint, sa.CheckConstraint)}
    rules = [rule, *(known for known in model.of_kind(EnumMember) if known.column == column)]
    yield from (f"({_condition(table, each.name)})" for each in rules if each.name in named)
    if not table.c[column.name].nullable:
        yield f"({quoted(column.stored)} IS NOT NULL)"


def _acceptance(rule: Rule) -> Callable[[Row], bool]:
    """Whether a row passes, by the very function that the entity's validator uses to find what is broken."""
    findings = compile_violation_finder((rule,))
    names = tuple(column.name for column in rule.columns)
    return lambda row: not findings(dict(zip(names, row, strict=True)))


def _definition(column: sa.Column[object]) -> str:
    """The column as the table defines it, with its type and its collation; null is checked by another rule."""
    return str(CreateColumn(column).compile(dialect=DIALECT)).removesuffix(" NOT NULL")


def _condition(table: sa.Table, name: str) -> str:
    """The text of a CHECK constraint, as it stands in the statement that creates the table."""
    constraints = (found for found in table.constraints if isinstance(found, sa.CheckConstraint))
    expression = next(found.sqltext for found in constraints if found.name == name)
    return DIALECT.statement_compiler(DIALECT, None).process(expression, include_table=False, literal_binds=True)
