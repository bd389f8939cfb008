"""The commands for production, as a person types them.

Each does its work in a module of its own, which is loaded when the command is run. The demonstration and the test kit
have commands of their own, which `group` finds.
"""

from __future__ import annotations

from pathlib import Path

import click

from gapless.cli.failures import FINDINGS, PENDING, failures_told
from gapless.cli.group import Commands
from gapless.cli.options import CATALOGUE_OPTION, POOLER_OPTION, REVISIONS_OPTION, SCHEMA_OPTION, URL_OPTION


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gapless", message="%(prog)s %(version)s")
def gapless() -> None:
    """Integrity rules that are declared once, and enforced alike by every store.

    Exit status: 0 all is well, 1 findings, 2 usage, 3 no database to work on, 4 migrations are pending.
    """


@gapless.command()
@CATALOGUE_OPTION
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of lines.")
def rules(catalogue: str | None, as_json: bool) -> None:
    """List the rules with their id in the source, origin, name, kind, table, fields and message."""
    from gapless.cli.declarations import declared  # noqa: PLC0415  # only the command that is run is loaded
    from gapless.cli.rules import as_lines, listed, to_json  # noqa: PLC0415  # as above

    with failures_told():
        found = listed(declared(catalogue, None).catalogue)
    click.echo(to_json(found) if as_json else as_lines(found))


@gapless.command()
@URL_OPTION
@POOLER_OPTION
@REVISIONS_OPTION
@SCHEMA_OPTION
@click.option("--plan", "what", flag_value="plan", help="Only list the revisions that are pending.")
@click.option(
    "--sql",
    "what",
    flag_value="sql",
    help="Only print their script; without a URL the script of all revisions.",
)
@click.option("--check", "what", flag_value="check", help="Change nothing: exit status 4 if a revision is pending.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    metavar="N",
    help="How many seconds to wait at most for locks that others hold. Their holders are named on stderr.",
)
def migrate(
    database_url: str | None,
    pooler: bool,
    revisions: str | None,
    schema: str | None,
    what: str | None,
    seconds: float,
) -> None:
    """Bring the tables of gapless, or of other revisions, up to date in a database.

    The role has to own the schema, or must be allowed to create it; no profile of gapless.postgres.grants is enough.

    Exit status of --check: 0 it is up to date, 4 a revision is pending, 2 and 3 as of every command. A revision that
    the database refuses ends with 3 and is named with its line; nothing of its transaction is kept.
    """
    from gapless.cli import migrate  # noqa: PLC0415  # as above
    from gapless.cli.declarations import named_revisions  # noqa: PLC0415  # as above

    if database_url is None and what != "sql":
        raise click.UsageError("Name the database: give --database-url URL, or set the variable GAPLESS_DATABASE_URL.")
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
@click.option(
    "--revisions",
    metavar="MODULE:NAME",
    help="The chain of revisions, as in own_service.migrations:REVISIONS.",
)
@click.option(
    "--catalogue",
    metavar="MODULE:NAME",
    help="The entities and rules that the revisions make, where no --revisions say so; needs --into.",
)
@click.option(
    "--into",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the files lie; if not given, the package of the revisions.",
)
@click.option("--service", metavar="NAME", help="The name of the first revision: desk for desk_0001.")
@click.option("-m", "--message", metavar="SENTENCE", help="What the revision does; if not given, it says so itself.")
@click.option(
    "--rename",
    "renames",
    metavar="OLD=NEW",
    multiple=True,
    help="A table or column that has another name: rooms=wards, rooms.no=number. Both names as in the database.",
)
@click.option("--drop", "drops", metavar="NAME", multiple=True, help="A table or column that goes: beds, visits.room.")
@click.option(
    "--fill",
    "fills",
    metavar="COLUMN=SQL",
    multiple=True,
    help="What rows that are there get in a new or required column, or in one of another type: visits.room='A'.",
)
@click.option(
    "--tolerate",
    "tolerated",
    metavar="RULE",
    multiple=True,
    help="A rule that counts which rows may break that are there: a write is refused if it makes that worse.",
)
@click.option("--one-transaction", is_flag=True, help="Nothing goes ahead in steps of its own; others wait longer.")
@click.option("--print", "what", flag_value="print", help="Only print the SQL of the revision.")
@click.option("--check", "what", flag_value="check", help="Write nothing: exit status 1 if there is a difference.")
@click.option(
    "--describe",
    "what",
    flag_value="describe",
    help="Write the description that the newest revision lacks: the catalogue.",
)
def revision(  # noqa: PLR0913, PLR0917  # one parameter for each option
    revisions: str | None,
    catalogue: str | None,
    into: Path | None,
    service: str | None,
    message: str | None,
    renames: tuple[str, ...],
    drops: tuple[str, ...],
    fills: tuple[str, ...],
    tolerated: tuple[str, ...],
    what: str | None,
    *,
    one_transaction: bool,
) -> None:
    """Write the next revision, from the difference between the catalogue and what the last revision has made.

    It needs no database. What no difference shows has to be said: what has another name, what is lost with what is in
    it, and what rows get in a column that needs a value.
    """
    from gapless.cli import revision  # noqa: PLC0415  # as above

    with failures_told():
        decided = revision.decided(renames, drops, fills, tolerated)
        folder = revision.folder_of(revisions, catalogue, into)
        found = revision.written(folder, service, message, decided, what, online=not one_transaction)
    click.echo(found.data, nl=False)
    click.echo(found.note, err=True)
    if what == "check" and found.differs:
        raise click.exceptions.Exit(FINDINGS)


@gapless.command()
@CATALOGUE_OPTION
@REVISIONS_OPTION
@URL_OPTION
@POOLER_OPTION
@SCHEMA_OPTION
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of sentences instead of lines.")
def check(
    catalogue: str | None,
    revisions: str | None,
    database_url: str | None,
    pooler: bool,
    schema: str | None,
    as_json: bool,
) -> None:
    """Check whether a database enforces every rule that a catalogue declares.

    Each difference is one line; exit status 1 if there are any. Nothing is changed. A role of any profile is enough,
    and so is a role that may only read.
    """
    from gapless.cli import check  # noqa: PLC0415  # as above
    from gapless.cli.declarations import declared  # noqa: PLC0415  # as above

    if database_url is None:
        raise click.UsageError("Name the database: give --database-url URL, or set the variable GAPLESS_DATABASE_URL.")
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
    help="What the role is for: jobs may also purge, deliver events, and set and lift the mark for erasure.",
)
@CATALOGUE_OPTION
@REVISIONS_OPTION
@SCHEMA_OPTION
def grants(role: str, profile: str, catalogue: str | None, revisions: str | None, schema: str | None) -> None:
    """Print the script that gives ROLE the rights that its work needs, and no others; the tables' owner runs it."""
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
    help="For how many days deleted rows are kept.",
)
@CATALOGUE_OPTION
@REVISIONS_OPTION
@URL_OPTION
@POOLER_OPTION
@SCHEMA_OPTION
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def cleanup(
    retention_days: int,
    catalogue: str | None,
    revisions: str | None,
    database_url: str | None,
    pooler: bool,
    schema: str | None,
    as_json: bool,
) -> None:
    """Purge what was deleted long enough ago; run it by a scheduler.

    What a rule keeps, such as a root with invoices, is named in the report, and is not a failure. If a run is
    stopped, the next one goes on.

    The role needs the profile JOBS of gapless.postgres.grants; a role without these rights is refused before anything
    is removed, with exit status 3.
    """
    from gapless.cli import cleanup  # noqa: PLC0415  # as above
    from gapless.cli.declarations import declared  # noqa: PLC0415  # as above

    if database_url is None:
        raise click.UsageError("Name the database: give --database-url URL, or set the variable GAPLESS_DATABASE_URL.")
    with failures_told():
        about = declared(catalogue, revisions)
        report = cleanup.cleaned(
            database_url, about, schema, retention_days, lambda line: click.echo(line, err=True), pooler=pooler
        )
    click.echo(cleanup.to_json(report) if as_json else cleanup.as_text(report, about.catalogue))
