"""Faults of what PostgreSQL is told, which no syntax tree shows: each an exact text of a source file, once in it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

import attrs

from tests.mutants.mutant import PACKAGE, ROOT, Mutant

SQL = "SQL"
"""The kind of these mutants."""
ADAPTER = "adapters/postgres"


@attrs.frozen
class SqlFault:
    """One fault.

    Attributes:
        name: what it does, in a few words.
        file: below the adapter of PostgreSQL.
        before, after: the text, and what it becomes.
    """

    name: str
    file: str
    before: str
    after: str


def _read(path: Path) -> tuple[SqlFault, ...]:
    table: dict[str, dict[str, tuple[str, str]]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(SqlFault(name, file, *texts) for file, faults in table.items() for name, texts in faults.items())


FAULTS = _read(Path(__file__).with_suffix(".toml"))
"""Every fault of the table beside this module."""


def planted_faults(root: Path = ROOT, faults: Iterable[SqlFault] = FAULTS) -> list[Mutant]:
    """Faults as mutants of the source.

    Raises:
        LookupError: a text is not there, or more than once: the source has changed, and the table has to follow.
    """
    return [_mutant(fault, root) for fault in faults]


def _mutant(fault: SqlFault, root: Path) -> Mutant:
    module = f"{ADAPTER}/{fault.file}"
    source, before = (root / PACKAGE / module).read_bytes(), fault.before.encode()
    if source.count(before) != 1:
        raise LookupError(f"{fault.name}: {module} has {source.count(before)} times {fault.before!r}, and not once.")
    start = source.index(before)
    return Mutant(SQL, module, fault.name, start, start + len(before), fault.before, fault.after)
