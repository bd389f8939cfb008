"""The symbolic row: what an entity is while its rules are declared, or while a query is asked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Generic, NoReturn, Protocol, TypeVar, cast, overload

from gapless.kit.columns import Column
from gapless.kit.errors import DeclarationError
from gapless.kit.predicates import Field, Node, Previous, as_node, fields_of, of_one_row, require_shallow

T = TypeVar("T")
E = TypeVar("E")


class SymbolicRow:
    """Stands for a row while rules are declared: its fields are nodes, its predicates run on the row itself."""

    def __init__(self, entity: type, columns: tuple[Column, ...], field: Callable[[Column], Node] = Field) -> None:
        self._entity = entity
        self._field = field
        self._columns = {column.name: column for column in columns}
        self._read: set[str] = set()

    def __getattr__(self, name: str) -> object:
        if name in self._columns:
            # What was read and stands in no condition was answered by Python itself, as `is not None` is
            # (decision 0011).
            self._read.add(name)
            return self._field(self._columns[name])
        declared = next((vars(kind)[name] for kind in self._entity.__mro__ if name in vars(kind)), None)
        if isinstance(declared, predicate):
            return declared.declared(self)
        raise DeclarationError(f"{self._entity.__name__} has no field or predicate {name!r}.")

    def __eq__(self, other: object) -> NoReturn:
        raise DeclarationError("A symbolic row can't be compared: compare its fields.")

    def __bool__(self) -> NoReturn:
        raise DeclarationError("A symbolic row has no truth value.")

    def __repr__(self) -> str:
        return f"<any {self._entity.__name__}>"  # the same each time, since errors of others repeat it

    __hash__ = object.__hash__


def previous(row: T) -> T:
    """The same symbolic row as it was before the change that is checked: for Transition, and for nothing else.

    Raises:
        DeclarationError: a field is asked of it that may be null.
    """
    given = cast(SymbolicRow, row)
    # The row before the change is a row of its own, whose fields are other nodes (decision 0013).
    return cast(T, SymbolicRow(given._entity, tuple(given._columns.values()), Previous))  # noqa: SLF001  # its own class


def condition_over(symbolic: object, holds: Callable[[E], bool]) -> Node:
    """The node of a condition over a fresh symbolic row.

    Raises:
        DeclarationError: the condition looks at a field and then leaves it out, as `user.last_seen_at is not None`
            does: Python answers that by itself, with a constant. Or it speaks of a field of another row.
    """
    node = of_one_row(require_shallow(as_node(holds(cast(E, symbolic)))))
    spoken_of = {column.name for column in fields_of(node)}
    require_spoken_of(symbolic, spoken_of)
    if foreign := sorted(spoken_of - looked_at(symbolic)):
        raise DeclarationError(f"The condition speaks of {foreign[0]}, which is a field of another row.")
    return node


def require_spoken_of(symbolic: object, names: Collection[str]) -> None:
    """Refuses a declaration that looked at a field of a symbolic row and does not depend on it.

    Raises:
        DeclarationError: these names are not all that it looked at.
    """
    if silent := sorted(looked_at(symbolic).difference(names)):
        raise DeclarationError(
            f"{silent[0]} is looked at, and nothing depends on it: `is`, and `in` before a set, are answered by Python "
            "itself. Use is_null(field), negate(is_null(field)) or one_of(field, ...)."
        )


def looked_at(symbolic: object) -> set[str]:
    """The names of the fields that were asked of a symbolic row so far."""
    return cast(SymbolicRow, symbolic)._read  # noqa: SLF001  # a public name could be that of a field


class predicate(Generic[E]):  # noqa: N801  # used as a decorator, like property
    """A named condition of an entity: a node on a symbolic row, and on a value whether that node is true of it."""

    def __init__(self, declared: Callable[[E], bool]) -> None:
        self.declared = cast("Callable[[object], bool]", declared)
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
    def columns(self) -> tuple[Column, ...]:
        """One for each field."""
        ...

    @property
    def validate(self) -> Callable[[object], None]:
        """Normalises a row in place, and refuses it if it breaks a rule."""
        ...

    def holds(self, name: str, instance: object) -> bool:
        """Whether the predicate of that name is true of a row."""
        ...


def model_attribute(entity: type) -> DeclaredModel:
    """The model that is attached to an entity.

    Raises:
        DeclarationError: the entity has no rules declared.
    """
    model: DeclaredModel | None = entity.__dict__.get("__gapless_model__")
    if model is None:
        raise DeclarationError(f"{entity.__name__} has no rules declared: decorate a function with rules_of.")
    return model


def row(entity: type[T]) -> T:
    """A symbolic row of an entity whose rules are declared, for predicates of other entities and for queries.

    Raises:
        DeclarationError: the entity has no rules declared.
    """
    return cast(T, SymbolicRow(entity, model_attribute(entity).columns))
