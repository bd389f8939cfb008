"""The symbolic row, which stands for a row while rules are declared or a query is built."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from typing import Generic, NoReturn, Protocol, TypeVar, cast, overload

import attrs

from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError, GaplessError
from gapless.kit.plain import kind_of, said
from gapless.kit.predicates import Field, Node, Previous, Supplement, as_node, fields_of, of_one_row, require_shallow

T = TypeVar("T")
E = TypeVar("E")


class Nodes:
    """The nodes of an entity's fields and of its declared predicates, each made once and shared by all conditions.

    A predicate is asked once, so that what it declares is the same for a query, a rule and a row in memory.

    Args:
        entity: the class.
        columns: its columns.
        field: makes the node of a column.
    """

    def __init__(
        self, entity: type[object], columns: tuple[Column, ...], field: Callable[[Column], Node] = Field
    ) -> None:
        self.entity = entity
        self.columns = columns
        self.fields: dict[str, Node] = {column.name: field(column) for column in columns}
        self._predicates: dict[str, tuple[object, frozenset[str]]] = {}

    @cached_property
    def previous(self) -> Nodes:
        """The nodes of the row before a change."""
        return Nodes(self.entity, self.columns, Previous)

    def predicate(self, name: str) -> tuple[object, frozenset[str]]:
        """The condition of the declared predicate with this name, and the names of the fields that it reads.

        Raises:
            DeclarationError: the entity has no such predicate.
        """
        found = self._predicates.get(name)
        if found is None:
            declared = next((vars(kind)[name] for kind in self.entity.__mro__ if name in vars(kind)), None)
            if not isinstance(declared, predicate):
                raise DeclarationError(f"{self.entity.__name__} has no field or predicate {name!r}.")
            row = SymbolicRow(self)
            condition = declared.declared(row)
            found = self._predicates[name] = (condition, frozenset(looked_at(row)))
        return found


class SymbolicRow:
    """Stands for a row while rules are declared: its fields are nodes, and its predicates give nodes too."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._read: set[str] = set()

    def __getattr__(self, name: str) -> object:
        # A field that was read and is in no condition was used where Python answers by itself, as in `is not None`
        # (decision 0011).
        field = self._nodes.fields.get(name)
        if field is not None:
            self._read.add(name)
            return field
        condition, read = self._nodes.predicate(name)
        self._read |= read
        return condition

    def __eq__(self, other: object) -> NoReturn:
        raise DeclarationError("A symbolic row can't be compared: compare its fields.")

    def __bool__(self) -> NoReturn:
        raise DeclarationError("A symbolic row has no truth value: compare its fields.")

    def __repr__(self) -> str:
        return f"<any {self._nodes.entity.__name__}>"  # always the same, because errors of other libraries repeat it

    def __hash__(self) -> int:
        return object.__hash__(self)


def previous(row: T) -> T:
    """The symbolic row as it was before the change that is checked; only a Transition may use it.

    Raises:
        DeclarationError: one of its fields that is used may be null.
    """
    # The row before the change is a symbolic row of its own, with other nodes as fields (decision 0013).
    return cast(T, SymbolicRow(cast(SymbolicRow, row)._nodes.previous))  # noqa: SLF001  # its own class


def supplement(entity: type[T]) -> T:
    """The symbolic row of an entity that is one to one with the parent of a limit, whose fields may be that limit.

    Where a parent has no such row, the limit is the default of the field: `limit=supplement(Settings).most_items`.

    Raises:
        DeclarationError: the entity has no declared rules yet.
    """
    columns = model_attribute(entity).nodes.columns
    defaults = {field.name: field.default for field in attrs.fields(cast("type[attrs.AttrsInstance]", entity))}
    given = {name: None if default is attrs.NOTHING else default for name, default in defaults.items()}
    return cast(T, SymbolicRow(Nodes(entity, columns, lambda column: Supplement(entity, column, given[column.name]))))


def answer_of(nodes: Nodes, argument: str, function: Callable[[E], T], row: object) -> T:
    """What a function that a declaration was given says of a symbolic row.

    Args:
        nodes: the nodes of the entity.
        argument: what the function was given as.
        function: the function.
        row: the symbolic row.

    Raises:
        DeclarationError: it is no function of a row, or it raises something else.
    """
    given: object = function
    said_of = f"{nodes.entity.__name__}: `{argument}`"
    if not callable(given):
        raise DeclarationError(f"{said_of} is a function of a row, such as lambda row: row.id, not {kind_of(given)}.")
    try:
        return function(cast(E, row))
    except GaplessError:
        raise
    except Exception as error:
        raise DeclarationError(f"{said_of} can't be asked of a row: {said(error)}") from error


def condition_over(symbolic: object, holds: Callable[[E], bool]) -> Node:
    """The node of a condition over a fresh symbolic row.

    Raises:
        DeclarationError: the condition reads a field that it then does not contain, as `user.last_seen_at is not None`
            does, which Python answers by itself with a constant; or it uses a field of another row.
    """
    node = of_one_row(require_shallow(as_node(holds(cast(E, symbolic)))))
    spoken_of, read = {column.name for column in fields_of(node)}, looked_at(symbolic)
    if spoken_of == read:
        return node
    require_spoken_of(symbolic, spoken_of)
    if foreign := sorted(spoken_of - read):
        raise DeclarationError(f"The condition uses {foreign[0]}, which is a field of another row.")
    return node


def require_spoken_of(symbolic: object, names: Collection[str]) -> None:
    """Refuses a declaration that read a field of a symbolic row and does not contain it.

    Raises:
        DeclarationError: it read more fields than these.
    """
    if silent := sorted(looked_at(symbolic).difference(names)):
        raise DeclarationError(
            f"{silent[0]} is read, but the condition does not contain it: Python answers `is`, and `in` before a set, "
            "by itself. Use is_null(field), negate(is_null(field)) or one_of(field, ...)."
        )


def looked_at(symbolic: object) -> set[str]:
    """The names of the fields that were read of a symbolic row so far."""
    return cast(SymbolicRow, symbolic)._read  # noqa: SLF001  # a field could have the name of a public attribute


class predicate(Generic[E]):  # noqa: N801  # used as a decorator, like property
    """A named condition of an entity: a condition on a symbolic row, and True or False on a real one.

    It is asked once for an entity, so it must always declare the same: a time, or another value that changes, belongs
    into a query's own condition.
    """

    def __init__(self, declared: Callable[[E], bool]) -> None:
        self.declared: Callable[[object], bool] = cast("Callable[[object], bool]", declared)
        self.__doc__ = declared.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> predicate[E]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> bool: ...
    def __get__(self, instance: object | None, owner: type) -> predicate[E] | bool:
        return self if instance is None else model_attribute(owner).holds(self.name, instance)


class DeclaredModel(Protocol):
    """What an entity needs of the model that `rules_of` attaches to it."""

    @property
    def nodes(self) -> Nodes:
        """The nodes of the fields and of the declared predicates."""
        ...

    @property
    def validate(self) -> Callable[[object], None]:
        """Brings a row into its normal form, in place, and refuses it if it breaks a rule."""
        ...

    def holds(self, name: str, instance: object) -> bool:
        """Whether the predicate with this name is true of a row."""
        ...


def model_attribute(entity: type) -> DeclaredModel:
    """The model that is attached to an entity.

    Raises:
        DeclarationError: the entity has no declared rules.
    """
    model: DeclaredModel | None = entity.__dict__.get("__gapless_model__")
    if model is None:
        raise DeclarationError(
            f"{entity.__name__} has no rules yet: declare them in a function that rules_of decorates."
        )
    return model


def row(entity: type[T]) -> T:
    """Gives a symbolic row of an entity, for conditions of other entities and for queries.

    Raises:
        DeclarationError: the entity has no declared rules yet, as where rows refer to rows of their own kind.
    """
    if entity.__dict__.get("__gapless_model__") is None:
        raise DeclarationError(
            f"row({entity.__name__}): {entity.__name__} has no rules yet. Declare them before, in a function that "
            "rules_of decorates; a rule can't ask the row above for one of its own kind: let it ask for a number, or "
            "for a row above of another kind."
        )
    return cast(T, SymbolicRow(model_attribute(entity).nodes))
