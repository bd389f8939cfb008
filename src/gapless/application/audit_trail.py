"""Reads the audit trail: of a root, of one resource, of one user's actions, or from the archive."""

from collections.abc import Callable

import attrs

from gapless.application.arguments import require_root_key, require_user_id
from gapless.application.audit_records import resource_id as id_in_trail
from gapless.application.pages import DEFAULT_LIMIT, Page, page_of
from gapless.kit import Catalogue, all_of, descending
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord
from gapless.kit.ids import RootId, RowId, UserKey
from gapless.kit.ports import Store

AuditPage = Page[AuditRecord]
ArchivePage = Page[ArchivedAuditRecord]


@attrs.frozen(kw_only=True)
class AuditTrail:
    """Reads the audit trail in pages, newest first by the numbers of its records, whatever their times say.

    A root that does not exist has no trail; a soft-deleted one has a trail.

    Each listing takes `after`, the `next` of the page before or None for the first page, and `limit`, the greatest
    number of audit records, 1 to 1000. It may raise InvalidValue (a key is not of the type that roots have, the id of a
    user not of the type that these have, or `after` is not the `next` of this listing), QueryRefused (`limit` is not
    such a number) and StoreUnavailable.

    Args:
        store: the store that keeps the rows.
        catalogue: the catalogue of the store; it says of what type the keys of roots and the ids of users are.
    """

    _store: Store
    _catalogue: Catalogue

    async def of_root(
        self, root_id: RootId | None, *, after: str | None = None, before: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> AuditPage:
        """Everything that was recorded in the root; if None is given, what belongs to no root."""
        return await self._page(root_id, None, (after, before), limit, "root")

    async def of_resource(
        self,
        root_id: RootId | None,
        resource_type: str,
        resource_id: RowId,
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> AuditPage:
        """What happened to one row, by its `resource_type` ("clinic", "doctor") and its id.

        Raises:
            QueryRefused: no audit record can hold this type or this id.
        """

        def concerns(record: AuditRecord) -> bool:
            return all_of(record.resource_type == resource_type, record.resource_id == id_in_trail(resource_id))

        return await self._page(root_id, concerns, (after, before), limit, "resource")

    async def of_user(
        self,
        root_id: RootId | None,
        user_id: UserKey,
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> AuditPage:
        """What this user did; `of_resource` gives what was done to a user."""
        require_user_id(self._catalogue, user_id)
        return await self._page(root_id, lambda record: record.user_id == user_id, (after, before), limit, "user")

    async def of_purged_root(
        self, root_id: RootId, *, after: str | None = None, before: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> ArchivePage:
        """The archived trail of a root that was purged; for any other root it is empty."""
        require_root_key(self._catalogue, root_id)
        async with self._store.reading(root_id, of=self._catalogue.root.entity) as reading:
            return await page_of(
                reading.of(ArchivedAuditRecord), None, _newest_first, after, limit, listing="archive", before=before
            )

    async def _page(
        self,
        root_id: RootId | None,
        where: Callable[[AuditRecord], bool] | None,
        places: tuple[str | None, str | None],
        limit: int,
        listing: str,
    ) -> AuditPage:
        home = None
        if root_id is not None or not self._catalogue.trail.may_be_alone:
            require_root_key(self._catalogue, root_id)
            home = self._catalogue.root.entity
        async with self._store.reading(root_id, of=home) as reading:
            after, before = places
            return await page_of(
                reading.of(AuditRecord), where, _newest_first, after, limit, listing=listing, before=before
            )


def _newest_first(record: AuditRecord) -> object:
    return descending(record.number), descending(record.id)
