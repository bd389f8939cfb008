"""The options that several commands have in common."""

from __future__ import annotations

import click

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

SCHEMA_OPTION = click.option(
    "--schema",
    help="The PostgreSQL schema that holds the tables; if not given, that of the revisions: gapless.",
)
REVISIONS_OPTION = click.option(
    "--revisions",
    metavar="MODULE:NAME",
    help="The chain of revisions, as in own_service.migrations:REVISIONS; if not given, the revisions of gapless.",
)
CATALOGUE_OPTION = click.option(
    "--catalogue",
    metavar="MODULE:NAME",
    help="The entities and rules, as in own_service.rules:CALENDAR; if not given, the catalogue of gapless.",
)
