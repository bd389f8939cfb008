"""The command `gapless demo`. What it does is loaded when it is run."""

from __future__ import annotations

from pathlib import Path

import click

from gapless.cli.failures import FINDINGS, failures_told
from gapless.cli.options import POOLER_OPTION, URL_OPTION


@click.command()
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with organizations.jsonl, members.jsonl, numbers.jsonl and knowledge.jsonl; if not given, those "
    "that gapless brings along.",
)
@click.option(
    "--organizations",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many organizations are played, the first ones; all if not given.",
)
@URL_OPTION
@POOLER_OPTION
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the table.")
def demo(data: Path | None, organizations: int | None, database_url: str | None, pooler: bool, as_json: bool) -> None:
    """Play the same on the in-memory store and on PostgreSQL, compare, and try to break every rule.

    Without a URL a temporary PostgreSQL server is started. With one, everything happens in a schema of its own, which
    is removed at the end: the role may create schemas in the database.
    """
    from gapless.demo import runner  # noqa: PLC0415  # only the command that is run is loaded
    from gapless.demo.output import as_text, to_json  # noqa: PLC0415  # as above

    with failures_told():
        report = runner.run(data, database_url, organizations=organizations, pooler=pooler)
    click.echo(to_json(report) if as_json else as_text(report))
    if report.differences:
        raise click.exceptions.Exit(FINDINGS)
