"""What a revision holds: how its text is read statement by statement, and how one is written from a catalogue."""

import re
import subprocess
import sys
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless import GAPLESS
from gapless.adapters.postgres.migrations import frozen_sql
from gapless.adapters.postgres.migrations.frozen_sql import OF_TRANSACTIONS, sentence_of, statements_of
from gapless.adapters.postgres.schema.creation import create_statements
from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.postgres import frozen_revision
from tests.revision_statements import OF_THE_SESSION, OUTSIDE, WHOLE, WITHIN

# Parts of statements; whatever ends one elsewhere stands in them where it ends none.
PARTS = (
    "SELECT 1",
    "'a; b'",
    "'it''s; -- no comment'",
    r"E'a\'; b'",
    '"a;""b"',
    "$$ BEGIN; END; $$",
    "$b_1$ ; $$ ; $c$ ; $b_1$",
    "a$1 + $2",
    "-- a comment; 'with this\n",
    "/* one; /* in; 'another */ */",
    "name$with$signs",
    "BEGIN ATOMIC SELECT CASE WHEN a THEN b ELSE c END; SELECT a.end AS end; END",
    "(a; (b; c); 'd)'; (CASE WHEN e THEN f END))",
    "E'a\\''\n 'b;\\''-- c;'\n'd;\\''",
    "$→$ ; $→$",
    "e\u0301$a$ \u00a0$$",
    "x\x1f",
    "{schema}.things",
    "5 - 4 / 2",
    "a::text",
    "\n\n",
)
STATEMENTS = st.lists(st.sampled_from(PARTS), max_size=5).map(lambda parts: f"ALTER {' '.join(parts)} x")


@given(st.lists(STATEMENTS, min_size=1, max_size=6), st.sampled_from([";", ";\n", " ;\n\n", ";-- here\n", ";;"]))
def test_statements_are_read_as_they_were_written(written: list[str], end: str) -> None:
    """Whatever stands in quotes, comments and bodies, statements end at their semicolons and stay as they are."""
    for text in ("-- What it does.\n" + end.join(written) + end, "-- What it does.\n" + end.join(written)):
        read = statements_of(text)
        assert [statement.text for statement in read] == written
        lines = text.split("\n")
        assert all(statement.text.split("\n")[0] in lines[statement.line - 1] for statement in read)


def test_reading_by_empty_lines_would_be_found() -> None:
    """Planted: who divides at empty lines, as before, or at every semicolon, reads something else."""
    text = "SELECT 'a;\n\nb'; SELECT 2;\n\nSELECT 3;"
    read = [statement.text for statement in statements_of(text)]
    assert read == ["SELECT 'a;\n\nb'", "SELECT 2", "SELECT 3"]
    assert [block.removesuffix(";") for block in text.split("\n\n")] != read
    assert [part.strip() for part in text.split(";") if part.strip()] != read


@pytest.mark.parametrize("word", OF_TRANSACTIONS)
def test_a_revision_ends_no_transaction(word: str) -> None:
    """A statement that begins, divides or ends a transaction is refused by its line; the word elsewhere is not."""
    with pytest.raises(DeclarationError, match=f"{word.upper()} in line 3"):
        statements_of(f"-- What it does.\nSELECT 1; -- first\n{word.upper()} WORK;")
    assert len(statements_of(f"TABLE {word}; DO $$ BEGIN; {word}; END $$;")) == 2


@pytest.mark.parametrize("statement", OUTSIDE + OF_THE_SESSION)
def test_what_is_no_part_of_a_transaction_is_refused(statement: str) -> None:
    """What PostgreSQL does only outside of a transaction, or what would outlive one, is refused by its line."""
    said = "outside" if statement in OUTSIDE else "outlive"
    with pytest.raises(DeclarationError, match=f"{statement.split(maxsplit=1)[0]} in line 3 is refused: .*{said}"):
        statements_of(f"-- What it does.\n\n{statement};")
    assert statements_of(f"-- What it does.\n\nDO $$ BEGIN; {statement}; END $$;")


BUILDS = "CREATE UNIQUE INDEX CONCURRENTLY things_id ON {schema}.things (id)"


def in_steps(*steps: tuple[str, ...]) -> str:
    """A revision in these steps."""
    return "-- It.\n" + "".join(
        f"-- step: {n}\n{''.join(f'{each};' for each in step)}\n" for n, step in enumerate(steps)
    )


def test_comments_divide_a_revision_into_steps() -> None:
    """A comment between statements begins a step; one in a text or in a statement does not, nor does an empty step."""
    text = in_steps(
        ("SELECT 1", "SELECT '-- step: 2'"), (), (BUILDS,), ("SELECT (2 -- step: no\n)", "DO $$\n-- step: 3\n$$")
    )
    read = statements_of(text)
    assert [statement.step for statement in read] == [0, 0, 1, 2, 2]
    assert [statement.is_concurrent for statement in read] == [False, False, True, False, False]
    assert read[2].within == "CREATE UNIQUE INDEX things_id ON {schema}.things (id)"
    assert all(statement.within == statement.text for statement in read if not statement.is_concurrent)
    undivided = in_steps(("SELECT 1",), ("SELECT 2",)).replace("-- step:", "-- Step")
    assert {statement.step for statement in statements_of(undivided)} == {0}


@pytest.mark.parametrize(
    "steps",
    [
        (("SELECT 1", BUILDS), ("SELECT 2",)),
        ((BUILDS, "DROP INDEX CONCURRENTLY {schema}.a"), ("SELECT 2",)),
        (("SELECT 1",), (BUILDS,)),
        ((BUILDS,),),
    ],
    ids=["beside another", "two", "in the last", "alone"],
)
def test_what_is_concurrent_stands_alone_and_not_last(steps: tuple[tuple[str, ...], ...]) -> None:
    """An index that is built while others write shares no transaction, and so neither a step nor that of the record."""
    with pytest.raises(DeclarationError, match=r"CREATE in line [2345] is refused: .* CONCURRENTLY only outside"):
        statements_of(in_steps(*steps).replace("-- step: 0\n", "", 1) if len(steps) == 1 else in_steps(*steps))


def test_what_looks_like_it_is_not_refused() -> None:
    """Names, values and forms that end with the transaction are no reason to refuse a statement."""
    assert [statement.text for statement in statements_of(";\n".join(WITHIN))] == list(WITHIN)


def test_what_holds_semicolons_is_one_statement() -> None:
    """Semicolons in parentheses, bodies and strings that go on end no statement, nor do names in other scripts.

    Planted: who knows of no parentheses divides a rule in two.
    """
    text = ";\n".join(WHOLE)
    assert [statement.text for statement in statements_of(text)] == list(WHOLE)
    assert len(statements_of("SELECT 1); SELECT 2")) == len(statements_of("SELECT (1; SELECT 2")) + 1
    with patch.object(frozen_sql, "_opened", return_value=0):
        assert len(statements_of(WHOLE[1])) > 1


@pytest.mark.parametrize("statement", ["COPY {schema}.things FROM STDIN", "COPY {schema}.things TO stdout WITH CSV"])
def test_no_client_sends_rows(statement: str) -> None:
    """A COPY that would wait for a client for ever is refused by its line."""
    with pytest.raises(DeclarationError, match="COPY in line 2 is refused"):
        statements_of(f"-- What it does.\n{statement};")


def test_the_sentence_stands_in_front() -> None:
    """The comment before the first statement is the sentence, in one line; a comment behind it is none."""
    assert sentence_of("-- One\n--   and more.\n\nSELECT 1; -- not this\n") == "One and more."
    assert sentence_of("\nSELECT 1;\n-- too late\n") == ""


def test_a_frozen_revision_is_read_as_the_statements_of_its_catalogue() -> None:
    """What is written from a catalogue holds the statements that make it."""
    text = frozen_revision(GAPLESS, " Everything. ")
    assert sentence_of(text) == "Everything."
    made = create_statements(GAPLESS, "elsewhere")
    assert [statement.text.replace("{schema}", "elsewhere") for statement in statements_of(text)] == made


@pytest.mark.parametrize("sentence", ["", " ", "Two\nlines.", "Two\rlines.", None, 5])
def test_what_is_no_sentence_is_refused(sentence: str) -> None:
    """A revision says in one line what it does."""
    with pytest.raises(InvalidValue, match="in a sentence"):
        frozen_revision(GAPLESS, sentence)


def test_a_store_is_opened_without_alembic() -> None:
    """Whoever opens a store asks for names of revisions alone: neither Alembic nor what they hold is loaded."""
    program = "import sys, gapless.adapters.postgres, gapless.bootstrap; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not re.findall(r"\balembic\b", done.stdout)
