"""The commands as a person types them. What they do stands in a module each, loaded when its command is run."""

from __future__ import annotations

from pathlib import Path

import click

from gapless.cli.failures import FINDINGS, PENDING, failures_told

DATA = Path("examples/data")
EXAMPLES = 100_000
URL_OPTION = click.option(
    "--database-url",
    envvar="GAPLESS_DATABASE_URL",
    metavar="URL",
    help="postgresql://user:password@host:port/database?sslmode=…  [env: GAPLESS_DATABASE_URL]",
)
POOLER_OPTION = click.option(
    "--pooler",
    is_flag=True,
    help="A pooler in transaction mode, such as PgBouncer, stands before the server. In the URL: pooler=true",
)

CATALOGUE_OPTION = click.option(
    "--catalogue",
    metavar="MODULE:NAME",
    help="The entities and rules, as in own_service.rules:CALENDAR; those of gapless if not given.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gapless", message="%(prog)s %(version)s")
def gapless() -> None:
    """Integrity rules that are declared once, and stores that enforce them alike.

    Exit status: 0 all is well, 1 findings, 2 usage, 3 no database to work on, 4 migrations are pending.
    """


@gapless.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON array instead of lines.")
def rules(as_json: bool) -> None:
    """List the rules: id in the source, origin, name, kind, table, fields, sentence."""
    from gapless.cli.rules import as_lines, listed, to_json  # noqa: PLC0415  # only the command that is run is loaded
    from gapless.domain.catalogue import GAPLESS  # noqa: PLC0415  # as above

    found = listed(GAPLESS)
    click.echo(to_json(found) if as_json else as_lines(found))


@gapless.command()
@URL_OPTION
@POOLER_OPTION
@click.option("--schema", default="gapless", show_default=True, help="The PostgreSQL schema that holds the tables.")
@click.option("--plan", "what", flag_value="plan", help="Only list the revisions that are pending.")
@click.option("--sql", "what", flag_value="sql", help="Only print their script; of all revisions if no URL is given.")
@click.option("--check", "what", flag_value="check", help="Only look: exit status 4 if a revision is pending.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    metavar="N",
    help="How long to wait at most for locks that others hold. Who they are is said on stderr.",
)
def migrate(database_url: str | None, pooler: bool, schema: str, what: str | None, seconds: float) -> None:
    """Bring the tables of gapless in a database up to date.

    The role owns the schema, or may create it; no profile of gapless.migrations.grants is enough.

    Exit status of --check: 0 it is up to date, 4 a revision is pending, 2 and 3 as always.
    """
    from gapless.cli import migrating  # noqa: PLC0415  # as above

    if database_url is None and what != "sql":
        raise click.UsageError("Name the database: --database-url URL, or the variable GAPLESS_DATABASE_URL.")
    with failures_told():
        waiting = migrating.Waiting(seconds, lambda line: click.echo(line, err=True))
        found = migrating.carried_out(database_url, schema, what, waiting, pooler=pooler)
    click.echo(found.data, nl=False)
    click.echo(found.note, err=True)
    if what == "check" and found.pending:
        raise click.exceptions.Exit(PENDING)


@gapless.command()
@CATALOGUE_OPTION
@URL_OPTION
@POOLER_OPTION
@click.option("--schema", default="gapless", show_default=True, help="The PostgreSQL schema that holds the tables.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array of sentences instead of lines.")
def check(catalogue: str | None, database_url: str | None, pooler: bool, schema: str, as_json: bool) -> None:
    """Compare a database with a catalogue: does it enforce every rule that is declared?

    Each difference is a line: exit status 1. Nothing is changed, and a role of any profile, or one that may only read,
    can ask.
    """
    from gapless.cli import checking  # noqa: PLC0415  # as above

    if database_url is None:
        raise click.UsageError("Name the database: --database-url URL, or the variable GAPLESS_DATABASE_URL.")
    with failures_told():
        found = checking.checked(database_url, schema, catalogue, pooler=pooler)
    click.echo(checking.to_json(found) if as_json else checking.as_lines(found), nl=as_json)
    click.echo(checking.note(found, schema), err=True)
    if found:
        raise click.exceptions.Exit(FINDINGS)


@gapless.command()
@click.argument("role")
@click.option(
    "--profile",
    type=click.Choice(["requests", "jobs"]),
    default="requests",
    show_default=True,
    help="What the role is for: jobs may also purge, deliver events, mark for erasure and lift that.",
)
@CATALOGUE_OPTION
@click.option("--schema", default="gapless", show_default=True, help="The PostgreSQL schema that holds the tables.")
def grants(role: str, profile: str, catalogue: str | None, schema: str) -> None:
    """Print the script that gives ROLE the rights that its work needs, and no others; run it as the tables' owner."""
    from gapless.cli import granting  # noqa: PLC0415  # as above

    with failures_told():
        printed = granting.script(role, profile, schema, catalogue)
    click.echo(printed, nl=False)


@gapless.command()
@click.option(
    "--retention-days",
    type=click.IntRange(min=0),
    required=True,
    metavar="N",
    help="For how many days what was deleted is kept.",
)
@URL_OPTION
@POOLER_OPTION
@click.option("--schema", default="gapless", show_default=True, help="The PostgreSQL schema that holds the tables.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def cleanup(retention_days: int, database_url: str | None, pooler: bool, schema: str, as_json: bool) -> None:
    """Remove for good what was deleted long enough ago; for a scheduler.

    What a rule keeps, such as an organization with invoices, is named in the report and is no failure. A run that is
    stopped loses nothing: the next one goes on. A host with entities of its own calls app.cleanup.purge_expired.

    The role has the profile JOBS of gapless.migrations.grants; one without its rights is refused before anything is
    touched: exit status 3.
    """
    from gapless.cli import cleaning  # noqa: PLC0415  # as above

    if database_url is None:
        raise click.UsageError("Name the database: --database-url URL, or the variable GAPLESS_DATABASE_URL.")
    with failures_told():
        report = cleaning.cleaned(
            database_url, schema, retention_days, lambda line: click.echo(line, err=True), pooler=pooler
        )
    click.echo(cleaning.to_json(report) if as_json else cleaning.as_text(report))


@gapless.command()
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=DATA,
    show_default=True,
    help="A folder with organizations.jsonl, members.jsonl, numbers.jsonl and knowledge.jsonl.",
)
@URL_OPTION
@POOLER_OPTION
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the table.")
def demo(data: Path, database_url: str | None, pooler: bool, as_json: bool) -> None:
    """Play the same on the in-memory store and on PostgreSQL, compare, and try to break every rule.

    Without a URL a temporary PostgreSQL server is started. With one, everything happens in a schema of its own, which
    is removed at the end: the role may create schemas in the database.
    """
    from gapless.cli.demo import running  # noqa: PLC0415  # as above
    from gapless.cli.demo.printing import as_text, to_json  # noqa: PLC0415  # as above

    with failures_told():
        report = running.run(data, database_url, pooler=pooler)
    click.echo(to_json(report) if as_json else as_text(report))
    if report.differences:
        raise click.exceptions.Exit(FINDINGS)


@gapless.command()
@click.option(
    "--examples",
    type=click.IntRange(min=1),
    default=EXAMPLES,
    show_default=True,
    metavar="N",
    help="How many values, shared out among the rules; each gets 40 at least.",
)
@click.option("--seed", type=click.IntRange(min=0), metavar="S", help="What they are drawn with; if not given, any.")
@URL_OPTION
@POOLER_OPTION
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of the table.")
def parity(examples: int, seed: int | None, database_url: str | None, pooler: bool, as_json: bool) -> None:
    """Let the domain and PostgreSQL judge values around the edges of every rule, and compare.

    Without a URL a temporary PostgreSQL server is started. With one, any database will do: only temporary tables are
    made in it, which the role has to be allowed. A disagreement is shown as small as it gets: exit status 1.
    """
    from gapless.cli.parity import as_text, compared, to_json  # noqa: PLC0415  # as above

    with failures_told():
        report = compared(database_url, examples, seed, pooler=pooler)
    click.echo(to_json(report) if as_json else as_text(report))
    if report.disagreements:
        raise click.exceptions.Exit(FINDINGS)
