"""The commands of production as a person types them.

What they do stands in a module each, loaded when its command is run. The demonstration and the test
kit bring commands of their own, which `group` finds.
"""

from __future__ import annotations

import click

from gapless.cli.failures import FINDINGS, PENDING, failures_told
from gapless.cli.group import Commands
from gapless.cli.options import CATALOGUE_OPTION, POOLER_OPTION, REVISIONS_OPTION, SCHEMA_OPTION, URL_OPTION


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gapless", message="%(prog)s %(version)s")
def gapless() -> None:
    """Integrity rules that are declared once, and stores that enforce them alike.

    Exit status: 0 all is well, 1 findings, 2 usage, 3 no database to work on, 4 migrations are pending.
    """


@gapless.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON array instead of lines.")
def rules(as_json: bool) -> None:
    """List the rules: id in the source, origin, name, kind, table, fields, sentence."""
    from gapless.bootstrap import DEFAULT_CATALOGUE  # noqa: PLC0415  # only the command that is run is loaded
    from gapless.cli.rules import as_lines, listed, to_json  # noqa: PLC0415  # as above

    found = listed(DEFAULT_CATALOGUE)
    click.echo(to_json(found) if as_json else as_lines(found))


@gapless.command()
@URL_OPTION
@POOLER_OPTION
@REVISIONS_OPTION
@SCHEMA_OPTION
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
def migrate(
    database_url: str | None,
    pooler: bool,
    revisions: str | None,
    schema: str | None,
    what: str | None,
    seconds: float,
) -> None:
    """Bring the tables of gapless, or of other revisions, in a database up to date.

    The role owns the schema, or may create it; no profile of gapless.postgres.grants is enough.

    Exit status of --check: 0 it is up to date, 4 a revision is pending, 2 and 3 as always.
    """
    from gapless.cli import migrate  # noqa: PLC0415  # as above
    from gapless.cli.declarations import named_revisions  # noqa: PLC0415  # as above

    if database_url is None and what != "sql":
        raise click.UsageError("Name the database: --database-url URL, or the variable GAPLESS_DATABASE_URL.")
    with failures_told():
        waiting = migrate.ReportedWaiting(seconds, lambda line: click.echo(line, err=True))
        chain = named_revisions(revisions)
        place = migrate.Place(chain, chain.schema if schema is None else schema)
        found = migrate.carried_out(database_url, place, what, waiting, pooler=pooler)
    click.echo(found.data, nl=False)
    click.echo(found.note, err=True)
    if what == "check" and found.pending:
        raise click.exceptions.Exit(PENDING)


@gapless.command()
@CATALOGUE_OPTION
@REVISIONS_OPTION
@URL_OPTION
@POOLER_OPTION
@SCHEMA_OPTION
@click.option("--json", "as_json", is_flag=True, help="A JSON array of sentences instead of lines.")
def check(
    catalogue: str | None,
    revisions: str | None,
    database_url: str | None,
    pooler: bool,
    schema: str | None,
    as_json: bool,
) -> None:
    """Compare a database with a catalogue: does it enforce every rule that is declared?

    Each difference is a line: exit status 1. Nothing is changed, and a role of any profile, or one that may only read,
    can ask.
    """
    from gapless.cli import check  # noqa: PLC0415  # as above
    from gapless.cli.declarations import declared  # noqa: PLC0415  # as above

    if database_url is None:
        raise click.UsageError("Name the database: --database-url URL, or the variable GAPLESS_DATABASE_URL.")
    with failures_told():
        about = declared(catalogue, revisions)
        found = check.checked(database_url, schema, about, pooler=pooler)
    click.echo(check.to_json(found) if as_json else check.as_lines(found), nl=as_json)
    click.echo(check.note(found, about.schema(schema)), err=True)
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
@REVISIONS_OPTION
@SCHEMA_OPTION
def grants(role: str, profile: str, catalogue: str | None, revisions: str | None, schema: str | None) -> None:
    """Print the script that gives ROLE the rights that its work needs, and no others; run it as the tables' owner."""
    from gapless.cli import grants  # noqa: PLC0415  # as above
    from gapless.cli.declarations import declared  # noqa: PLC0415  # as above

    with failures_told():
        printed = grants.script(role, profile, schema, declared(catalogue, revisions))
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

    The role has the profile JOBS of gapless.postgres.grants; one without its rights is refused before anything is
    touched: exit status 3.
    """
    from gapless.cli import cleanup  # noqa: PLC0415  # as above

    if database_url is None:
        raise click.UsageError("Name the database: --database-url URL, or the variable GAPLESS_DATABASE_URL.")
    with failures_told():
        report = cleanup.cleaned(
            database_url, schema, retention_days, lambda line: click.echo(line, err=True), pooler=pooler
        )
    click.echo(cleanup.to_json(report) if as_json else cleanup.as_text(report))
