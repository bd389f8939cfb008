"""Other conditions that read much like one: each takes the place of the declared one, and means something else."""

import re
from collections.abc import Iterator

PLACES = (
    *((rf"(?<![<>!~=]){one}(?![=>*])", other) for one, other in (("=", "<>"), ("<", ">"), (">", ">="), ("~", "!~"))),
    *((one, other) for one, other in (("<=", "<"), (">=", "="), ("!=|<>", "="), ("(?<!!)~(?![*])", "~*"))),
    (r"\bAND\b", "OR"),
    (r"\bOR\b", "AND"),
    (r"\bAND \(([^()]+ OR [^()]+)\)", r"AND \1"),
    (r"(?<!NOT )\bIN\b", "NOT IN"),
    (r"\bNOT IN\b", "IN"),
    (r"\bNOT (?!IN|NULL|TRUE|FALSE)", ""),
    (r"\bIS (?!NOT)", "IS NOT "),
    (r"\bIS NOT ", "IS "),
    (r"\bIS FALSE", "IS TRUE"),
    (r"\bIS TRUE", "IS UNKNOWN"),
    (r"\bchar_length\b", "octet_length"),
    (r" [*] ", " + "),
    (r" [+] ", " - "),
    (r" - ", " * "),
    (r"\(([^()]+\([^()]+\)) [+] 1\)", r"\1 + 1"),
    (r"\bAS BIGINT\b", "AS NUMERIC"),
    (r"(?<=NEW\.number )AS NUMERIC\b", "AS BIGINT"),  # that of a constant, and of a big integer, makes no difference
    (r"\bepoch\b", "second"),
    (r"1000000\b", "1000"),
    (r"\blower\b", "upper"),
    (r' COLLATE "C"', ""),
    (r"\bchar_length\(([^()]+)\)", r"(- char_length(\1))"),
    (r"(?<=[<>=] )(\d+)\b", r"\g<1>1"),
    (r"(?<=[<>=] )([1-9]\d*)\b", r"-\1"),
    (r"(?<=[<>=] )-(\d+)\b", r"\1"),
    (r"\bNEW\.(\w+)( [<>=!]+ )(\d+)", r"abs(NEW.\1)\2\3"),
    (r"\bNEW\.(\w+)( [<>=!]+ )(\d+)", r"(NEW.\1 + 1)\2\3"),
    (r"'(\d{4})-(\d\d-\d\d \d\d:\d\d:)", r"'1999-\2"),
    (r"'([^']*[a-z])'(?! )", r"'\1 '"),
    (r"\bpg_current_xact_id\(\)", "'0'::xid8"),
)


WHOLE = ("NOT ({})", "({}) IS NOT TRUE", "({}) AND true", "({}) OR true")


def mutations(condition: str) -> Iterator[tuple[str, str]]:
    """The condition with one of its parts turned into another, or joined as a whole, and the place where."""
    yield from ((whole, whole.format(condition)) for whole in WHOLE)
    for place, other in PLACES:
        for match in re.finditer(place, condition):
            yield place, condition[: match.start()] + match.expand(other) + condition[match.end() :]
