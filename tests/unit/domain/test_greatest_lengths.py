"""Every text has a greatest length, by a check of its length, its pattern or its value; without one an index fails."""

from __future__ import annotations

import math
from collections.abc import Iterator
from uuid import UUID

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.rules import (
    Check,
    Entity,
    Index,
    Model,
    PrimaryKey,
    Reference,
    Rule,
    Unique,
    any_of,
    length,
    matches,
    rules_of,
)
from gapless.domain.rules.columns import Column, ColumnType
from gapless.domain.rules.model import E, Judged
from gapless.domain.rules.predicates import (
    Acknowledged,
    All,
    Comparison,
    Constant,
    Field,
    Length,
    Matches,
    Node,
)
from tests.unit.domain.pattern_language import greatest_length, parsed

GREATEST_INDEX_ROW = 2704  # bytes; PostgreSQL refuses a longer one with an error that names no rule


def demands(node: Node) -> list[Node]:
    """The parts of a condition each of which has to hold."""
    return [part for each in node.parts for part in demands(each)] if isinstance(node, All) else [node]


def greatest_lengths(model: Model[E]) -> dict[str, float]:
    """The greatest length of each text column for which a check demands one, by a length, a pattern or a value."""
    found: dict[str, float] = {}

    def at_most(column: Column, greatest: float) -> None:
        found[column.name] = min(greatest, found.get(column.name, math.inf))

    for node in (node for check in model.of_kind(Check) for node in demands(check.holds)):
        match node:
            case Comparison("<=", Length(Field(column) | Acknowledged(Field(column))), Constant(int() as greatest)):
                at_most(column, greatest)
            case Comparison("==", Field(column) | Acknowledged(Field(column)), Constant(str() as text)):
                at_most(column, len(text))
            case Matches(Field(column) | Acknowledged(Field(column)), pattern):
                at_most(column, greatest_length(parsed(pattern)))
            case _:
                pass
    return found


def indexed(model: Model[E]) -> list[tuple[Column, ...]]:
    """The columns of every index that PostgreSQL will keep for the table."""
    keys = [rule.columns for kind in (PrimaryKey, Unique, Index) for rule in model.of_kind(kind)]
    return [*keys, *(reference.columns for reference in model.of_kind(Reference))]


def too_long_for_an_index(model: Model[E]) -> list[str]:
    """The columns of indexes whose texts could be too long together."""
    greatest = greatest_lengths(model)
    wanting: list[str] = []
    for key in indexed(model):
        texts = [column.name for column in key if column.type is ColumnType.TEXT]
        bytes_of_utf8 = 4 * sum(min(greatest.get(name, math.inf), GREATEST_INDEX_ROW) for name in texts)
        wanting += texts if bytes_of_utf8 > GREATEST_INDEX_ROW else []
    return wanting


@pytest.mark.parametrize("model", GAPLESS.models, ids=lambda model: str(model.table))
def test_indexed_texts_have_a_greatest_length(model: Model[Judged]) -> None:
    """A text in an index, a unique rule or a key has a check of its length, so that no row is too long for it."""
    assert too_long_for_an_index(model) == []


def test_indexed_text_without_a_length_is_caught() -> None:
    """Planted: an index over a text that may be as long as it likes, whatever else is asked of it, is found."""

    @attrs.frozen(kw_only=True, slots=True)
    class Page(Entity):
        organization_id: UUID
        id: UUID
        kind: str
        code: str
        title: str
        slug: str
        text: str

    @rules_of(Page, "pages")
    def rules(page: Page) -> Iterator[Rule]:
        yield Check("pages_kind", "A page is a page.", page.kind == "page")
        yield Check("pages_code", "A code has two or three digits.", matches(page.code, "[0-9]{2,3}"))
        yield Check("pages_title_length", "A title is short.", length(page.title) <= 100)
        yield Check("pages_slug", "A slug has letters.", matches(page.slug, "[a-z]+"))
        yield Check("pages_text", "A text is short or has no title.", any_of(length(page.text) <= 9, page.title == ""))
        yield Index("idx_pages", "Finds pages.", (page.kind, page.code, page.title))
        yield Index("idx_pages_slug", "Finds slugs.", page.slug)
        yield Index("idx_pages_text", "Finds texts.", page.text)

    assert greatest_lengths(rules) == {"kind": 4, "code": 3, "title": 100, "slug": math.inf}
    assert too_long_for_an_index(rules) == ["slug", "text"]


def test_every_text_has_a_greatest_length() -> None:
    """No text column is unbounded."""
    for model in GAPLESS.models:
        texts = {column.name for column in model.columns if column.type is ColumnType.TEXT}
        bounded = {name for name, greatest in greatest_lengths(model).items() if greatest < math.inf}
        assert texts - bounded == set()
