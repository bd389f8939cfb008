"""Stands beside a host's own Alembic, whose autogenerate looks at tables that gapless looks after as well.

Autogenerate compares the host's models with the database. It would drop what a catalogue has made and his models do not
have, and it sees no check, no trigger and no function, so that it misses none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy.schema import SchemaItem

from gapless.adapters.postgres.schema.creation import fingerprinted
from gapless.adapters.postgres.schema.tables import metadata
from gapless.adapters.postgres.sql.extensions import Extension
from gapless.adapters.postgres.sql.objects import DatabaseTable, Function
from gapless.adapters.postgres.verification.comparison import Declaration, differences_in
from gapless.kit import Catalogue

USUAL_SCHEMA = "public"
"""The schema of a table of which a host's models name none."""


@attrs.frozen
class Autogenerate:
    """What a host hands to `context.configure` of his own Alembic, so that autogenerate knows what gapless has made.

        rules = gapless.postgres.autogenerate(CALENDAR, schema="desk")
        context.configure(
            …,
            include_object=rules.include_object,
            process_revision_directives=rules.process_revision_directives,
        )

    Attributes:
        declaration: what the database has to have.
        report: is called with a sentence for each difference.
        own: by table, the names of the columns, indexes and constraints that the catalogue has made there.
    """

    declaration: Declaration
    report: Callable[[str], None]
    own: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, catalogue: Catalogue, schema: str, report: Callable[[str], None]) -> Autogenerate:
        """That of a catalogue in a schema.

        Raises:
            InvalidValue: the schema has no valid name.
        """
        tables = metadata(catalogue, schema)
        own = {table.name: {column.name for column in table.columns} for table in tables.tables.values()}
        for item, _ in fingerprinted(catalogue, schema):
            if not isinstance(item, Extension | Function | DatabaseTable):
                own[item.table].add(item.name)
        named = {table: frozenset(names) for table, names in own.items()}
        return cls(Declaration.of(catalogue, schema), report, named)

    def include_object(
        self,
        item: SchemaItem,
        name: str | None,
        type_: str,
        reflected: bool,
        compare_to: SchemaItem | None,  # Alembic passes it
    ) -> bool:
        """Whether autogenerate compares something: not what only the database has, if gapless has made it.

        Args:
            item: what it looks at.
            name: the name of that.
            type_: what it is: "table", "column", "index" and so on.
            reflected: whether it was found in the database.
            compare_to: what the host's models have in its place.
        """
        if not reflected or compare_to is not None:
            return True
        table = item if isinstance(item, sa.Table) else getattr(item, "table", None)
        if not isinstance(table, sa.Table) or (table.schema or USUAL_SCHEMA) != self.declaration.schema:
            return True
        return table.name not in self.own or (type_ != "table" and name not in self.own[table.name])

    def process_revision_directives(self, context: MigrationContext, _: object, __: object) -> None:
        """Reports what the database lacks of the catalogue, while a revision of the host's is generated."""
        connection = context.connection
        if connection is None:
            return  # a script without a database
        savepoint = connection.begin_nested()  # the comparison has a search path of its own
        try:
            for difference in differences_in(connection, self.declaration):
                self.report(f"{difference.sentence}.")
        finally:
            savepoint.rollback()
