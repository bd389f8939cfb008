"""Every text has a greatest length, by a check of its length, its pattern or its value; no index holds any other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from uuid import UUID

import attrs
import pytest
from hypothesis import given

from gapless.domain.catalogue import GAPLESS
from gapless.kit import (
    Check,
    Entity,
    Index,
    Rule,
    Unique,
    all_of,
    any_of,
    is_null,
    length,
    matches,
    negate,
    nullable,
    one_of,
    rules_of,
)
from gapless.kit.columns import ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.lengths import greatest_bytes
from gapless.kit.pattern_trees import greatest_length
from tests.unit.domain import pattern_language
from tests.unit.domain.pattern_language import Pattern


@attrs.frozen(kw_only=True, slots=True)
class Page(Entity):
    """What a host may want to find by its texts."""

    organization_id: UUID
    id: UUID
    text: str
    note: str | None = None
    is_open: bool = True


Holds = Callable[[Page], bool]
BOUNDS: dict[str, tuple[Holds, float]] = {
    "at most": (lambda page: length(page.text) <= 100, 400),
    "less": (lambda page: length(page.text) < 100, 396),
    "the other way round": (lambda page: negate(length(page.text) > 100), 400),
    "exactly": (lambda page: length(page.text) == 7, 28),
    "a value": (lambda page: page.text == "page", 16),
    "values": (lambda page: one_of(page.text, "a", "abc"), 12),
    "a pattern of ASCII": (lambda page: matches(page.text, "[0-9]{2,3}"), 3),
    "a pattern of all but some": (lambda page: matches(page.text, "[^@]{2,3}"), 12),
    "a pattern and a length": (lambda page: all_of(matches(page.text, "[a-z]+"), length(page.text) <= 9), 9),
    "both ways": (lambda page: any_of(length(page.text) <= 9, page.text == "ten letters"), 44),
    "neither of two": (lambda page: negate(any_of(length(page.text) > 9, page.is_open)), 36),
    "nothing, or little": (lambda page: any_of(is_null(page.note), length(nullable(page.note)) <= 5), 20),
    "a pattern without an end": (lambda page: matches(page.text, "[a-z]+"), math.inf),
    "one way alone": (lambda page: any_of(length(page.text) <= 9, page.is_open), math.inf),
    "at least": (lambda page: length(page.text) >= 9, math.inf),
    "another text": (lambda page: length(nullable(page.note)) <= 9, math.inf),
}


@pytest.mark.parametrize("how", BOUNDS)
def test_bound_is_read_from_the_checks(how: str) -> None:
    """The greatest number of bytes is what the checks leave room for, four for a character unless it is ASCII."""
    holds, greatest = BOUNDS[how]
    field = "note" if how == "nothing, or little" else "text"
    copy = attrs.make_class("Copy", {}, bases=(Page,), frozen=True, kw_only=True, slots=True)

    @rules_of(copy, "pages", belongs_to=lambda page: page.organization_id)
    def rules(page: Page) -> Iterator[Rule]:
        yield Check("pages_form", "A page has a form.", holds(page))

    (check,) = rules.of_kind(Check)
    assert greatest_bytes(rules.column(field), [check.holds]) == greatest


@given(pattern=pattern_language.patterns())
def test_longest_text_of_a_pattern(pattern: Pattern) -> None:
    """The length of the longest text is that of the language, which is computed from its grammar."""
    text = pattern_language.rendered(pattern)
    assert greatest_length(text) == pattern_language.greatest_length(pattern)


@pytest.mark.parametrize("kind", [Unique, Index])
@pytest.mark.parametrize(("longest", "accepted"), [(None, False), (670, False), (650, True)])
def test_index_over_a_text_needs_a_bound(kind: type[Unique | Index], longest: int | None, accepted: bool) -> None:
    """An index or a unique rule over a text that may be too long for PostgreSQL is refused, with field and remedy."""
    copy = attrs.make_class("Copy", {}, bases=(Page,), frozen=True, kw_only=True, slots=True)

    def rules(page: Page) -> Iterator[Rule]:
        if longest is not None:
            yield Check("pages_text_length", "A text is short.", length(page.text) <= longest)
        yield kind("pages_text", "A text is found.", (page.organization_id, page.text))

    if accepted:
        assert rules_of(copy, "pages", belongs_to=lambda row: row.organization_id)(rules).of_kind(kind)
    else:
        with pytest.raises(DeclarationError, match=r"pages_text: Copy.text can be too long .* bound the length"):
            rules_of(copy, "pages", belongs_to=lambda row: row.organization_id)(rules)


def test_every_text_has_a_greatest_length() -> None:
    """No text column is unbounded."""
    for model in GAPLESS.models:
        holding = [check.holds for check in model.of_kind(Check)]
        for column in model.columns:
            assert column.type is not ColumnType.TEXT or greatest_bytes(column, holding) < math.inf, column
