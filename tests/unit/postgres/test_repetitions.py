"""A pattern that counts is given to PostgreSQL as a loop and lengths, which say the same of every text."""

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from gapless.adapters.postgres.sql import repetitions
from gapless.adapters.postgres.sql.predicates import Expression, SqlCompiler, inlined
from gapless.adapters.postgres.sql.repetitions import FEWEST_ROUNDS, Loosened, loosened
from gapless.adapters.postgres.sql.text import condition
from gapless.adapters.postgres.statements.searches import constants_of
from gapless.domain.values import E164_PATTERN, EMAIL_PATTERN, SLUG_PATTERN
from gapless.kit import pattern_trees as trees
from gapless.kit.columns import Column, ColumnType
from gapless.kit.pattern_trees import pieces, tree_of
from gapless.kit.patterns import checked, to_postgres, to_python
from gapless.kit.predicates import Field, Matches, outline_of
from tests.unit.domain.pattern_language import Choice, One, Pattern, Repeat, Sequence, describes, parsed, rendered

LETTERS = st.sampled_from("ab{1").map(lambda text: One(f"[{text}]", frozenset(text)))
TEXT = Column("text", ColumnType.TEXT, nullable=False)
ROUNDS = st.tuples(st.integers(0, 3), st.none() | st.integers(0, 5))


def counting() -> st.SearchStrategy[Pattern]:
    """Patterns of a few parts, some of which are counted: often one alone varies in length, and often its rounds do."""
    parts = LETTERS | st.lists(LETTERS, max_size=2).map(tuple).map(Sequence)
    choices = parts | st.tuples(parts, parts).map(Choice)
    counted = st.builds(lambda part, b: Repeat(part, b[0], None if b[1] is None else sum(b)), choices, ROUNDS)
    return st.lists(choices | counted, min_size=1, max_size=4).map(tuple).map(Sequence)


def says(pattern: str, text: str) -> bool:
    """What PostgreSQL is asked of a text, as Python answers it."""
    found = loosened(pattern)
    if found is None:
        return to_python(pattern).fullmatch(text) is not None
    fits = to_python(checked(found.pattern)).fullmatch(text) is not None
    long_enough = found.shortest is None or len(text) >= found.shortest
    return fits and long_enough and (found.longest is None or len(text) <= found.longest)


@given(counting(), st.text(alphabet="ab{1", max_size=14))
@example(parsed(E164_PATTERN), "+10")
@example(parsed("a{4}"), "aaa")
@example(parsed("a{4}"), "aaaaa")
@example(parsed("a{4,}"), "aaa")
@example(parsed("a{1,5}b?"), "aaaaaa")
@example(parsed("(?:a|bb){4}"), "aaabb")
@example(parsed("(?:a|bb){4}"), "aaaaa")
@example(parsed("[{]{0,5}a{2}"), "{aa")
@example(parsed("a{4}|b"), "b")
def test_a_loop_and_lengths_say_what_the_count_says(pattern: Pattern, text: str) -> None:
    """For every pattern and text the loop and the lengths answer as the pattern does."""
    assert says(rendered(pattern), text) == describes(pattern, text)


@given(counting())
def test_the_pieces_of_a_pattern_are_the_pattern(pattern: Pattern) -> None:
    """The parts of a pattern make up its text and its tree, and a choice has none."""
    text = rendered(pattern)
    assert "".join(part for part, _ in pieces(text)) == text
    assert tree_of(text) == trees.Sequence(tuple(tree for _, tree in pieces(text)))
    assert all(tree_of(part) == trees.Sequence((tree,)) for part, tree in pieces(text))
    assert pieces(f"{text}|a") == ()


def test_a_fault_in_what_varies_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If parts or rounds of different lengths counted as even, some of the answers above would be wrong."""
    asked = [("a{1,5}b?", "aaaaaa"), ("(?:a|bb){4}", "aaaaa")]
    loosened.cache_clear()
    monkeypatch.setattr(repetitions, "_is_even", lambda _: True)
    found = [says(pattern, text) == describes(parsed(pattern), text) for pattern, text in asked]
    loosened.cache_clear()
    assert found == [False, False]


@pytest.mark.parametrize(
    ("pattern", "looser"),
    [
        (E164_PATTERN, Loosened("[+][1-9][0-9]+", None, 16)),
        ("[0-9a-f]{64}", Loosened("[0-9a-f]+", 64, 64)),
        ("a{0,9}", Loosened("a*", None, 9)),
        ("a{7,}", Loosened("a+", 7, None)),
        ("x(?:[0-9]{3}-){2,6}", Loosened("x(?:[0-9]{3}-)+", 9, 25)),
        (f"a{{{FEWEST_ROUNDS}}}b{{{FEWEST_ROUNDS + 1}}}", Loosened("a{4}b+", 9, 9)),
        (f"[A-Z]{{{FEWEST_ROUNDS - 1}}}", None),
        ("a{1,5}b*", None),
        ("a{4}|b{4}", None),
        (EMAIL_PATTERN, None),
        (SLUG_PATTERN, None),
    ],
)
def test_what_is_given_to_the_server(pattern: str, looser: Loosened | None) -> None:
    """The longest count becomes a loop if lengths tell how often it went; a short one, and a guess, stay."""
    assert loosened(pattern) == looser


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (E164_PATTERN, "char_length(text) <= 16 AND (text ~ '^(?:[+][1-9][0-9]+)$')"),
        ("[0-9a-f]{64}", "char_length(text) = 64 AND (text ~ '^(?:[0-9a-f]+)$')"),
        ("a{7,}", "char_length(text) >= 7 AND (text ~ '^(?:a+)$')"),
        ("a{2,9}", "char_length(text) <= 9 AND char_length(text) >= 2 AND (text ~ '^(?:a+)$')"),
        (SLUG_PATTERN, f"text ~ '^(?:{SLUG_PATTERN})$'"),
    ],
)
def test_the_condition_has_every_length(pattern: str, said: str) -> None:
    """The server is asked for the lengths first, and for the loop behind them; of any other pattern nothing changes."""
    assert condition(Matches(Field(TEXT), pattern)) == said


def test_a_search_keeps_its_pattern() -> None:
    """What is searched for stays one constant, since a statement is found by the shape of its condition alone."""
    node = Matches(Field(TEXT), E164_PATTERN)
    given: list[object] = []

    def parameter(value: object, type: sa.types.TypeEngine[object]) -> Expression:
        given.append(value)
        return inlined(value, type)

    SqlCompiler(lambda column: sa.column(column.name, sa.Text()), parameter).expression(node)
    assert given == constants_of(outline_of(node)) == [to_postgres(E164_PATTERN)]
