"""The length of a text is checked before its form: a text that is too long is refused, and no pattern has read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace

import attrs
import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, _slug_rules
from gapless.domain.values import (
    GREATEST_SLUG_LENGTH,
    normalise_email_address,
    normalise_slug,
    parse_email_address,
    parse_slug,
)
from gapless.kit import Check, Model, Rule, declaration, python_compiler, rules_of
from gapless.kit.columns import Column, ColumnType
from gapless.kit.errors import InvalidValue
from gapless.kit.lengths import greatest_characters, matched
from gapless.kit.model import Validated
from gapless.kit.pattern_trees import greatest_length
from gapless.kit.patterns import to_python
from gapless.kit.validation import compile_violation_finder
from gapless.testing.parity import questions
from gapless.testing.strategies.near_misses import plain


class Reading:
    """Patterns that remember how long the texts are that they are asked about."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def of(self, pattern: str) -> SimpleNamespace:
        """A pattern that remembers."""
        compiled = to_python(pattern)

        def fullmatch(text: str) -> re.Match[str] | None:
            self.lengths.append(len(text))
            return compiled.fullmatch(text)

        return SimpleNamespace(fullmatch=fullmatch)


def bounded(models: tuple[Model[Validated], ...] = GAPLESS.models) -> Iterator[tuple[Model[Validated], Column, int]]:
    """The texts of a catalogue that have to match a pattern without an end, each with its greatest length."""
    for model in models:
        lengths = [check.holds for check in model.of_kind(Check) if not matched(check.holds)]
        for column in model.columns:
            patterns = {
                part.pattern
                for check in model.of_kind(Check)
                for part in matched(check.holds)
                if column in check.columns
            }
            if any(greatest_length(pattern) > 10**6 for pattern in patterns):
                yield model, column, int(greatest_characters(column, lengths))


BOUNDED = [*bounded()]


def lengths_read(
    model: Model[Validated], column: Column, text: str, patch: pytest.MonkeyPatch
) -> tuple[list[int], str]:
    """How long the texts are that the validator of a row asks patterns about, and the rule that it names first."""
    reading = Reading()
    patch.setattr(python_compiler, "to_python", reading.of)
    values = {each.name: plain(each) for each in model.columns if each.type is not ColumnType.TEXT}
    texts = {each.name: "ab" for each in model.columns if each.type is ColumnType.TEXT}
    broken = compile_violation_finder(model.rules)({**values, **texts, column.name: text})
    about = [rule for rule in broken if column in rule.columns]
    return reading.lengths, about[0].name


@pytest.mark.parametrize(("model", "column", "longest"), BOUNDED, ids=lambda each: getattr(each, "name", each))
def test_no_pattern_reads_a_text_that_is_too_long(
    model: Model[Validated], column: Column, longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text of one character too many, whatever is in it, is refused by its length, and no pattern has seen it."""
    for text in ("A" * (longest + 1), "\u200b" * (longest + 1), "-" * 10**6):
        lengths, rule = lengths_read(model, column, text, monkeypatch)
        assert max(lengths, default=0) <= longest
        assert rule.endswith("_length"), (rule, text[:9])


def test_every_pattern_without_an_end_has_a_bound() -> None:
    """Each text of gapless' that has to match such a pattern has a greatest length."""
    found = {(model.table, column.name): longest for model, column, longest in BOUNDED}
    assert found.keys() >= {("organizations", "slug"), ("organizations", "name"), ("users", "email")}
    assert max(found.values()) <= 500


def test_postgresql_checks_the_length_before_the_pattern() -> None:
    """The constraint asks for the length in front of each pattern, so that it names the rule that the domain names."""
    texts = {(model.table, column.name) for model, column, _ in BOUNDED}
    asked = [found for found in questions(GAPLESS) if any((found.model.table, c.name) in texts for c in found.columns)]
    conditions = [found.condition for found in asked if found.condition is not None and "~" in found.condition]
    assert len(conditions) >= len(BOUNDED)
    for condition in conditions:
        assert re.match(r"char_length\(\w+\) > \d+ OR ", condition.partition("~")[0]), condition


def test_a_pattern_before_the_length_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a declaration that leaves the checks as they are written is caught."""
    monkeypatch.setattr(declaration, "with_length_first", lambda check, _: check)
    row = attrs.make_class("Row", {}, bases=(Organization,), frozen=True, kw_only=True, slots=True)

    @rules_of(row, "organizations", root=True)
    def rules(organization: Organization) -> Iterator[Rule]:
        yield from _slug_rules(organization)

    lengths, rule = lengths_read(rules, rules.column("slug"), "A" * (GREATEST_SLUG_LENGTH + 1), monkeypatch)
    assert (max(lengths), rule) == (GREATEST_SLUG_LENGTH + 1, "check_slug_format")


def test_texts_that_are_too_long_are_not_rewritten() -> None:
    """What normalises a text does not go through one that will be refused anyway."""
    text = "A" * 10**6
    assert normalise_slug(text) is text
    assert normalise_email_address(text) is text


@pytest.mark.parametrize("parse", [parse_slug, parse_email_address])
def test_parsers_check_the_length_first(parse: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser refuses a text that is too long before any pattern is compiled for it."""
    monkeypatch.setattr("gapless.domain.values.to_python", None)
    with pytest.raises(InvalidValue, match="at most"):
        parse("a" * 10**6)  # type: ignore[operator]  # one of the parsers
