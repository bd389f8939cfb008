"""The kinds of rule. A rule is data: what must hold, its name, one sentence for people, and where it comes from."""

from __future__ import annotations

import enum
import re
from typing import TypeAlias, cast

import attrs

from gapless.kit.columns import INTEGER_RANGES, Column
from gapless.kit.errors import DeclarationError
from gapless.kit.plain import is_of, kind_of, plain_integer, plain_text
from gapless.kit.predicates import (
    TRUE,
    Acknowledged,
    Constant,
    Field,
    Former,
    IsNull,
    Node,
    as_node,
    behind,
    fields_of,
    of_one_row,
    require_shallow,
    walk,
)

GREATEST_NAME_LENGTH = 50
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NUMBERED = re.compile(r".*_[0-9]+")


@attrs.frozen
class Source:
    """Where a rule comes from: its id there, and the document's name ("seed" for the list gapless was built to)."""

    id: str
    origin: str


def seed(id: str) -> Source:
    """The source of a rule that stands under this id in the list of gaps that gapless was built to close."""
    return Source(id, "seed")


def _plain(text: str) -> str:
    found = plain_text(text)
    if found is None:
        raise DeclarationError(f"A rule's name and its sentence are texts, not {kind_of(text)}.")
    return found


def _check_name(rule: Rule, _: object, name: str) -> None:
    """A name has at most 50 characters and no trailing number, so that a cluster may suffix it (a shard's number)."""
    # What follows from an annotation is named after its column, however long that is.
    in_database = not isinstance(rule, (Storable, Required))
    if (in_database and len(name) > GREATEST_NAME_LENGTH) or not _NAME.fullmatch(name) or _NUMBERED.fullmatch(name):
        raise DeclarationError(
            f"The rule name {name!r} is not a lower-case identifier of at most {GREATEST_NAME_LENGTH} characters "
            "without a trailing number."
        )


def _check_class(rule: Rule, _: object, to: type) -> None:
    if not is_of(to, type):
        raise DeclarationError(f"{rule.name} points at the class of an entity, not at {kind_of(to)}.")


def _check_on_delete(rule: Rule, _: object, on_delete: OnDelete) -> None:
    if not is_of(on_delete, OnDelete):
        raise DeclarationError(
            f"{rule.name} says by a member of OnDelete what a removal does, not by {kind_of(on_delete)}."
        )


def _check_on_soft_delete(rule: Rule, _: object, on_soft_delete: OnSoftDelete) -> None:
    if not is_of(on_soft_delete, OnSoftDelete):
        raise DeclarationError(
            f"{rule.name} says by a member of OnSoftDelete what a soft deletion does, not by {kind_of(on_soft_delete)}."
        )


def _plain_boolean(given: bool) -> bool:
    if given is not True and given is not False:
        raise DeclarationError(f"Whether a purge removes the rows is True or False, not {kind_of(given)}.")
    return given


def _check_sentence(rule: Rule, _: object, sentence: str) -> None:
    if not sentence.strip():
        raise DeclarationError(f"{rule.name} has no sentence for the person whose data it refuses.")


def _condition(holds: bool) -> Node:
    return of_one_row(require_shallow(as_node(holds)))


def _condition_of_change(holds: bool) -> Node:
    return require_shallow(as_node(holds))


def _optional_condition(holds: bool | None) -> Node | None:
    return None if holds is None else _condition(holds)


def fields_named(fields: object) -> tuple[Column, ...]:
    """The columns of a symbolic row that were named: a field or a tuple of fields.

    Raises:
        DeclarationError: something else was named.
    """
    given = fields if isinstance(fields, tuple) else (fields,)
    if not given or not all(isinstance(field, Field) for field in given):
        raise DeclarationError("Name the fields of the row themselves, as in (user.organization_id, user.email).")
    return tuple(cast(Field, field).column for field in given)


def _columns(fields: object) -> tuple[Column, ...]:
    given = fields if isinstance(fields, tuple) else (fields,)
    return tuple(map(_column, given))


def _column(field: object) -> Column:
    return field if isinstance(field, Column) else fields_named(field)[0]


def _limit(limit: int) -> Node:
    given, number = behind(limit), plain_integer(limit)
    if number is not None:
        return Constant(number)
    if isinstance(given, Field) and given.column.type in INTEGER_RANGES and not given.column.nullable:
        return given
    raise DeclarationError("A limit is a whole number, or a field of the parent that always holds one.")


@attrs.frozen(eq=False)
class Rule:
    """What all kinds of rule have: a name that is unique in the catalogue, a sentence for people, a source."""

    name: str = attrs.field(converter=_plain, validator=_check_name)
    sentence: str = attrs.field(converter=_plain, validator=_check_sentence)
    source: Source | None = attrs.field(default=None, kw_only=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that the rule speaks of; an error names them as its fields."""
        return ()


@attrs.frozen(eq=False)
class Storable(Rule):
    """PostgreSQL keeps exactly this value: of the column's type, in its range. Follows from the annotation."""

    column: Column

    @property
    def columns(self) -> tuple[Column, ...]:
        """The column."""
        return (self.column,)


@attrs.frozen(eq=False)
class Required(Rule):
    """The column is not null. Follows from the annotation."""

    column: Column

    @property
    def columns(self) -> tuple[Column, ...]:
        """The column."""
        return (self.column,)


@attrs.frozen(eq=False)
class Known(Rule):
    """The value is a member of the column's enumeration. Follows from the annotation; declared only to be named."""

    column: Column = attrs.field(converter=_column)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The column."""
        return (self.column,)


@attrs.frozen(eq=False)
class Check(Rule):
    """A predicate over one row; it passes unless it is false. A field that may be null says so by `known`."""

    holds: Node = attrs.field(converter=_condition)

    def __attrs_post_init__(self) -> None:
        if not self.columns:
            raise DeclarationError(f"{self.name} mentions no field: Python has answered it already, for no row.")
        silent = [column.name for column in self.columns if column.nullable and not _spoken_of(self.holds, column)]
        if silent:
            raise DeclarationError(f"{self.name}: {silent[0]} may be null; say known({silent[0]}) if that passes.")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the predicate."""
        return fields_of(self.holds)


def _spoken_of(node: Node, column: Column) -> bool:
    below = walk(node)
    return any(isinstance(part, (Acknowledged, IsNull)) and part.field.column.name == column.name for part in below)


@attrs.frozen(eq=False)
class PrimaryKey(Rule):
    """The key of the table. Follows from the declaration of the entity."""

    key: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the key."""
        return self.key


@attrs.frozen(eq=False)
class Immutable(Rule):
    """These fields of a row never change: its key with its organization, and when it was created.

    Follows from the declaration of the entity.
    """

    fields: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The fields."""
        return self.fields


@attrs.frozen(eq=False)
class VersionStep(Rule):
    """The version of a row stays as it is, or grows by one. Follows from the declaration of the entity."""

    version: Column

    @property
    def columns(self) -> tuple[Column, ...]:
        """The version."""
        return (self.version,)


@attrs.frozen(eq=False)
class Unique(Rule):
    """No two rows for which `where` is true share these values; rows with a null among them share nothing."""

    fields: tuple[Column, ...] = attrs.field(converter=fields_named)
    where: Node | None = attrs.field(default=None, converter=_optional_condition, kw_only=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The unique columns."""
        return self.fields


class OnDelete(enum.Enum):
    """What the deletion of a row does to the rows that refer to it."""

    CASCADE = "CASCADE"
    RESTRICT = "RESTRICT"
    SET_NULL = "SET NULL"


class OnSoftDelete(enum.Enum):
    """What the soft deletion of a root does to rows that refer to it and can't be deleted softly themselves."""

    KEEP = "keep"
    REMOVE = "remove"


class Root:
    """Stands for the root of the catalogue that a reference is in, whichever entity that is: `Reference(to=Root)`.

    What any catalogue may take, such as the audit trail, refers to its root by this.
    """


@attrs.frozen(eq=False)
class Reference(Rule):
    """The fields are the key of a row of another table, or one of them is null. SET NULL spares the tenant's column.

    Attributes:
        fields: the referring columns.
        to: the entity of the other table; Root for that of the catalogue.
        on_delete: what the removal of the row does that is referred to.
        on_soft_delete: what the soft deletion of the root does, if that is what the reference points at.
        purged: whether a purge of the root removes the rows by itself, in units of work of a bounded size, before the
            root; a plain removal does with them what `on_delete` says.
    """

    fields: tuple[Column, ...] = attrs.field(converter=fields_named)
    to: type = attrs.field(validator=_check_class)
    on_delete: OnDelete = attrs.field(validator=_check_on_delete)
    on_soft_delete: OnSoftDelete = attrs.field(default=OnSoftDelete.KEEP, validator=_check_on_soft_delete, kw_only=True)
    purged: bool = attrs.field(default=False, converter=_plain_boolean, kw_only=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The referring columns."""
        return self.fields

    @property
    def nulled(self) -> tuple[Column, ...]:
        """The columns that SET NULL clears."""
        return tuple(column for column in self.fields if column.nullable)


@attrs.frozen(eq=False)
class EntryRequires(Rule):
    """A row enters only while its parent satisfies a predicate.

    A row enters when it comes to satisfy `of` (each row does, unless `of` says otherwise): inserted so, changed so, or
    moved to another parent. Judged at the write. One rule may stand at several tables under one name.

    Attributes:
        through: the reference to the parent.
        parent: what the parent has to satisfy.
        of: which rows are inside.
        added: which rows enter when they are inserted; None for those of `of`.
    """

    through: Reference
    parent: Node = attrs.field(converter=_condition)
    of: Node = attrs.field(default=TRUE, converter=_condition, kw_only=True)
    added: Node | None = attrs.field(default=None, converter=_optional_condition, kw_only=True)

    @property
    def enters_added(self) -> Node:
        """Which rows enter when they are inserted."""
        return self.of if self.added is None else self.added

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the reference to the parent."""
        return self.through.columns


@attrs.frozen(eq=False)
class CountRule(Rule):
    """A bound on how many children of a set a parent has; judged at commit, on the final state."""

    through: Reference
    of: Node = attrs.field(converter=_condition, kw_only=True)
    while_parent: Node = attrs.field(default=TRUE, converter=_condition, kw_only=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that decide whether a child is in the set; if each is, those of the reference to the parent."""
        return fields_of(self.of) or self.through.columns

    @property
    def armed_by_parent(self) -> bool:
        """Whether a parent that comes to satisfy `while_parent` (or is added so) puts the rule in question."""
        return True


@attrs.frozen(eq=False)
class AtLeastOne(CountRule):
    """A parent that satisfies `while_parent` has at least one child in the set. A child that leaves the set arms it."""


@attrs.frozen(eq=False)
class AtMost(CountRule):
    """A parent has at most `limit` (a number, or a field of its own) children in the set.

    A child that enters the set arms it, and nothing else does: a limit that shrinks refuses growth from then on. If
    there is a `while_parent`, a parent that comes to satisfy it arms the rule as well.
    """

    limit: Node = attrs.field(converter=_limit, kw_only=True)

    @property
    def armed_by_parent(self) -> bool:
        """Only if the rule depends on the state of the parent."""
        return self.while_parent is not TRUE


@attrs.frozen(eq=False)
class Transition(Rule):
    """A predicate over a row and what it was before, see `former`; a change passes unless it is false. At the write.

    Attributes:
        holds: what must be true of a change.
        added: what must be true of a row that is added, which was nothing before.
    """

    holds: Node = attrs.field(converter=_condition_of_change)
    added: Node = attrs.field(default=TRUE, converter=_condition, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not any(isinstance(part, Former) for part in walk(self.holds)):
            raise DeclarationError(f"{self.name} does not look at the row as it was before: that is a Check.")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the predicate."""
        return fields_of(self.holds)


@attrs.frozen(eq=False)
class AppendOnly(Rule):
    """Rows are never changed, and removed only with their parent; without a parent never.

    Values of persons may have to leave them all the same. A change of what is `erasable` may take something away, and
    nothing else: a text becomes null, a document loses members or becomes null; nothing else changes, or comes back.

    Attributes:
        through: the reference to the organization, whose removal takes the rows along; None if nothing does.
        archive: the entity that keeps, under the same fields, the rows which go with their parent.
        erased_by: the entity a row of which, in the same organization, says that nothing is to be kept.
        erasable: the columns of which something may be taken away: texts that may be null, and documents.
    """

    through: Reference | None = None
    archive: type | None = attrs.field(default=None, kw_only=True)
    erased_by: type | None = attrs.field(default=None, kw_only=True)
    erasable: tuple[Column, ...] = attrs.field(default=(), converter=_columns, kw_only=True)


@attrs.frozen(eq=False)
class Filled(Rule):
    """A column that the store fills when a row is added, whatever the writer says; nobody changes it later.

    Attributes:
        column: the column. A row that no store has taken yet has the default there, and is the same row afterwards.
    """

    column: Column = attrs.field(converter=_column, kw_only=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The column."""
        return (self.column,)


@attrs.frozen(eq=False)
class Numbered(Filled):
    """The rows below a parent are numbered in the order in which they came: 1, 2, 3, without gaps.

    All the rules of a catalogue that go through one parent share its counter, so that the rows of several tables have
    one order. A number is handed out under the lock of the parent's row, so it is also the order of the commits.

    Attributes:
        through: the reference to the organization.
    """

    through: Reference = attrs.field(kw_only=True)


@attrs.frozen(eq=False)
class Stamped(Filled):
    """The column says when a row was added, by the store's own clock: PostgreSQL's, not that of whoever writes."""


@attrs.frozen
class Descending:
    """A column of an index or of an order that runs from the greatest value to the least."""

    column: Column


Ordering: TypeAlias = "Column | Descending"


def column_of(ordering: Ordering) -> Column:
    """The column of one part of an order."""
    return ordering.column if isinstance(ordering, Descending) else ordering


def descending(field: object) -> object:
    """In an index or an order: this field from the greatest value to the least."""
    return Descending(fields_named(field)[0])


def orderings(fields: object) -> tuple[Ordering, ...]:
    """The columns of an index or an order as they were named: fields, or `descending(field)`.

    Raises:
        DeclarationError: something else was named.
    """
    given = fields if isinstance(fields, tuple) else (fields,)
    return tuple(field if isinstance(field, Descending) else fields_named(field)[0] for field in given)


@attrs.frozen(eq=False)
class Index(Rule):
    """Not integrity, but what makes reading fast: columns in their order, perhaps only where a predicate holds."""

    fields: tuple[Ordering, ...] = attrs.field(converter=orderings)
    where: Node | None = attrs.field(default=None, converter=_optional_condition, kw_only=True)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The indexed columns."""
        return tuple(map(column_of, self.fields))
