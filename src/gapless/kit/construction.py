"""Makes rows without their constructor, for values that were validated before: by the database, or in another row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gapless.kit.python_compiler import function
from gapless.kit.twins import twin_of


class Construction:
    """The source that makes a row of an entity from the values of some expressions.

    Args:
        entity: the class.
        names: the names of its fields.
    """

    def __init__(self, entity: type, names: Sequence[str]) -> None:
        self._names = names
        self._twin = twin = twin_of(entity)
        self.namespace: dict[str, object] = {"new": object.__new__, "entity": entity}
        if twin is not None:
            self.namespace["twin"] = twin
        else:
            self.namespace |= {f"s{place}": getattr(entity, name).__set__ for place, name in enumerate(names)}

    def lines(self, values: Sequence[str]) -> list[str]:
        """The statements that make the row `o` from the values of these expressions, in the order of the fields."""
        if self._twin is None:
            return ["o = new(entity)", *(f"s{place}(o, {value})" for place, value in enumerate(values))]
        given = zip(self._names, values, strict=True)
        return ["o = new(twin)", *(f"o.{name} = {value}" for name, value in given), "o.__class__ = entity"]

    def maker(self, parameters: str, values: Sequence[str], first: str = "") -> Callable[..., object]:
        """Compiles a function that makes a row.

        Args:
            parameters: what the function takes.
            values: an expression for each field.
            first: a statement that runs before.
        """
        lines = [*([first] if first else []), *self.lines(values), "return o"]
        return function("make", f"def make({parameters}):\n  " + "\n  ".join(lines), dict(self.namespace))
