"""What an entity is compared with: a frozen attrs class with the same fields and defaults, and no rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

import attrs

from gapless.kit.model import Validated
from gapless.kit.python_compiler import function

Attrs: TypeAlias = "type[attrs.AttrsInstance]"
Make: TypeAlias = Callable[[Sequence[object]], object]
"""Makes a row of the values of some fields, in their order."""


def plain_class(entity: type[Validated]) -> Attrs:
    """The class that `attrs.frozen(kw_only=True, slots=True)` makes of the fields of an entity."""
    fields = fields_of(entity)
    return attrs.make_class(
        f"Plain{entity.__name__}",
        {name: attrs.field(default=default) for name, default in fields.items()},
        frozen=True,
        kw_only=True,
        slots=True,
    )


def fields_of(entity: type) -> dict[str, object]:
    """The defaults of the fields of a class of attrs, by name, in their order."""
    return {field.name: field.default for field in attrs.fields(cast(Attrs, entity))}


def made_by(constructor: Callable[..., object], names: Sequence[str]) -> Make:
    """A function that calls a constructor by keywords, as a program does that has them written out."""
    arguments = ", ".join(f"{name}={name}" for name in names)
    source = f"def made(values):\n  {', '.join(names)}, = values\n  return constructor({arguments})"
    return cast(Make, function("made", source, {"constructor": constructor}))
