"""Which columns a rule speaks of, read from the fields of its class, so that no kind has to list them again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.index import Descending
from gapless.kit.kinds.rule import OF_PARENT, Rule
from gapless.kit.lowered_columns import Lowered
from gapless.kit.predicates import Node, fields_of


def mentioned(rule: Rule) -> tuple[Column, ...]:
    """The columns of its own entity that a rule names or that its conditions mention."""
    return tuple(column for value in _values(rule, of_parent=False) for column in _columns_in(value))


def asked_of_parent(rule: Rule) -> tuple[Column, ...]:
    """The columns of the parent that the conditions of a rule mention."""
    return tuple(column for value in _values(rule, of_parent=True) for column in _columns_in(value))


def conditions(rule: Rule) -> Iterator[Node]:
    """The conditions of a rule over rows of its own entity."""
    return (value for value in _values(rule, of_parent=False) if isinstance(value, Node))


def _values(rule: Rule, *, of_parent: bool) -> Iterator[object]:
    for field in attrs.fields(cast("type[attrs.AttrsInstance]", type(rule))):
        if field.metadata.get(OF_PARENT, False) is of_parent:
            yield getattr(rule, field.name)


def _columns_in(value: object) -> Iterator[Column]:
    match value:
        case Column():
            yield value
        case Descending(column) | Lowered(column):
            yield column
        case Node():
            yield from fields_of(value)
        case tuple():
            yield from (column for part in value for column in _columns_in(part))
        case _:  # a name, a message, an entity, or a rule, which says itself what it mentions
            return
