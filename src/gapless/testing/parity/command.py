"""The run of `gapless parity`: a server, a seed, and the report for people and for programs."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import nullcontext
from typing import cast

import asyncpg

from gapless.adapters.postgres import create_engine
from gapless.adapters.postgres.connections.engine import says_pooler
from gapless.cli.databases import database_errors_translated, given_or_temporary
from gapless.cli.progress import progress
from gapless.cli.rules import kind_of
from gapless.cli.tables import aligned
from gapless.kit import Catalogue
from gapless.testing.parity import ParityReport, Tally, ask_questions, questions

HEAD = ("RULE", "KIND", "TABLE", "TRIED", "ACCEPTED", "REFUSED", "DISAGREED")
GREATEST_SEED = 2**32


def compared(
    catalogue: Catalogue, database_url: str | None, examples: int, seed: int | None, *, pooler: bool = False
) -> ParityReport:
    """Lets the domain and PostgreSQL check values of every rule.

    Args:
        catalogue: the entities and rules.
        database_url: a database in which only temporary tables are made; None for one of a temporary server.
        examples: how many values, shared out among the rules.
        seed: what they are drawn with; None for one that nobody chose.
        pooler: whether a pooler in transaction mode stands before the server.

    Raises:
        StoreUnavailable: there is no server to work on.
    """
    chosen = secrets.randbelow(GREATEST_SEED) if seed is None else seed
    with given_or_temporary(database_url) as url:
        return asyncio.run(_on_server(url, catalogue, examples, chosen, pooler=pooler))


async def _on_server(url: str, catalogue: Catalogue, examples: int, seed: int, *, pooler: bool) -> ParityReport:
    engine = create_engine(url, pooler=pooler)
    try:
        with database_errors_translated():
            async with engine.connect() as connection:
                pooled = await connection.get_raw_connection()
                driver = cast("asyncpg.Connection", pooled.driver_connection)
                asking = questions(catalogue)  # takes a moment, which an address where nobody is need not cost
                # Temporary tables belong to a session, and through a pooler to a transaction.
                with progress("rules", len(asking)) as advance:
                    async with driver.transaction() if says_pooler(engine) else nullcontext():
                        return await ask_questions(driver, asking, examples=examples, seed=seed, advance=advance)
    finally:
        await engine.dispose()


def as_text(report: ParityReport) -> str:
    """A line for each rule, every disagreement, and the closing line."""
    parts = [aligned([HEAD, *map(_line, report.tallies)])]
    if report.disagreements:
        parts.append("\n".join(map(str, report.disagreements)))
    return "\n\n".join([*parts, closing_line(report)])


def _line(tally: Tally) -> tuple[str, ...]:
    question = tally.question
    numbers = (tally.tried, tally.accepted, tally.refused, tally.disagreed)
    return question.rule.name, kind_of(question.rule), question.model.table, *map(str, numbers)


def closing_line(report: ParityReport) -> str:
    """The numbers that matter."""
    return (
        f"rules {len(report.tallies)}, values {report.tried}, accepted {report.accepted}, "
        f"refused {report.tried - report.accepted}, disagreements {len(report.disagreements)}, seed {report.seed} "
        f"({report.server}, {report.seconds:.1f} s)"
    )


def to_json(report: ParityReport) -> str:
    """One document with everything."""
    document = {
        "rules": [_object(tally) for tally in report.tallies],
        "values": report.tried,
        "accepted": report.accepted,
        "refused": report.tried - report.accepted,
        "disagreements": len(report.disagreements),
        "seed": report.seed,
        "server": report.server,
        "seconds": round(report.seconds, 1),
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _object(tally: Tally) -> dict[str, object]:
    found = [
        {"values": dict(each.values), "domain": each.domain, "postgresql": each.postgresql}
        for each in tally.disagreements
    ]
    return {
        "name": tally.question.rule.name,
        "kind": kind_of(tally.question.rule),
        "table": tally.question.model.table,
        "tried": tally.tried,
        "accepted": tally.accepted,
        "refused": tally.refused,
        "disagreed": tally.disagreed,
        "disagreements": found,
    }
