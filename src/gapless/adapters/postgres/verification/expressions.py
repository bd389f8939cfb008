"""Reads a condition in SQL as a tree, with the precedence of PostgreSQL's grammar, and ignores no part of it.

Two texts of one condition give one tree, whatever parentheses and casts of constants a server adds. A text that this
grammar does not know gives no tree.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import attrs

from gapless.adapters.postgres.sql.column_types import types_of_constants
from gapless.adapters.postgres.sql.text import type_and_collation

_TOKEN = re.compile(
    r"""\s+|(?P<text>(?P<escaped>e?)'(?P<inside>(?:[^']|'')*)')|"(?P<quoted>(?:[^"]|"")*)"|(?P<number>\d+(?:\.\d+)?)"""
    r"""|(?P<word>[^\W\d][\w$]*)|(?P<sign>::|[][(),.])|(?P<operator>[-+*/<>=~!@#%^&|?]+)|(?P<other>.)""",
    re.DOTALL | re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(?:u(?P<number>[0-9a-f]{4})|.)", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_KEYWORDS = frozenset("and or not is in any all array null true false unknown".split())
_OR, _AND, _IS, _COMPARISON, _IN, _OPERATOR, _SUM, _PRODUCT = range(1, 9)
_CALCULATING = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT}
_WORDS = {"or": _OR, "and": _AND, "is": _IS, "in": _IN, "not": _IN}
_COMPARISONS = frozenset(("=", "<>", "<", ">", "<=", ">="))
_TESTED = ("null", "true", "false", "unknown")
_LONG_TYPES = {("timestamp", "with"): 4, ("timestamp", "without"): 4, ("double", "precision"): 2}
_CONSTANT_TYPES = frozenset(type_and_collation(type_)[0].removesuffix("[]") for type_ in types_of_constants())


@attrs.frozen
class Token:
    """A keyword or a name in small letters, a sign, an operator, or a constant without its quotes."""

    kind: str
    text: str


@attrs.frozen
class SqlConstant:
    """A text or a number; which of the two it is follows from the column that is compared with it."""

    text: str


@attrs.frozen
class SqlCall:
    """An operator or a function with its operands; a column, or a word such as NULL, has no operands."""

    what: str
    operands: tuple[Expression, ...] = ()


Expression: TypeAlias = SqlConstant | SqlCall
Tokens: TypeAlias = deque[Token]


class UnreadableError(Exception):
    """The grammar does not know the condition."""


def expression_of(condition: str, shown: Mapping[str, str]) -> Expression:
    """Reads a condition as a tree.

    Args:
        condition: the text.
        shown: constants that the server shows in another form, each with that form.

    Raises:
        UnreadableError: the grammar does not know the condition.
    """
    tokens = deque(_tokens(condition, shown))
    try:
        found = _expression(tokens, 0)
    except (IndexError, RecursionError) as error:
        raise UnreadableError(condition) from error
    if tokens:
        raise UnreadableError(condition)
    return found


def _tokens(condition: str, shown: Mapping[str, str]) -> Iterator[Token]:
    for match in _TOKEN.finditer(condition):
        if match["text"]:
            inside = match["inside"].replace("''", "'")
            text = _ESCAPE.sub(_meant, inside) if match["escaped"] else inside
            yield Token("constant", shown.get(text, text))
        elif match["quoted"] is not None:
            yield Token("name", match["quoted"].replace('""', '"'))
        elif match["number"]:
            yield Token("constant", match["number"])
        elif match["word"]:
            word = match["word"].lower()
            yield Token("keyword" if word in _KEYWORDS else "name", word)
        elif not match[0].isspace():
            yield Token(match.lastgroup or "", "<>" if match[0] == "!=" else match[0])


def _meant(escape: re.Match[str]) -> str:
    """The character that an escape stands for: that of a number, as `text_constant` writes it, or the escaped one."""
    return chr(int(escape["number"], 16)) if escape["number"] else escape[0][1:]


def _expression(tokens: Tokens, least: int) -> Expression:
    """Reads the expression in front, with all operators that bind more closely than `least`."""
    found = _operand(tokens)
    while (binding := _binding(tokens)) > least:
        found = _joined(found, tokens, binding)
    return found


def _binding(tokens: Tokens) -> int:
    if not tokens:
        return 0
    head = tokens[0]
    if head.kind == "keyword":
        return _WORDS.get(head.text, 0)
    if head.kind != "operator":
        return 0
    return _COMPARISON if head.text in _COMPARISONS else _CALCULATING.get(head.text, _OPERATOR)


def _joined(left: Expression, tokens: Tokens, binding: int) -> Expression:
    if binding == _IS:
        return _test(left, tokens)
    if binding == _IN:
        return _membership(left, tokens)
    what = tokens.popleft().text
    if tokens[0].kind == "keyword" and tokens[0].text in ("any", "all"):
        return _of_list(left, what, tokens)
    right = _expression(tokens, binding)
    if binding in (_AND, _OR):
        return SqlCall(what, (*_parts(left, what), *_parts(right, what)))
    return SqlCall(what, (left, right))


def _parts(found: Expression, what: str) -> tuple[Expression, ...]:
    return found.operands if isinstance(found, SqlCall) and found.what == what else (found,)


def _test(left: Expression, tokens: Tokens) -> Expression:
    tokens.popleft()
    negated = _taken(tokens, "keyword", "not")
    tested = tokens.popleft()
    if tested.kind != "keyword" or tested.text not in _TESTED:
        raise UnreadableError(tested.text)
    return SqlCall(f"is {'not ' if negated else ''}{tested.text}", (left,))


def _membership(left: Expression, tokens: Tokens) -> Expression:
    negated = _taken(tokens, "keyword", "not")
    _require(tokens, "keyword", "in")
    _require(tokens, "sign", "(")
    return _among(left, ("<>", "all") if negated else ("=", "any"), _listed(tokens, ")"))


def _of_list(left: Expression, what: str, tokens: Tokens) -> Expression:
    quantifier = tokens.popleft().text
    _require(tokens, "sign", "(")
    found = _expression(tokens, 0)
    _require(tokens, "sign", ")")
    if not isinstance(found, SqlCall) or found.what != "array":
        raise UnreadableError(quantifier)
    return _among(left, (what, quantifier), found.operands)


def _among(left: Expression, what: tuple[str, str], values: tuple[Expression, ...]) -> Expression:
    """A comparison with several values; with one value it is plain, as PostgreSQL shows it."""
    return SqlCall(what[0] if len(values) == 1 else " ".join(what), (left, *values))


def _operand(tokens: Tokens) -> Expression:
    if _taken(tokens, "keyword", "not"):
        return SqlCall("not", (_expression(tokens, _AND),))
    if _taken(tokens, "operator", "-"):
        negated = _operand(tokens)
        if isinstance(negated, SqlConstant) and _NUMBER.fullmatch(negated.text):
            return SqlConstant(f"-{negated.text}")
        return SqlCall("-", (negated,))
    found = _primary(tokens)
    while True:
        if _taken(tokens, "sign", "::"):
            found = _cast(found, _type(tokens))
        elif _taken(tokens, "name", "collate"):
            found = SqlCall(f"collate {'.'.join([tokens.popleft().text, *_behind_dots(tokens)])}", (found,))
        else:
            return found


def _primary(tokens: Tokens) -> Expression:
    head = tokens.popleft()
    match (head.kind, head.text):
        case ("sign", "("):
            found = _expression(tokens, 0)
            _require(tokens, "sign", ")")
            return found
        case ("constant", text):
            return SqlConstant(text)
        case ("keyword", "array"):
            _require(tokens, "sign", "[")
            return SqlCall("array", _listed(tokens, "]"))
        case ("keyword", "null" | "true" | "false" as word):
            return SqlCall(word)
        case ("name", name):
            return _named(name, tokens)
        case _:
            raise UnreadableError(head.text)


def _named(name: str, tokens: Tokens) -> Expression:
    """Reads a column, perhaps with the name of its row in front, or a function with its arguments."""
    names = [name, *_behind_dots(tokens)]
    if names in (["cast"], ["extract"]) and _taken(tokens, "sign", "("):
        return _of_words(name, tokens)
    if _taken(tokens, "sign", "("):
        own = names[1:] if names[0] == "pg_catalog" else names
        return SqlCall(f"{'.'.join(own)}()", _listed(tokens, ")"))
    return SqlCall(".".join(names))


def _of_words(name: str, tokens: Tokens) -> Expression:
    """Reads what stands in the parentheses of a function that has words between its arguments."""
    if name == "cast":
        found = _expression(tokens, 0)
        _require(tokens, "name", "as")
        found = _cast(found, _type(tokens))
    else:
        part = tokens.popleft().text
        _require(tokens, "name", "from")
        found = SqlCall(f"extract {part}", (_expression(tokens, 0),))
    _require(tokens, "sign", ")")
    return found


def _behind_dots(tokens: Tokens) -> Iterator[str]:
    while _taken(tokens, "sign", "."):
        yield tokens.popleft().text


def _listed(tokens: Tokens, end: str) -> tuple[Expression, ...]:
    found: list[Expression] = []
    while not _taken(tokens, "sign", end):
        if found:
            _require(tokens, "sign", ",")
        found.append(_expression(tokens, 0))
    return tuple(found)


def _type(tokens: Tokens) -> str:
    names = [tokens.popleft().text, *_behind_dots(tokens)]
    length = _LONG_TYPES.get((names[-1], tokens[0].text), 1) if tokens else 1
    names = [".".join(names), *(tokens.popleft().text for _ in range(length - 1))]
    while _taken(tokens, "sign", "["):
        _require(tokens, "sign", "]")
        names[-1] += "[]"
    return " ".join(names)


def _cast(found: Expression, type_: str) -> Expression:
    """The expression with a cast; a constant stays as it is, because the server adds types to constants."""
    is_constant = isinstance(found, SqlConstant) or found.what in ("array", "null")
    return found if is_constant and type_.removesuffix("[]") in _CONSTANT_TYPES else SqlCall(f"::{type_}", (found,))


def _taken(tokens: Tokens, kind: str, text: str) -> bool:
    """Takes the next token if it is this one, and returns whether it was."""
    if not tokens or tokens[0] != Token(kind, text):
        return False
    tokens.popleft()
    return True


def _require(tokens: Tokens, kind: str, text: str) -> None:
    if not _taken(tokens, kind, text):
        raise UnreadableError(text)
