"""What each contender can do: the works of the benchmarks, in the way that is best for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import attrs

from gapless.domain.organizations import OrganizationId
from gapless.domain.users import Role
from gapless.kit.ids import UserId


@attrs.frozen
class Page:
    """A page of calls.

    Attributes:
        rows: the calls, newest first, as the contender gives them.
        after: where the next page begins, in the contender's own words; None if this was the last.
    """

    rows: Sequence[object]
    after: object


class Contender(Protocol):
    """Does the works on one set of tables."""

    async def get_user(self, home: OrganizationId, user_id: UserId) -> object:
        """Reads a user by its id."""

    async def change_role(self, home: OrganizationId, user_id: UserId, role: Role) -> object:
        """Gives a user another role under the organization's lock, with an audit record, and returns the user."""

    async def list_calls(self, home: OrganizationId, number: int) -> Sequence[object]:
        """Reads the newest calls."""

    async def page(self, home: OrganizationId, size: int, after: object) -> Page:
        """Reads a page of the calls, the first one if `after` is None."""

    async def add_calls(self, home: OrganizationId, number: int) -> object:
        """Makes so many calls that are over, and adds them."""

    async def delete(self, home: OrganizationId) -> object:
        """Soft-deletes an organization with its users, and releases its numbers, with an audit record."""


Opened = Callable[[str, int], AbstractAsyncContextManager[Contender]]


@attrs.frozen(kw_only=True)
class Entry:
    """A contender before it is opened.

    Attributes:
        name: how it is called.
        opened: opens it, for the address of a database and the size of its pool.
        schema: the set of tables that it works on.
        has_events: whether it tells the outside of what it did, by the outbox.
    """

    name: str
    opened: Opened
    schema: str
    has_events: bool = False
