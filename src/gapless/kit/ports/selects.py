"""The host's own SELECTs in a reading: what it asks in SQL, and who answers it in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gapless.kit.ports.reading import Reading


class SelectedMappings(Protocol):
    """The rows of an answer, each as a mapping from the names of its columns."""

    def all(self) -> Sequence[Mapping[str, object]]:
        """All rows."""
        ...

    def one(self) -> Mapping[str, object]:
        """The only row."""
        ...


class SelectedRows(Protocol):
    """The rows of an answer, as SQLAlchemy's `Result` gives them."""

    def all(self) -> Sequence[Sequence[object]]:
        """All rows, each as a tuple of its columns."""
        ...

    def one(self) -> Sequence[object]:
        """The only row."""
        ...

    def scalar_one(self) -> object:
        """The first column of the only row."""
        ...

    def mappings(self) -> SelectedMappings:
        """The same rows as mappings."""
        ...


class SelectConnection(Protocol):
    """Asks statements of the host's own in the snapshot of a reading.

    On PostgreSQL it is SQLAlchemy's AsyncConnection, which can do more.
    """

    async def execute(self, statement: object, parameters: Mapping[str, object] | None = None, /) -> SelectedRows:
        """Asks a statement.

        Args:
            statement: a statement of SQLAlchemy, such as `sa.text("SELECT …")`.
            parameters: its parameters by name; None without any.

        Returns:
            The rows.
        """
        ...

    async def scalar(self, statement: object, parameters: Mapping[str, object] | None = None, /) -> object:
        """Asks a statement; the first column of its first row, or None if there is none."""
        ...


class SqlAnswer(Protocol):
    """Answers the host's own SELECTs in memory, where no SQL is understood: `gapless.open("memory:", sql=answer)`."""

    def __call__(
        self, statement: object, parameters: Mapping[str, object] | None, reading: Reading, /
    ) -> Awaitable[Iterable[Mapping[str, object]]]:
        """Answers one statement.

        Args:
            statement: the statement, as it was given.
            parameters: the parameters, as they were given.
            reading: the reading in which it is asked; its repositories show the same snapshot.

        Returns:
            The rows, each by the names of its columns, in the order of the statement's columns.
        """
        ...
