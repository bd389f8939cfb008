"""Frozen SQL: what a revision holds, written from a catalogue or by hand, and read statement by statement.

A file begins with a comment that says in a sentence what the revision does. Its statements end with semicolons, and
`{schema}` stands for the schema. A comment `-- step: …` begins a step: each is a transaction, or one statement about an
index that PostgreSQL carries out concurrently, and so outside of any.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

import attrs

from gapless.adapters.postgres.schema.creation import FINGERPRINTED, create_statements
from gapless.kit import Catalogue
from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.kit.plain import plain_text, shown

SCHEMA = "{schema}"
WRITTEN_SCHEMA = "schema_of_the_revision"
"""Stands for the schema while statements are written, because no schema is called `{schema}`."""
COMMENT = "--"
OF_TRANSACTIONS = ("abort", "begin", "commit", "end", "prepare", "release", "rollback", "savepoint", "start")
"""Statements that would end or divide the transaction of a revision, or of one of its steps."""
OF_SESSIONS = ("deallocate", "discard", "listen", "reset", "set", "unlisten")
"""Statements about the session, which goes on after the revision; SET is allowed in the forms that end with it."""
SET_WITHIN = ("constraints", "local", "transaction")
STEP = re.compile(r"--[ ]*step:.*")
"""The comment that begins a step."""
CONCURRENTLY = re.compile(r"(?P<index>(?:create|drop)\s+(?:unique\s+)?index)\s+concurrently\b", re.IGNORECASE)
"""How a statement begins that builds or drops an index while others write."""
WITH_CLIENT = (("from", "stdin"), ("to", "stdout"))
"""What a COPY says that sends rows to the client, or takes them from it."""
OUTSIDE = re.compile(
    r"""
    vacuum\b .* | (create|drop)\ (database|tablespace)\b .* | alter\ system\b .*
    | alter\ database\ \S+\ set\ tablespace\b .*
    | (create|drop)\ (unique\ )?index\ concurrently\b .*
    | reindex\ (.*\ )?concurrently\b (?!\ (false|off|0)\b) .*
    | reindex\ (\(\ .*\ \)\ )?(database|system|schema)\b .*
    | alter\ table\ .*\ detach\ partition\ .*\ concurrently
    | cluster (\ verbose|\ \(\ .*\ \))?
    """,
    re.VERBOSE,
)
"""What PostgreSQL carries out only outside of a transaction; of the words of a statement, with a space between them."""
# As PostgreSQL's scanner has it: whatever is not ASCII belongs to a name, also what Python takes for a space or a sign.
# So names are written as what they have not, of which Python makes a pattern in a fraction of the time.
_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* )
    | (?P<block> /\* )
    | (?P<quoted> (?<!NAMED) [eE]'(?:[^'\\]|''|\\.)*'(?:CONTINUED(?:[^'\\]|''|\\.)*')*
        | '(?:[^']|'')*' | "(?:[^"]|"")*"
        | (?<!NAMED) (?P<dollar>\$(?:LETTER(?:(?!\$)NAMED)*)?\$) .*? (?P=dollar) )
    | (?P<open> ['"] | (?<!NAMED) \$(?:LETTER(?:(?!\$)NAMED)*)?\$ )
    | (?P<word> LETTER NAMED* )
    | (?P<end> ; )
    | [ \t\n\r\f\v]+
    | (?P<other> [!#%&()*+,.:<=>?@\[\\\]^`{|}~]+ | . )
    """.replace("NAMED", r"[^\x00-#%-/:-@\[-^`{-\x7f]")
    .replace("LETTER", r"[^\x00-@\[-^`{-\x7f]")
    .replace("CONTINUED", r"(?:[ \t\f\v]|--[^\n]*+)*+\n(?:[ \t\n\r\f\v]|--[^\n]*+)*+'"),
    re.VERBOSE | re.DOTALL,
)
_BLOCK = re.compile(r"/\*|\*/")


@attrs.frozen
class RevisionStatement:
    """One statement of a revision, without its semicolon.

    Attributes:
        text: the statement.
        line: the line of the file in which it begins.
        step: the number of its step, from 0 on.
    """

    text: str
    line: int
    step: int = 0

    @property
    def is_concurrent(self) -> bool:
        """Whether PostgreSQL carries it out only outside of a transaction, while others write."""
        return CONCURRENTLY.match(self.text) is not None

    @property
    def within(self) -> str:
        """The statement as it can be carried out within a transaction, where others have to wait for it."""
        return CONCURRENTLY.sub(r"\g<index>", self.text, count=1) if self.is_concurrent else self.text


@attrs.frozen
class WrittenStep:
    """One transaction of a revision, or one statement outside of any: what it does in a sentence, and its SQL."""

    sentence: str
    statements: Sequence[str]


def text_of(sentence: str, steps: Sequence[WrittenStep]) -> str:
    """The text of a revision: its sentence, and its steps; a single one has no comment of its own."""
    parts = [f"{COMMENT} {sentence}"]
    for step in steps:
        parts += [f"{COMMENT} step: {step.sentence}"] if len(steps) > 1 else []
        parts += (f"{statement};" for statement in step.statements)
    return "\n\n".join(parts) + "\n"


def frozen_revision(catalogue: Catalogue, sentence: str, *, beyond: Catalogue | None = None) -> str:
    """Writes a revision that creates the tables of a catalogue, to be kept in a file and never written again.

    With `beyond` it is a later revision, for entities that are added to those of earlier ones. Changes of tables that
    are there are written by `next_revision`, which needs the description of the last one: `gapless revision --describe`
    writes that beside a revision which this function has made.

    Args:
        catalogue: the entities and rules.
        sentence: what the revision does, in one sentence.
        beyond: the entities that exist already, for which nothing is created.

    Raises:
        InvalidValue: one of the catalogues is not a Catalogue, or `sentence` is empty or has several lines.
        DeclarationError: a text or a name of the catalogue has what stands for the schema.
    """
    said = checked_sentence(sentence)
    require_no_placeholder(catalogue, beyond)
    statements = create_statements(catalogue, WRITTEN_SCHEMA, beyond=beyond)
    return text_of(said, [WrittenStep("", statements)]).replace(WRITTEN_SCHEMA, SCHEMA)


def require_no_placeholder(catalogue: Catalogue, beyond: Catalogue | None) -> None:
    """Refuses a catalogue of which a revision would not say what it means.

    Raises:
        DeclarationError: a text or a name in it has what stands for the schema in a revision.
    """
    for statement in create_statements(catalogue, FINGERPRINTED, beyond=beyond):
        for placeholder in (SCHEMA, WRITTEN_SCHEMA):
            if placeholder in statement:
                found = " ".join(statement.split())
                said = "stands for the schema in a revision, and in a text or a name of the catalogue"
                raise DeclarationError(f"{placeholder} {said}: `{shown(found)}`.")


def checked_sentence(sentence: str) -> str:
    """Gives back the sentence that says what a revision does.

    Raises:
        InvalidValue: it is empty or has several lines.
    """
    said = (plain_text(sentence) or "").strip()
    if not said or len(said.splitlines()) > 1:
        raise InvalidValue("sentence", "Say in a sentence of one line what the revision does.", fields=("sentence",))
    return said


def sentence_of(text: str) -> str:
    """The sentence with which a revision begins: its comment before the first statement, in one line."""
    lines = text.strip().splitlines()
    comments = lines[: next((place for place, line in enumerate(lines) if not line.startswith(COMMENT)), len(lines))]
    return " ".join(line.removeprefix(COMMENT).strip() for line in comments).strip()


def statements_of(text: str) -> list[RevisionStatement]:
    """The statements of a revision, without the comment before the first of them.

    Raises:
        DeclarationError: a quote or a comment has no end; a statement would end the transaction, needs to be outside of
            one, or would change the session; or what is done concurrently does not stand alone in a step.
    """
    return [*_statements_of(text)]


@lru_cache(maxsize=16)
def _statements_of(text: str) -> tuple[RevisionStatement, ...]:
    found: list[RevisionStatement] = []
    step = 0
    for tokens in _divided(text):
        if tokens and tokens[0].lastgroup == "comment":
            step += bool(found) and found[-1].step == step
        elif tokens:
            found.append(_checked(tokens, step))
    _require_apart(found)
    return tuple(found)


def _require_apart(statements: list[RevisionStatement]) -> None:
    """Refuses a concurrent statement that shares its step, or is in the last one.

    Raises:
        DeclarationError: there is one.
    """
    numbers = Counter(statement.step for statement in statements)
    last = max(numbers, default=0)
    for statement in statements:
        if statement.is_concurrent and (numbers[statement.step] > 1 or statement.step == last):
            raise DeclarationError(
                f"{statement.text.split(maxsplit=1)[0]} in line {statement.line} is refused: PostgreSQL does this "
                "CONCURRENTLY only outside of a transaction, so let it stand alone between two comments `-- step: …`; "
                "the last step keeps the record of the revision."
            )


def is_expression(text: str) -> bool:
    """Whether a text is one expression in one line, so that it is all that stands between two parentheses."""
    tokens = [token for token in _TOKEN.finditer(text) if token.lastgroup is not None]
    depth = 0
    for token in tokens:
        for character in token[0] if token.lastgroup == "other" else "":
            depth += _opened_by(character)
            if depth < 0 or (character == "," and not depth):
                return False
        if token.lastgroup in ("comment", "block", "open", "end"):
            return False
    return bool(tokens) and not depth and len(text.splitlines()) == 1


def _opened_by(character: str) -> int:
    return {"(": 1, "[": 1, ")": -1, "]": -1}.get(character, 0)


def _divided(text: str) -> Iterator[list[re.Match[str]]]:
    """The tokens of each statement, and each comment that begins a step.

    What stands in parentheses or in a body BEGIN ATOMIC is within its statement.
    """
    found: list[re.Match[str]] = []
    earlier, depth = "", 0
    for token in _tokens(text):
        if token.lastgroup == "comment":
            if not found:
                yield [token]
            continue
        depth = max(0, depth + _opened(token, earlier, depth))
        earlier = token[0].lower()
        if token.lastgroup == "end" and not depth:
            yield found
            found = []
        else:
            found.append(token)
    yield found


def _opened(token: re.Match[str], earlier: str, depth: int) -> int:
    """How many parentheses and bodies a token opens; less than 0 if it closes some."""
    text = token[0].lower()
    if token.lastgroup == "other":
        return text.count("(") - text.count(")")
    if token.lastgroup != "word" or earlier == "as" or earlier.endswith("."):
        return 0  # a word behind these is a name, even END
    return (text == "case") - (text == "end") if depth else int(earlier == "begin" and text == "atomic")


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """All but white space and comments, unless a comment begins a step."""
    place = 0
    while token := _TOKEN.match(text, place):
        place = token.end()
        if token.lastgroup == "open":
            raise DeclarationError(f"The quote {token[0]} in line {_line(text, token.start())} has no end.")
        if token.lastgroup == "block":
            place = _end_of_block(text, token.start())
        elif token.lastgroup == "comment":
            if STEP.fullmatch(token[0].rstrip("\r")):
                yield token
        elif token.lastgroup is not None:
            yield token


def _end_of_block(text: str, start: int) -> int:
    """Where a comment ends that may hold others."""
    depth = 0
    for mark in _BLOCK.finditer(text, start):
        depth += 1 if mark[0] == "/*" else -1
        if not depth:
            return mark.end()
    raise DeclarationError(f"The comment in line {_line(text, start)} has no end.")


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _checked(tokens: list[re.Match[str]], step: int) -> RevisionStatement:
    """The statement of these tokens."""
    first, last = tokens[0], tokens[-1]
    line = _line(first.string, first.start())
    statement = RevisionStatement(first.string[first.start() : last.end()], line, step)
    if statement.is_concurrent:
        return statement
    refusal = _refusal([_word(token) for token in tokens])
    if refusal:
        raise DeclarationError(f"{first[0]} in line {line} is refused: {refusal}.")
    return statement


def _word(token: re.Match[str]) -> str:
    """A token for a comparison: what is quoted is no word of SQL's own."""
    return '""' if token.lastgroup in ("quoted", "dollar") else token[0].lower()


def _refusal(words: list[str]) -> str:
    """Why a statement can't be part of a revision, or ""."""
    if words[0] in OF_TRANSACTIONS:
        return "a revision is one transaction, or one a step, which is begun and ended for it"
    if OUTSIDE.fullmatch(" ".join(words)):
        return "a revision is carried out in transactions, and PostgreSQL does this only outside: do it before or after"
    if words[0] == "copy" and any(pair in WITH_CLIENT for pair in pairwise(words)):
        return "there is no client beside a revision that would send or take the rows"
    if words[0] == "set" and words[1:2] and words[1] in SET_WITHIN:
        return ""
    if words[0] == "set":
        return "it would outlive the revision; SET LOCAL ends with it"
    if words[0] in OF_SESSIONS:
        return "it would outlive the revision, because it is about the session"
    return ""
