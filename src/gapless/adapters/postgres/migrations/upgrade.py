"""An upgrade that somebody asks for: which revisions, in which schema, and how long it may wait for others."""

from __future__ import annotations

import attrs
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gapless.adapters.postgres.migrations.blocking import Report, Waiting
from gapless.adapters.postgres.migrations.chain import Chain, Revision, read_chain
from gapless.adapters.postgres.migrations.state import require_not_too_new, revision_of
from gapless.adapters.postgres.sql.text import checked_schema, qualified
from gapless.kit import Revisions


class Progress:
    """How far an upgrade has come.

    Attributes:
        executed: the revisions whose statements were all executed in this attempt, in their order.
        has_begun: whether a statement of any revision was sent, in this attempt or an earlier one.
    """

    def __init__(self) -> None:
        self.executed: list[Revision] = []
        self.has_begun = False


@attrs.frozen
class Upgrade:
    """What is brought where: the revisions of a chain up to a target, in a schema, for as long as it may wait."""

    chain: Chain
    schema: str
    target: Revision
    waiting: Waiting
    progress: Progress = attrs.field(factory=Progress)

    @classmethod
    def to(cls, revisions: Revisions, schema: str, revision: str, seconds: float, report: Report) -> Upgrade:
        """The upgrade to a revision.

        Raises:
            InvalidValue: there is no such revision, no schema can have that name, or the seconds can't be waited.
            DeclarationError: the revisions can't be read.
        """
        chain, schema = read_chain(revisions), checked_schema(schema)
        return cls(chain, schema, chain.named(revision), Waiting(schema, seconds, report))

    @property
    def declared(self) -> Revisions:
        """The chain as it was declared."""
        return self.chain.declared

    def turn(self) -> sa.TextClause:
        """The statement that takes the turn: the lock of the version table, until its transaction ends."""
        table = qualified(self.schema, self.declared.version_table)
        return sa.text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")

    def completing(self, revision: Revision) -> Upgrade:
        """The upgrade by the last step of a revision, whose others were carried out."""
        chain = self.chain.completing(revision)
        return attrs.evolve(self, chain=chain, target=chain.named(revision.name))

    def left(self, connection: Connection) -> list[Revision]:
        """The revisions that the database lacks.

        Raises:
            DatabaseTooNew: it has one that the chain has not.
        """
        revision = revision_of(connection, self.declared, self.schema)
        require_not_too_new(revision, self.declared, self.schema)
        return self.chain.after(revision, self.target)
