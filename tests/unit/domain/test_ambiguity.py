"""Patterns that make an engine go back: what is accepted takes few steps for every text, what is refused does not."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.kit import Check, Entity, Index, Model, Rule, ambiguity, length, matches, rules_of
from gapless.kit.ambiguity import Guessing, guessing
from gapless.kit.ambiguity import steps as allowed
from gapless.kit.errors import DeclarationError
from gapless.kit.lengths import matched_by
from gapless.kit.patterns import GREATEST_NESTING, checked
from tests.unit.domain.pattern_language import (
    Choice,
    Engine,
    One,
    Pattern,
    Repeat,
    Sequence,
    parsed,
    patterns,
    rendered,
)

REFUSED = {
    "(?:[a-z]+)+!": "can read 'a' in two ways",
    "(?:a|a)*": "can read 'aa' in two ways",
    "(?:a|aa)+": "in two ways",
    "(?:a|b|ab)*c": "in two ways",
    "(?:[a-z]+|[a-z]+-)*": "in two ways",
    "[a-z0-9]+(?:[._-]?[a-z0-9]+)*": "in two ways",
    "(?:x+x+)+y": "can read 'xx' in two ways",
    "(?:x(?:a*|b*)y)*": "can read 'y' in two ways",
    "(?:(?:ab)*(?:cd)*(?:ab)*!)*(?:a|[a-c]b)*c*(?:d?e+)*f(?:[g-z]|h)*": "in two ways",
    "(?:[a-z]{1,255}){1,255}!": "in two ways",
    "(?:[a-z]{1,2}){30}!": "in two ways",
    "(?:a*)*b": "can be empty",
    "(?:a?){30}b": "can be empty",
    "(?:|a)+": "can be empty",
    "b(?:(?:a{0})?){30}": "can be empty",
    "(?:|){30}": "can be empty",
    "(?:[a-z]{0,254}-){1,255}": "more than 10,000 characters",
    "(?:[a-z]{200}-){1,255}": "more than 10,000 characters",
    "(?:(?:[a-z]{200}-){20})+": "more than 2000 characters",
}
ACCEPTED = {
    "[a-z]+": Guessing(0, 1),
    "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}": Guessing(0, 1),
    "[^[:space:]@]+@[^[:space:]@]+[.][^[:space:]@]+": Guessing(1, 1),
    "(?:[0-9]{1,3}[.]){3}[0-9]{1,3}": Guessing(0, 1),
    "(?:a|bc){2,3}[^x-z]?[]%'_-]*": Guessing(0, 4),
    "(?:Mr|Mrs|Ms) [A-Z][a-z]+(?: [A-Z][a-z]+)*": Guessing(0, 3),
    "[a-z]*[a-z0-9]*[a-z0-9_]*": Guessing(2, 3),
    "(?:a|b){0}": Guessing(0, 1),
    "(?:|a{0})": Guessing(0, 2),
    "b(?:|a{0})(?:|a{0}|)c?": Guessing(0, 6),
}


NOTHING = Sequence(())


def loops() -> st.SearchStrategy[Pattern]:
    """Patterns that repeat a part which repeats, over few letters: those that are slow if any are."""
    letters = st.sampled_from(("a", "a", "b", "")).map(lambda text: One(text, frozenset(text)) if text else NOTHING)

    def larger(parts: st.SearchStrategy[Pattern]) -> st.SearchStrategy[Pattern]:
        several = st.lists(parts, min_size=1, max_size=3).map(tuple)
        bounds = st.sampled_from([(0, None), (1, None), (0, 1), (1, 2), (2, 2), (0, 0)])
        repeats = st.builds(lambda part, b: Repeat(part, *b), parts, bounds)
        return several.map(Sequence) | several.map(Choice) | repeats

    return st.recursive(letters, larger, max_leaves=5)


def is_accepted(pattern: Pattern) -> bool:
    """Whether a pattern may be declared."""
    try:
        guessing(rendered(pattern))
    except DeclarationError:
        return False
    return True


def require_few_steps(pattern: Pattern, texts: list[str]) -> None:
    """Asserts that no text takes more steps than was counted, by the number of places that the pattern writes down."""
    places = len(rendered(pattern)) + 1  # and the end
    for text in texts:
        most = int(places * places * allowed(rendered(pattern), len(text) + 1))
        assert Engine(text + "!", most).steps(pattern) <= most, (rendered(pattern), text)


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_may_take_for_ever_is_refused(pattern: str) -> None:
    """A pattern whose time doubles with the text can't be declared or asked for; the error shows why and what to do."""
    with pytest.raises(DeclarationError, match=re.escape(f"Pattern {pattern!r}: ")) as caught:
        matches("a", pattern)
    assert REFUSED[pattern] in caught.value.message
    assert re.search("let each round|leave out|repeat fewer|repeat less", caught.value.message)


@pytest.mark.parametrize("pattern", ACCEPTED)
def test_guesses_are_counted(pattern: str) -> None:
    """Loops that guess count once each, and guesses outside of loops by their number."""
    assert ACCEPTED[pattern] in guessing(pattern)


@given(patterns() | loops(), st.lists(st.text("ab01z@", min_size=8, max_size=14), max_size=3))
@example(parsed("(?:ab|ac)+"), ["abacab" * 5])
@example(parsed("a*a*a*b"), ["a" * 20])
@example(parsed("a(?:|)(?:|)(?:|)(?:|)(?:|)"), ["a"])
def test_what_is_accepted_takes_few_steps(pattern: Pattern, drawn: list[str]) -> None:
    """No text takes a plain engine more steps than the guesses of an accepted pattern allow."""
    assume(is_accepted(pattern))
    require_few_steps(pattern, [*drawn, "a" * 20, "ab" * 10, "aab" * 6])


def test_a_checker_that_overlooks_loops_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a checker that takes every loop for one with one way is caught by the count of steps."""
    monkeypatch.setattr(ambiguity, "_require_one_way", lambda *_: None)
    ambiguity.guessing.cache_clear()
    try:
        for pattern in ("(?:a+)+b", "(?:a|aa)+b"):
            with pytest.raises(AssertionError):
                require_few_steps(parsed(pattern), ["a" * 40])
    finally:
        ambiguity.guessing.cache_clear()


def declared(pattern: str, longest: int | None, *, apart: bool = True) -> Model[Any]:
    """Declares a page whose text matches a pattern and has this greatest length, in a check of its own or the same."""

    @attrs.frozen(kw_only=True, slots=True)
    class Page(Entity):
        organization_id: OrganizationId
        id: UUID
        created_at: datetime
        text: str

    def rules(page: Page) -> Iterator[Rule]:
        yield Check("pages_text_form", "A text has a form.", matches(page.text, pattern))
        if longest is not None and apart:
            yield Check("pages_text_length", "A text is short.", length(page.text) <= longest)
        if longest is not None and not apart:
            yield Index("pages_text", "Finds texts.", page.id, where=length(page.text) <= longest)

    return rules_of(Page, "pages", belongs_to=lambda row: row.organization_id)(rules)


def test_a_checker_that_overlooks_the_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a checker that does not count the ways from the last character to the end is caught by the same."""
    counted = ambiguity._counted
    without = {"lasts": Counter[int](), "nothing": 0}
    monkeypatch.setattr(
        ambiguity, "_counted", lambda places, whole, loops: counted(places, attrs.evolve(whole, **without), loops)
    )
    ambiguity.guessing.cache_clear()
    try:
        with pytest.raises(AssertionError):
            require_few_steps(parsed("a" + "(?:|)" * 16), ["a"])
    finally:
        ambiguity.guessing.cache_clear()


def test_a_large_pattern_needs_no_deep_stack() -> None:
    """A pattern with the greatest bounds and the deepest groups can be declared where the stack is nearly used up."""

    def below(frames: int) -> tuple[Guessing, ...]:
        if frames:
            return below(frames - 1)
        ambiguity.guessing.cache_clear()
        return guessing(checked("(?:" * GREATEST_NESTING + "[a-z]{0,255}" + ")?" * GREATEST_NESTING))

    assert Guessing(0, 1 + GREATEST_NESTING) in below(sys.getrecursionlimit() // 2)


def test_many_alternatives_are_read_at_once() -> None:
    """A pattern of as many words as there is room for is declared, and each word counts as one guess."""
    assert Guessing(0, 1000) in guessing("|".join("a" + chr(98 + place % 20) for place in range(1000)))


QUADRATIC = "[a-z]+[a-z0-9]+"


@pytest.mark.parametrize(
    ("pattern", "longest", "accepted"),
    [
        (QUADRATIC, 3000, True),
        (QUADRATIC, 4000, False),
        (QUADRATIC, None, False),
        ("[a-z]*[a-z0-9]*[a-z0-9_]*", 100, True),
        ("[a-z]*[a-z0-9]*[a-z0-9_]*", 254, False),
        ("[a-z]+", None, True),
        ("[a-z]{0,9}[a-z0-9]{0,9}", None, True),
        ("(?:a|bc){2,3}[^x-z]?[]%'_-]*", None, True),
        ("a?" * 12 + "b", None, False),
        ("b" + "(?:|a{0})" * 30, 100, False),
        ("(?:|)" * 30, 1, False),
    ],
)
def test_guesses_need_a_bound(pattern: str, longest: int | None, accepted: bool) -> None:
    """A pattern that guesses is declared for short texts alone; one that is read in one pass for any text."""
    if accepted:
        assert declared(pattern, longest).of_kind(Check)
    else:
        with pytest.raises(
            DeclarationError, match=r"pages_text_form: .* Page\.text .*10,000,000 steps\. Bound the length"
        ):
            declared(pattern, longest)


def test_a_condition_of_an_index_bounds_nothing() -> None:
    """Only what every row has to pass bounds a text."""
    with pytest.raises(DeclarationError, match="Bound the length"):
        declared(QUADRATIC, 10, apart=False)


def test_every_declared_pattern_is_read_in_one_pass() -> None:
    """The patterns of gapless' own rules never guess."""
    found = {part.pattern: guessing(part.pattern) for _, rule in GAPLESS for part in matched_by(rule)}
    assert len(found) >= 7
    assert all(Guessing(0, 1) in each for each in found.values())
