"""Makes rows without their constructor, for values that were validated before: by the database, or in another row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import cast

import attrs

from gapless.kit.python_compiler import function
from gapless.kit.twins import twin_of

CACHED_HASH = "_attrs_cached_hash"
"""The slot, null at first, in which attrs keeps the hash of a row of a class with `cache_hash`."""


class Construction:
    """The source that makes a row of an entity from the values of some expressions.

    Args:
        entity: the class.
        names: the names of its fields.
    """

    def __init__(self, entity: type, names: Sequence[str]) -> None:
        self._entity = entity
        self._names = names
        self._nulls = [CACHED_HASH] if hasattr(entity, CACHED_HASH) else []
        self._twin = twin = twin_of(entity)
        self.namespace: dict[str, object] = {"new": object.__new__, "entity": entity}
        if twin is not None:
            self.namespace["twin"] = twin
        else:
            self.namespace |= {f"s{place}": getattr(entity, name).__set__ for place, name in enumerate(self._slots)}

    @property
    def _slots(self) -> tuple[str, ...]:
        return (*self._names, *self._nulls)

    def lines(self, values: Sequence[str]) -> list[str]:
        """The statements that make the row `o` from the values of these expressions, in the order of the fields."""
        filled = [*values, *("None" for _ in self._nulls)]
        if self._twin is None:
            return ["o = new(entity)", *(f"s{place}(o, {value})" for place, value in enumerate(filled))]
        given = zip(self._slots, filled, strict=True)
        return ["o = new(twin)", *(f"o.{name} = {value}" for name, value in given), "o.__class__ = entity"]

    def constructor(self, model: object) -> Callable[..., None] | None:
        """Compiles a constructor that does what that of attrs does for a frozen class of plain fields, in less time.

        Args:
            model: the model of the entity, whose `validate` it calls at the end.

        Returns:
            The constructor; None if the entity has no twin, or a constructor that does more.
        """
        original = vars(self._entity).get("__init__")
        if self._twin is None or not _is_plain(self._entity, original):
            return None
        defaults = {field.name: field.default for field in _fields(self._entity)}
        parameters = [f"{n}" if defaults[n] is attrs.NOTHING else f"{n}=_defaults[{n!r}]" for n in self._names]
        lines = [
            # A class that derives from the entity has another layout.
            f"if self.__class__ is not _entity: return _original(self, {', '.join(f'{n}={n}' for n in self._names)})",
            "_become(self, '__class__', _twin)",
            *(f"self.{name} = {name}" for name in self._names),
            *(f"self.{name} = None" for name in self._nulls),
            "self.__class__ = _entity",
            "_model.validate(self)",
        ]
        source = f"def __init__(self, *, {', '.join(parameters)}):\n  " + "\n  ".join(lines)
        # No field has a name that begins with an underscore, so none of these names is hidden by a parameter.
        names: dict[str, object] = {"_entity": self._entity, "_twin": self._twin, "_original": original}
        names |= {"_become": object.__setattr__, "_defaults": defaults, "_model": model}
        # What is asked of the constructor, such as its signature, is answered by the original.
        update_wrapper(made := function("__init__", source, names), cast("Callable[..., None]", original))
        return cast("Callable[..., None]", made)

    def maker(self, parameters: str, values: Sequence[str], first: str = "") -> Callable[..., object]:
        """Compiles a function that makes a row.

        Args:
            parameters: what the function takes.
            values: an expression for each field.
            first: a statement that runs before.
        """
        lines = [*([first] if first else []), *self.lines(values), "return o"]
        return function("make", f"def make({parameters}):\n  " + "\n  ".join(lines), dict(self.namespace))


def _fields(entity: type) -> tuple[attrs.Attribute[object], ...]:
    return cast("tuple[attrs.Attribute[object], ...]", attrs.fields(cast("type[attrs.AttrsInstance]", entity)))


def _is_plain(entity: type, constructor: object) -> bool:
    """Whether a class has a constructor that attrs has written, and that only takes the fields as they are."""
    code = getattr(constructor, "__code__", None)
    if code is None or not code.co_filename.startswith("<attrs generated") or hasattr(entity, "__attrs_pre_init__"):
        return False
    return all(
        field.init and field.alias == field.name and field.converter is None and field.validator is None
        for field in _fields(entity)
    )
