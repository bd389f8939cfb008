"""The store: what opens units of work and readings, for as long as the application runs."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from gapless.kit.ids import RootId
from gapless.kit.ports.reading import Reading
from gapless.kit.ports.system_scope import SystemUnit
from gapless.kit.ports.units import UnitOfWork
from gapless.kit.rights import Uses


class Store(Protocol):
    """Keeps the rows, for as long as the application runs."""

    def unit(
        self, root_id: RootId | None = None, *, of: type | None = None, seconds: float | None = None
    ) -> UnitOfWork:
        """Gives a unit of work of one root; entering it waits for the root's lock.

        It reads and writes the shared rows as well. Without a root it takes no lock, and reads and writes only these,
        and rows whose field for their root is null.

        Args:
            root_id: the key of the root whose rows the unit reads and writes; None for a unit without a root,
                which a catalogue with shared rows, or with rows of nobody, has.
            of: the entity of the root, where the catalogue has several; None for the first one.
            seconds: how many seconds the whole unit may take; None for the store's own limit.

        Raises:
            InvalidValue: `of` is no root of the catalogue, or the catalogue has no root.
        """
        ...

    def creating(self, root_id: RootId, *, of: type | None = None, seconds: float | None = None) -> UnitOfWork:
        """Gives the unit of work that creates a root; it takes no lock, because there is no row yet.

        Args:
            root_id: the key of the new root.
            of: as for `unit`.
            seconds: as for `unit`.

        Raises:
            InvalidValue: as for `unit`.
        """
        ...

    def reading(
        self,
        root_id: RootId | None = None,
        *,
        of: type | None = None,
        snapshot: bool = False,
        seconds: float | None = None,
    ) -> AbstractAsyncContextManager[Reading]:
        """Gives reads of one root, and of the shared rows; without a root, of these alone.

        Args:
            root_id: the key of the root whose rows are read; None for reads without a root.
            of: as for `unit`.
            snapshot: whether all reads see the same moment; otherwise each sees the newest committed state.
            seconds: how many seconds the whole snapshot may take, or without a snapshot each read; None for the store's
                own limit.
        """
        ...

    def system(self) -> SystemUnit:
        """Gives a unit of work over all roots, for jobs."""
        ...

    async def require_rights(self, *jobs: Uses) -> None:
        """Refuses a job before it begins if it lacks a right that it will need; a store without roles refuses nobody.

        Args:
            jobs: the rows that the job reads and writes.

        Raises:
            DeclarationError: one of the entities is not in the catalogue.
            AccessDenied: the store's role lacks a right; the message names each one that is missing.
        """
        ...

    async def require_not_ahead(self, at: datetime) -> None:
        """Refuses a time that is ahead of the store's own clock, before rows are removed for good because of it.

        Args:
            at: the time in UTC, read from a clock a moment ago.

        Raises:
            ClockSkewed: it is ahead by more than `Limits.clock` allows.
            StoreUnavailable: the store was closed, or can't be reached.
        """
        ...

    async def aclose(self) -> None:
        """Closes the store: whoever opens a unit or a reading afterwards gets StoreUnavailable.

        What is open already runs to its end. It is no error to close a store twice.
        """
        ...
