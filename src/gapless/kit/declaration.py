"""Makes the model of an entity from its annotations and from the function that yields its rules."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Generic, cast

import attrs

from gapless.kit.belonging import Belonging, Rooting, belonging_of
from gapless.kit.columns import GREATEST_KEY_LENGTH, Column, ColumnType, read_column, subject
from gapless.kit.entity_checks import require_sound
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import (
    AdmissionGuard,
    AppendOnly,
    Check,
    DataType,
    EnumMember,
    Filled,
    Immutable,
    Invariant,
    PrimaryKey,
    Required,
    Rule,
    VersionStep,
    fields_named,
)
from gapless.kit.kinds.referenced_columns import asked_of_parent, mentioned
from gapless.kit.language import length, nullable
from gapless.kit.lengths import greatest_characters, matched, with_length_first
from gapless.kit.model import CREATED_AT, VERSION, E, Model, Validated
from gapless.kit.names import DECLARED_NAMES, Names, named
from gapless.kit.personal_fields import is_personal
from gapless.kit.plain import is_of, kind_of, plain, plain_text
from gapless.kit.predicates import Field, Node
from gapless.kit.releases import of_the_unreleased, release_rules, released_column
from gapless.kit.rootless import without_root
from gapless.kit.servability import require_servable, require_table
from gapless.kit.symbolic import Nodes, SymbolicRow, answer_of, condition_over, predicate, require_spoken_of


def rules_of(  # noqa: PLR0913  # a declaration names only what is so of its rows
    entity: type[E],
    table: str,
    *,
    belongs_to: Callable[[E], object] | None = None,
    belongs_through: Callable[[E], object] | None = None,
    root: bool = False,
    shared: bool = False,
    key: tuple[str, ...] | None = None,
    soft_deleted: Callable[[E], bool] | None = None,
    unaudited: Callable[[E], object] | None = None,
    released: Callable[[E], bool] | None = None,
    names: Names = DECLARED_NAMES,
    origin: str = "host",
) -> Callable[[Callable[[E], Iterable[Rule]]], Model[E]]:
    """Declares the table and the rules of an entity; it decorates a function that yields rules over a symbolic row.

    The entity can't be made before this has run. The rules that follow from annotations and key need no word: data
    type, required, enumeration member, the primary key.

    Args:
        entity: a class made by `attrs.frozen(kw_only=True, slots=True)` that derives from Entity or AuditedEntity.
        table: the name of its table.
        belongs_to: the field that says which root a row belongs to, by the root's key; None for a root and for shared
            rows. If it may be null, a row without a value belongs to no root, and units without a root see it.
        belongs_through: for rows without such a field, the field of a reference: a row belongs to the root of the row
            to which it refers. The reference never changes, and its field is never null. Of a reference by several
            fields all are named, as a tuple.
        root: whether it is a root: an entity to whose rows other rows belong, and whose rows units of work lock.
        shared: whether the rows belong to no root: all units see them, and their versions guard them.
        key: the names of the columns of the primary key, with that of `belongs_to` or without it; None for that one and
            `id`, or for the `id` alone if there is no such column, or if it may be null.
        soft_deleted: a predicate that is true of soft-deleted rows, which reading leaves out unless asked for.
        unaudited: the fields of an audited entity that may be written without an audit record, such as counters: a
            field or a tuple of fields of a symbolic row.
        released: the boolean field that is true of released rows: such a row is in no reading whose condition does not
            name the field, in no unique rule, exclusion or invariant, and nothing new refers to it. It stays until a
            cleanup has set all references to it with OnDelete.SET_NULL to null. None if rows can't be released.
        names: what the database calls the table and its columns, if not by the names that are declared.
        origin: the name of whoever declares it, for listings.

    Returns:
        The decorator, which turns the function into the Model.

    Raises:
        DeclarationError: an annotation, a name or a predicate can't be enforced; the message says how to declare it.
    """
    if plain_text(table) is None:
        raise DeclarationError(f"{entity.__name__}: the name of a table is a text, not {kind_of(table)}.")

    def declare(rules: Callable[[E], Iterable[Rule]]) -> Model[E]:
        written = named(entity.__name__, _columns_of(entity), names)
        declaration = _Declaration(
            entity=entity,
            table=plain(table),
            written=written,
            belongs_to=belongs_to,
            belongs_through=belongs_through,
            root=root,
            shared=shared,
            key=key,
            soft_deleted=soft_deleted,
            unaudited=unaudited,
            released=released,
            names=names,
            origin=origin,
            rules=rules,
        )
        entity.__gapless_model__ = model = declaration.over(written)
        return model

    return declare


@attrs.frozen(kw_only=True)
class _Declaration(Generic[E]):
    """What was declared about an entity: the arguments of `rules_of`, its columns, and the function with its rules."""

    entity: type[E]
    table: str
    written: tuple[Column, ...]
    belongs_to: Callable[[E], object] | None
    belongs_through: Callable[[E], object] | None
    root: bool
    shared: bool
    key: tuple[str, ...] | None
    soft_deleted: Callable[[E], bool] | None
    unaudited: Callable[[E], object] | None
    released: Callable[[E], bool] | None
    names: Names
    origin: str
    rules: Callable[[E], Iterable[Rule]]

    def over(self, columns: tuple[Column, ...], rooting: Rooting | None = None) -> Model[E]:
        """The model over these columns, which are those of the entity, perhaps with other types of keys.

        Args:
            columns: the columns.
            rooting: what a part takes over from its catalogue; None outside of one.
        """
        nodes = Nodes(self.entity, columns)
        home = belonging_of(nodes, self.belongs_to, self.belongs_through, self.root, self.shared, self.key)
        require_table(self.entity.__name__, self.table, home.key)
        symbolic = SymbolicRow(nodes)
        leaving = released_column(nodes, home.key, self.released)
        declared = of_the_unreleased(self._declared(nodes, home, symbolic, rooting), leaving)
        model = Model(
            self.entity,
            self.table,
            columns,
            home.key,
            (*_derived(self.table, columns, home, declared, leaving, self.written), *declared),
            self.origin,
            None if self.soft_deleted is None else _condition(nodes, self.soft_deleted),
            () if self.unaudited is None else _fields(nodes, self.unaudited),
            leaving,
            home,
            self.names,
            rooting,
            nodes=nodes,
            over=self.over,
        )
        require_kept(model, symbolic, declared)
        return model

    def _declared(
        self, nodes: Nodes, home: Belonging, symbolic: SymbolicRow, rooting: Rooting | None
    ) -> tuple[Rule, ...]:
        found = yielded(self.entity, self.rules(cast(E, symbolic)))
        if rooting is not None and not rooting.has_root:
            found = without_root(found)
        # Whose key it is, a root's or a user's, is checked where that entity is declared, or the type of users is said.
        keys = {column.name for column in self.written if column.type is ColumnType.KEY}
        others = keys if home.is_root or home.tenant is None else {home.tenant, *keys}
        bounds = (_bounds(self.table, node, found) for name, node in nodes.fields.items() if name in others)
        return with_lengths_first((*chain.from_iterable(bounds), *found))


def _condition(nodes: Nodes, soft_deleted: Callable[[E], bool]) -> Node:
    return condition_over(SymbolicRow(nodes), partial(answer_of, nodes, "soft_deleted", soft_deleted))


def _fields(nodes: Nodes, unaudited: Callable[[E], object]) -> tuple[Column, ...]:
    return fields_named(answer_of(nodes, "unaudited", unaudited, SymbolicRow(nodes)))


def require_kept(model: Model[E], symbolic: SymbolicRow, declared: Iterable[Rule]) -> None:
    """Refuses a model that one of the stores could not keep, or that would not mean what it says.

    Args:
        model: the model.
        symbolic: the symbolic row over which rules were declared.
        declared: these rules.

    Raises:
        DeclarationError: the message says how to declare it.
    """
    require_sound(model)
    require_servable(cast("Model[Validated]", model))
    for rule in declared:
        _require_of_parent(model, rule)
    require_spoken_of(symbolic, {column.name for rule in declared for column in mentioned(rule)})
    _check_predicates(model)


def _require_of_parent(model: Model[E], rule: Rule) -> None:
    """Refuses a rule that asks its own row for what it has to ask of the row above."""
    own = next((asked for asked in asked_of_parent(rule) if any(asked is column for column in model.columns)), None)
    if own is not None:
        above = cast("AdmissionGuard | Invariant", rule).through.to.__name__
        raise DeclarationError(
            f"{rule.name}: {own.name} is a field of {model.name} itself, and what is asked there is asked of the "
            f"{above} above it: name a field of that one, row({above}).…, or ask the rows below by `of`."
        )


def _check_predicates(model: Model[E]) -> None:
    for declared in _predicates_of(model.entity):
        condition_over(model.symbolic(), attrgetter(declared.name))


def yielded(entity: type, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules that a function has declared.

    Raises:
        DeclarationError: it yields something that is not a rule, or nothing that can be iterated.
    """
    if not isinstance(rules, Iterable):
        raise DeclarationError(
            f"The function that declares the rules of {entity.__name__} must yield them; it returned {kind_of(rules)}."
        )
    found = tuple(rules)
    others = [kind_of(part) for part in found if not is_of(part, Rule)]
    if others:
        raise DeclarationError(
            f"The function that declares the rules of {entity.__name__} must yield rules only, not {others[0]}."
        )
    return found


def _bounds(table: str, key: Node, declared: Iterable[Rule]) -> Iterator[Rule]:
    """The rule on the length of a root's or a user's key, where that is a text: no root or user has a longer one."""
    if not isinstance(key, Field) or key.column.type is not ColumnType.TEXT:
        return
    checks = [rule.holds for rule in declared if isinstance(rule, Check)]
    if greatest_characters(key.column, checks) > GREATEST_KEY_LENGTH:
        yield Check(
            f"{table}_{key.column.name}_length",
            f"{subject(key.column.name)} has at most {GREATEST_KEY_LENGTH} characters.",
            length(cast(str, nullable(cast(object, key)))) <= GREATEST_KEY_LENGTH,
        )


def with_lengths_first(declared: tuple[Rule, ...], known: tuple[Check, ...] = ()) -> tuple[Rule, ...]:
    """The rules, where a length that another one bounds is looked at before a pattern.

    Args:
        declared: the rules.
        known: further checks that the rows keep.
    """
    lengths = [rule for rule in (*known, *declared) if isinstance(rule, Check) and not matched(rule.holds)]
    return tuple(with_length_first(rule, lengths) if isinstance(rule, Check) else rule for rule in declared)


def _columns_of(entity: type[Validated]) -> tuple[Column, ...]:
    if "__gapless_model__" in vars(entity):
        raise DeclarationError(f"{entity.__name__} already has its rules: declare all of them in one function.")
    if not attrs.has(entity) or not all(_is_slot_of_a_value(entity, field) for field in attrs.fields(entity)):
        raise DeclarationError(
            f"{entity.__name__} must be an attrs.frozen(kw_only=True, slots=True) class that derives from Entity."
        )
    for field in attrs.fields(entity):
        if isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]  # the stubs take the class for a function
            raise DeclarationError(f"{entity.__name__}.{field.name}: a default must be a constant, not a factory.")
    hints = typing.get_type_hints(entity, include_extras=True)
    return tuple(
        read_column(entity.__name__, field.name, hints[field.name], personal=bool(is_personal(field)))
        for field in attrs.fields(entity)
    )


def _is_slot_of_a_value(entity: type, field: attrs.Attribute[object]) -> bool:
    slotted = isinstance(getattr(entity, field.name, None), types.MemberDescriptorType)
    # attrs gives a hash to a class that is frozen and compared by its fields, and removes it from one that is not.
    frozen = "__eq__" in vars(entity) and vars(entity).get("__hash__") is not None
    return slotted and frozen and field.kw_only and not field.name.startswith("_")


def _predicates_of(entity: type) -> list[predicate[object]]:
    members = {name: member for kind in reversed(entity.__mro__) for name, member in vars(kind).items()}
    return [member for member in members.values() if isinstance(member, predicate)]


def _derived(
    table: str,
    columns: tuple[Column, ...],
    home: Belonging,
    declared: tuple[Rule, ...],
    released: Column | None,
    written: tuple[Column, ...],
) -> tuple[Rule, ...]:
    """The rules that follow from the annotations and the key."""
    enumerated = _not_named(columns, declared)
    key_columns = tuple(column for name in home.key for column in columns if column.name == name)
    homes = (home.tenant, *home.through)
    of_root = tuple(column for column in columns if column.name in homes and column not in key_columns)
    return (
        *(
            DataType(
                f"{table}_{c.name}_storable", f"{subject(c.name)} can be stored as {as_written.type.described}.", c
            )
            for c, as_written in zip(columns, written, strict=True)
        ),
        *(Required(f"{table}_{c.name}_required", f"{subject(c.name)} is there.", c) for c in columns if not c.nullable),
        *(EnumMember(f"{table}_{c.name}_known", known_sentence(c), c) for c in enumerated),
        _primary_key(table, home, key_columns),
        # Rows of such a table never change, so no rule is needed for their changes.
        *(
            ()
            if any(isinstance(rule, AppendOnly) for rule in declared)
            else (
                *_of_changes(table, columns, (*key_columns, *of_root)),
                *(_kept(table, rule.column) for rule in declared if isinstance(rule, Filled)),
                *(() if released is None else release_rules(table, key_columns, released)),
            )
        ),
    )


def _primary_key(table: str, home: Belonging, columns: tuple[Column, ...]) -> PrimaryKey:
    """A rule as the others, because adding a row twice must raise the same error in every store (decision 0009)."""
    same = " and ".join([name for name in home.key if name != home.tenant] or home.key)
    return PrimaryKey(f"{table}_{'_'.join(home.key)}_unique", f"No two rows of {table} have the same {same}.", columns)


def _not_named(columns: tuple[Column, ...], declared: tuple[Rule, ...]) -> list[Column]:
    """The columns of an enumeration whose rule nobody has named."""
    named = {rule.column.name for rule in declared if isinstance(rule, EnumMember)}
    return [column for column in columns if column.type is ColumnType.ENUMERATION and column.name not in named]


def _of_changes(table: str, columns: tuple[Column, ...], key: tuple[Column, ...]) -> Iterator[Rule]:
    """The rules on what no change of a row may touch."""
    yield Immutable(f"{table}_key_constant", f"The key of a row of {table}, and its root, never change.", key)
    for column in columns:
        if column.name == CREATED_AT and column not in key:
            message = f"When a row of {table} was created never changes."
            yield Immutable(f"{table}_{CREATED_AT}_constant", message, (column,))
        if column.name == VERSION:
            yield VersionStep(f"{table}_version_step", f"The version of a row of {table} grows by one.", column)


def _kept(table: str, column: Column) -> Immutable:
    """The rule that a value which the store has filled in never changes."""
    message = f"{subject(column.name)} is what the store has given to the row, and never changes."
    return Immutable(f"{table}_{column.name}_constant", message, (column,))


def known_sentence(column: Column) -> str:
    """The message of the rule that a column takes its values from an enumeration."""
    return f"{subject(column.name)} is one of {', '.join(str(text) for text in column.members)}."
