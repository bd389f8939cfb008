"""Each interpreter of columns knows each type of column."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import gapless
from gapless.kit.columns import ByType, ColumnType
from gapless.kit.errors import DeclarationError


def interpreters() -> dict[str, ByType[object]]:
    """The registries by column type of the whole package, each by the module and the name under which it is found."""
    found: dict[str, ByType[object]] = {}
    for module in pkgutil.walk_packages(gapless.__path__, "gapless."):
        if not module.name.endswith("__main__"):
            values = vars(importlib.import_module(module.name))
            for name, value in values.items():
                if isinstance(value, ByType) and value.place in f"{module.name.replace('.', '/')}.py":
                    found[f"{module.name}:{name}"] = value
    return found


def lacking(registries: dict[str, ByType[object]]) -> list[str]:
    """What to write where: for each type of column the interpreters that don't know it."""
    return [each.lacking(kind) for each in registries.values() for kind in ColumnType if kind not in each.by_type]


def test_every_interpreter_knows_every_column_type() -> None:
    """No type is left out by any interpreter, and each says truly where its code is."""
    found = interpreters()
    assert len(found) >= 20
    assert lacking(found) == []


def test_a_type_that_nobody_registered_is_found() -> None:
    """A planted interpreter without a type is found, and it refuses the type by a sentence that says what to write."""
    planted: ByType[object] = ByType(interpreter="Nobody", place="nowhere.py", needed="it", by_type={})
    said = "Nobody knows no column type TEXT: write it into nowhere.py."
    assert lacking({"planted": planted})[0] == said
    with pytest.raises(DeclarationError) as refused:
        planted.of(ColumnType.TEXT)
    assert str(refused.value) == said
