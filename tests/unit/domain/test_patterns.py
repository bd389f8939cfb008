import math
import re
import warnings
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gapless.domain.catalogue import GAPLESS
from gapless.domain.values import E164_PATTERN, EMAIL_PATTERN, SLUG_PATTERN
from gapless.kit import Check
from gapless.kit.errors import DeclarationError
from gapless.kit.patterns import POSIX_CLASSES, checked, to_postgres, to_python
from gapless.kit.predicates import Matches, walk
from tests.unit.domain.pattern_language import (
    PROBES,
    Pattern,
    accepts,
    describes,
    greatest_length,
    needs_a_guess,
    parsed,
    patterns,
    rendered,
)

SOURCE_EMAIL = r"[^\s@]+@[^\s@]+\.[^\s@]+"
DECLARED = sorted(
    {
        node.pattern
        for _, rule in GAPLESS
        if isinstance(rule, Check)
        for node in walk(rule.holds)
        if isinstance(node, Matches)
    }
)


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"\d+", id="class that depends on the locale"),
        pytest.param(r"a\.b", id="escape"),
        pytest.param("^a", id="anchor at the start"),
        pytest.param("a$", id="anchor at the end"),
        pytest.param("a.b", id="dot, which settings change"),
        pytest.param("a+?", id="lazy quantifier"),
        pytest.param("a++", id="possessive quantifier"),
        pytest.param("a**", id="quantifier of a quantifier"),
        pytest.param("*a", id="quantifier of nothing"),
        pytest.param("a|*", id="quantifier of an empty branch"),
        pytest.param("(+a)", id="quantifier of an empty group"),
        pytest.param("***=a", id="director of PostgreSQL"),
        pytest.param("(?i)a", id="flag"),
        pytest.param("(?=a)", id="look-ahead"),
        pytest.param("(?!a)", id="negative look-ahead"),
        pytest.param("(?<=a)b", id="look-behind"),
        pytest.param("(?P<n>a)", id="named group"),
        pytest.param("(?#c)a", id="comment"),
        pytest.param("é", id="character beyond ASCII"),
        pytest.param("[à-ü]", id="range beyond ASCII"),
        pytest.param("a\0", id="NUL"),
        pytest.param("[\0]", id="NUL in a class"),
        pytest.param("[[:alpha:]]", id="class of letters of the locale"),
        pytest.param("[:space:]", id="class without its brackets"),
        pytest.param("[[:space:]-z]", id="range from a class"),
        pytest.param("[a-[:space:]]", id="range to a class"),
        pytest.param("[[.a.]]", id="collating element"),
        pytest.param("[a-c-e]", id="range of ranges"),
        pytest.param("[z-a]", id="range backwards"),
        pytest.param("[a&&b]", id="what Python warns of"),
        pytest.param("[a--b]", id="what Python warns of, too"),
        pytest.param("[]", id="empty class"),
        pytest.param("[a", id="class without end"),
        pytest.param("a]", id="end without class"),
        pytest.param("(a", id="group without end"),
        pytest.param("a)", id="end without group"),
        pytest.param("a{256}", id="bound beyond PostgreSQL's"),
        pytest.param("a{0000256,}", id="bound beyond PostgreSQL's, behind zeros"),
        pytest.param("a{3,2}", id="bounds backwards"),
        pytest.param("a{,3}", id="bound without a least"),
        pytest.param("a{", id="brace that is none"),
    ],
)
def test_what_stores_read_differently_is_refused(pattern: str) -> None:
    """A pattern outside the dialect is refused when it is declared."""
    with pytest.raises(DeclarationError, match=re.escape(repr(pattern))):
        checked(pattern)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("a{" + "9" * 4400 + "}", "repeats at most 255 times"),
        ("(?:" * 51 + "a" + ")" * 51, "nest at most 50 deep, and here 51"),
        ("(" * 2000 + "a" + ")" * 2000, "nest at most 50 deep, and here 2000"),
        ("a" * 5001, "at most 5000 characters, and this one has 5001"),
        ("a" * 4999 + "$", "outside of the dialect"),
    ],
)
def test_a_pattern_that_is_too_large_is_refused_shortly(pattern: str, said: str) -> None:
    """What no reader of patterns has room for is refused by name, in a message that repeats its beginning alone."""
    with pytest.raises(DeclarationError, match=said) as caught:
        checked(pattern)
    assert len(caught.value.message) < 300


@given(patterns(), st.text(alphabet="ab01zF @-.\n*](é", max_size=8))
@example(parsed("(?:a|ab)(?:c|bcd)?"), "abcd")
def test_python_matches_the_language_of_the_pattern(pattern: Pattern, text: str) -> None:
    """For every pattern of the dialect `fullmatch` says what the definition of the language says, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled = to_python(checked(rendered(pattern)))
    assert (compiled.fullmatch(text) is not None) == describes(pattern, text)


@given(patterns(), st.text(alphabet="ab01zF @-.\n", max_size=5))
def test_reader_of_the_tests_reads_what_was_written(pattern: Pattern, text: str) -> None:
    """A pattern that is written and read again describes the same texts: what follows trusts the reader."""
    assert describes(parsed(rendered(pattern)), text) == describes(pattern, text)


def test_postgres_sees_the_whole_text() -> None:
    """A choice at the top is anchored as a whole for PostgreSQL."""
    assert to_postgres("a|b") == "^(?:a|b)$"


def test_white_space_is_that_of_the_c_locale() -> None:
    """The class of white space stands for the six characters of ASCII, in Python as under COLLATE "C"."""
    space = to_python("[[:space:]]")
    assert {character for character in PROBES if space.fullmatch(character)} == set(POSIX_CLASSES["[:space:]"])


@pytest.mark.parametrize("alphabet", ["a@. \n", "ab@.", "@.\t\v\f\r", "a@.é\u00a0"])
def test_email_pattern_has_the_language_of_the_source(alphabet: str) -> None:
    """On all short texts our expression says what the source's says with ASCII white space."""
    ours, source = to_python(EMAIL_PATTERN), re.compile(SOURCE_EMAIL, re.ASCII)
    texts = ("".join(letters) for size in range(8) for letters in product(alphabet, repeat=size))
    assert [text for text in texts if bool(ours.fullmatch(text)) != bool(source.fullmatch(text))] == []


@given(st.from_regex(re.compile(SOURCE_EMAIL, re.ASCII), fullmatch=True) | st.text(alphabet="a@. é\u00a0\n"))
def test_email_pattern_has_the_language_of_the_source_on_long_texts(text: str) -> None:
    """On drawn texts, too, our expression says what the source's says."""
    ours, source = to_python(EMAIL_PATTERN), re.compile(SOURCE_EMAIL, re.ASCII)
    assert bool(ours.fullmatch(text)) == bool(source.fullmatch(text))


def test_slug_and_number_have_the_language_of_the_source() -> None:
    """Slugs and telephone numbers are what the source's expressions say, with ASCII digits."""
    for ours, theirs, alphabet in (
        (SLUG_PATTERN, "[a-z0-9]+(?:-[a-z0-9]+)*", "a0-A\n"),
        (E164_PATTERN, r"\+[1-9]\d{1,14}", "+019\n\u0662"),
    ):
        mine, source = to_python(ours), re.compile(theirs, re.ASCII)
        for size in range(7):
            for letters in product(alphabet, repeat=size):
                assert bool(mine.fullmatch("".join(letters))) == bool(source.fullmatch("".join(letters)))
    assert [bool(to_python(E164_PATTERN).fullmatch("+" + "9" * digits)) for digits in (15, 16)] == [True, False]


@pytest.mark.parametrize("pattern", DECLARED)
def test_no_declared_pattern_can_be_slow(pattern: str) -> None:
    """At each character of a text a declared pattern has one way to go on, so that no input makes matching it slow."""
    assert not needs_a_guess(parsed(pattern))


@given(patterns(), st.text(alphabet="ab01zF @-.\n", max_size=5))
@example(parsed("a{2,}"), "aaa")
@example(parsed("(?:ab?){1,3}"), "abaab")
def test_checker_looks_at_the_pattern_itself(pattern: Pattern, text: str) -> None:
    """The places among which a guess is looked for lead through exactly the texts that the pattern describes."""
    assert accepts(pattern, text) == describes(pattern, text)


def test_slow_pattern_is_recognised() -> None:
    """The source's own form of the address, which is quadratic, and an exponential one are told from linear ones."""
    assert EMAIL_PATTERN in DECLARED
    assert needs_a_guess(parsed("[^[:space:]@]+@[^[:space:]@]+[.][^[:space:]@]+"))
    assert needs_a_guess(parsed("(?:a+)+b"))
    assert needs_a_guess(parsed("a{0,2}a"))
    assert not needs_a_guess(parsed("(?:ab|c)*d{2,3}e"))


def test_bounded_repetition_is_slow_only_where_another_part_takes_the_same() -> None:
    """A bound alone leaves one way to go on: the next round; a guess is needed if something else begins alike."""
    assert E164_PATTERN in DECLARED
    assert not needs_a_guess(parsed("[1-9][0-9]{1,14}"))
    assert needs_a_guess(parsed("[0-9]{1,14}[0-9]"))
    assert needs_a_guess(parsed("[0-9]{1,14}(?:5|x)"))
    assert needs_a_guess(parsed("(?:a{1,3}){1,3}"))
    assert needs_a_guess(parsed("(?:a?){2}b"))


@given(patterns(), st.text(alphabet="ab01zF @-.\n", max_size=8))
@example(parsed("[A-Z]{3}"), "FFF")
@example(parsed("(?:a*){0}"), "")
def test_no_described_text_is_longer_than_the_greatest_length(pattern: Pattern, text: str) -> None:
    """A text that a pattern describes is at most as long as the reader says, on whom rules over lengths rely."""
    assert not describes(pattern, text) or len(text) <= greatest_length(pattern)


@pytest.mark.parametrize(
    ("pattern", "greatest"),
    [(E164_PATTERN, 16), ("[A-Z]{3}", 3), ("(?:ab|c){2}d?", 5), (EMAIL_PATTERN, math.inf), (SLUG_PATTERN, math.inf)],
)
def test_greatest_length_of_a_pattern(pattern: str, greatest: float) -> None:
    """The greatest length is that of the longest text, and there is none where something repeats without a bound."""
    assert greatest_length(parsed(pattern)) == greatest
