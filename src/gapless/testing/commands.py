"""The command `gapless parity`. What it does is loaded when it is run."""

from __future__ import annotations

import click

from gapless.cli.failures import FINDINGS, failures_told
from gapless.cli.options import CATALOGUE_OPTION, POOLER_OPTION, URL_OPTION

EXAMPLES = 100_000


@click.command()
@click.option(
    "--examples",
    type=click.IntRange(min=1),
    default=EXAMPLES,
    show_default=True,
    metavar="N",
    help="How many values to try, shared among the rules; each rule gets at least 40.",
)
@click.option("--seed", type=click.IntRange(min=0), metavar="S", help="The seed of the values; random if not given.")
@CATALOGUE_OPTION
@URL_OPTION
@POOLER_OPTION
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the table.")
def parity(
    examples: int, seed: int | None, catalogue: str | None, database_url: str | None, pooler: bool, as_json: bool
) -> None:
    """Let the domain and PostgreSQL check values around the edges of every rule, and compare their answers.

    Without a URL a temporary PostgreSQL server is started. With a URL any database will do: only temporary tables are
    made in it, for which the role needs the right. Each disagreement is shown with the smallest values; exit status 1.
    """
    from gapless.cli.declarations import declared  # noqa: PLC0415  # only the command that is run is loaded
    from gapless.testing.parity.command import (  # noqa: PLC0415  # only the command that is run is loaded
        as_text,
        compared,
        to_json,
    )

    with failures_told():
        report = compared(declared(catalogue, None).catalogue, database_url, examples, seed, pooler=pooler)
    click.echo(to_json(report) if as_json else as_text(report))
    if report.disagreements:
        raise click.exceptions.Exit(FINDINGS)
