"""The extensions of the server that definitions need, and the statement that creates one or says who may."""

from __future__ import annotations

from typing import ClassVar

import attrs

from gapless.adapters.postgres.sql.predicates import text_constant
from gapless.adapters.postgres.sql.text import indented

HOME = "public"
"""The schema that gets the extension's objects; not a catalogue's own, because other schemas use them as well."""


@attrs.frozen(kw_only=True)
class Extension:
    """An extension, which is created unless it is there. If that fails, the error names the remedy.

    Attributes:
        name: the name of the extension.
        whose: what needs it, as the subject of a sentence.
    """

    kind: ClassVar[str] = "extension"
    name: str
    whose: str

    @property
    def statements(self) -> tuple[str, ...]:
        """The statement that creates it unless it is there."""
        create = f"CREATE EXTENSION IF NOT EXISTS {self.name} WITH SCHEMA {HOME};"
        there = f"SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = {text_constant(self.name)}"
        body = f"IF NOT EXISTS ({there})\nTHEN\n    {create}\nEND IF;\n"
        handled = "\n".join(
            (
                # Another session created it at the same time.
                "WHEN unique_violation OR duplicate_object THEN\n    NULL;",
                f"WHEN insufficient_privilege THEN\n{indented(self._refusal('42501', self._unprivileged))}",
                f"WHEN invalid_schema_name THEN\n{indented(self._refusal('3F000', self._homeless))}",
                f"WHEN feature_not_supported OR undefined_file THEN\n{indented(self._refusal('0A000', self._missing))}",
            )
        )
        return (f"DO $$\nBEGIN\n{indented(body.strip())}\nEXCEPTION\n{indented(handled)}\nEND\n$$",)

    @property
    def _unprivileged(self) -> str:
        return (
            f"{self.whose} need the extension {self.name}, and %1$I has not the right CREATE on the database %2$I to "
            "make it: GRANT CREATE ON DATABASE %2$I TO %1$I, or let an administrator run there: "
            f"CREATE EXTENSION {self.name}"
        )

    @property
    def _homeless(self) -> str:
        return (
            f"{self.whose} need the extension {self.name}, and the database %2$I has no schema {HOME} for it: let an "
            f"administrator run there: CREATE EXTENSION {self.name} SCHEMA and the name of another one"
        )

    @property
    def _missing(self) -> str:
        return (
            f"{self.whose} need the extension {self.name}, which is not installed on the server of %2$I: it is one of "
            "those that come with PostgreSQL, in some distributions in a package called postgresql-contrib"
        )

    @staticmethod
    def _refusal(state: str, message: str) -> str:
        return (
            f"RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = pg_catalog.format({text_constant(message)},\n"
            "    current_user, pg_catalog.current_database());"
        )
