"""The use cases around the knowledge base: items are added, edited, used, switched, deleted and restored."""

from collections.abc import Callable
from datetime import timedelta

import attrs

from gapless.application.arguments import require_ids
from gapless.application.audit_records import Recorder
from gapless.application.changes import change_row
from gapless.application.pages import DEFAULT_LIMIT, Page, page_of
from gapless.application.retention import DEFAULT_RETENTION, require_restorable
from gapless.domain.knowledge import KnowledgeItem, KnowledgeItemId
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import all_of, descending
from gapless.kit.audit import Actor
from gapless.kit.booleans import require_boolean
from gapless.kit.errors import InvalidState
from gapless.kit.ports import Clock, IdFactory, Store
from gapless.kit.soft_deletion import deleted, restored

KnowledgePage = Page[KnowledgeItem]


@attrs.frozen(kw_only=True)
class KnowledgeBase:
    """Keeps the questions that callers ask, with their answers.

    Every use case may also raise InvalidValue (what is given is not an id, or not an actor), ConcurrencyConflict,
    DeadlineExceeded, CommitUnknown and StoreUnavailable; see `gapless.retrying`. NotFound is raised as well if the
    organization is not there. A use case that would change nothing writes nothing and adds no audit record.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
        retention: how long after its deletion an item can be restored.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory
    _retention: timedelta = DEFAULT_RETENTION

    async def add(
        self, organization_id: OrganizationId, question: str, answer: str, category: str, *, actor: Actor
    ) -> KnowledgeItem:
        """Adds an item, active from the start.

        Args:
            organization_id: whose knowledge base it is.
            question: 10 to 500 characters.
            answer: 10 to 5000 characters.
            category: 1 to 50 characters, in the host's own words.
            actor: who acts.

        Returns:
            The item, as stored.

        Raises:
            NotFound: there is no such organization, or it is deleted.
            RuleViolated: `check_question_length`, `check_answer_length`, `knowledge_items_category_length`.
        """
        require_ids(organization_id=organization_id)
        async with self._store.unit(organization_id) as unit:
            recorder = self._recorder(actor)
            await unit.of(Organization).get(organization_id)
            item = KnowledgeItem(
                organization_id=organization_id,
                id=KnowledgeItemId(self._ids.new()),
                created_at=recorder.at,
                question=question,
                answer=answer,
                category=category,
            )
            added = await unit.of(KnowledgeItem).add(item, recorder.audit("knowledge_item.added", None, item))
            await unit.commit()
        return added

    async def edit(
        self,
        organization_id: OrganizationId,
        item_id: KnowledgeItemId,
        *,
        question: str | None = None,
        answer: str | None = None,
        category: str | None = None,
        actor: Actor,
    ) -> KnowledgeItem:
        """Gives an item other texts; an argument that is None leaves its text as it is.

        Raises:
            NotFound: there is no such item, or it is deleted.
            RuleViolated: one of the rules of `add`.
        """

        def edited(item: KnowledgeItem, _: Recorder) -> KnowledgeItem:
            return item.edited(
                item.question if question is None else question,
                item.answer if answer is None else answer,
                item.category if category is None else category,
            )

        return await self._change(organization_id, item_id, "knowledge_item.edited", edited, actor)

    async def use(self, organization_id: OrganizationId, item_id: KnowledgeItemId) -> KnowledgeItem:
        """Counts one use of an item to answer a caller; this is not audited.

        Raises:
            NotFound: there is no such item, or it is deleted.
            InvalidState: the item is not active.
        """
        require_ids(organization_id=organization_id, item_id=item_id)
        async with self._store.unit(organization_id) as unit:
            items = unit.of(KnowledgeItem)
            before = await items.get(item_id)
            if not before.is_active:
                raise InvalidState("KnowledgeItem", before.id, f"KnowledgeItem {before.id} is not active.")
            used = await items.save_unaudited(before.used(self._clock.now()))
            await unit.commit()
        return used

    async def activate(
        self, organization_id: OrganizationId, item_id: KnowledgeItemId, *, actor: Actor
    ) -> KnowledgeItem:
        """Offers an item to the AI again; an active item stays as it is.

        Raises:
            NotFound: there is no such item, or it is deleted.
        """
        return await self._change(
            organization_id, item_id, "knowledge_item.activated", lambda item, _: item.switched(True), actor
        )

    async def deactivate(
        self, organization_id: OrganizationId, item_id: KnowledgeItemId, *, actor: Actor
    ) -> KnowledgeItem:
        """No longer offers an item to the AI; an inactive item stays as it is.

        Raises:
            NotFound: there is no such item, or it is deleted.
        """
        return await self._change(
            organization_id, item_id, "knowledge_item.deactivated", lambda item, _: item.switched(False), actor
        )

    async def delete(self, organization_id: OrganizationId, item_id: KnowledgeItemId, *, actor: Actor) -> KnowledgeItem:
        """Soft-deletes an item (GAP-212).

        Returns:
            The deleted item, as stored.

        Raises:
            NotFound: there is no such item, or it is deleted already.
        """
        return await self._change(
            organization_id,
            item_id,
            "knowledge_item.deleted",
            lambda item, recorder: deleted(item, recorder.deletion()),
            actor,
        )

    async def restore(
        self, organization_id: OrganizationId, item_id: KnowledgeItemId, *, actor: Actor
    ) -> KnowledgeItem:
        """Restores a deleted item, active or inactive and as often used as before (GAP-212).

        Raises:
            NotFound: there is no such item, or its organization is deleted.
            InvalidState: the item is not deleted.
            RetentionExpired: the item was deleted too long ago.
        """
        require_ids(organization_id=organization_id, item_id=item_id)
        async with self._store.unit(organization_id) as unit:
            recorder = self._recorder(actor)
            await unit.of(Organization).get(organization_id)
            before = await unit.of(KnowledgeItem).get(item_id, include_deleted=True)
            require_restorable(before, self._retention, recorder.at)
            after = restored(before)
            audit = recorder.audit("knowledge_item.restored", before, after)
            stored = await unit.of(KnowledgeItem).save(after, audit)
            await unit.commit()
        return stored

    async def get(self, organization_id: OrganizationId, item_id: KnowledgeItemId) -> KnowledgeItem:
        """Reads an item as it is now, active or not.

        Raises:
            NotFound: there is no such item, or it is deleted.
        """
        require_ids(organization_id=organization_id, item_id=item_id)
        async with self._store.reading(organization_id) as reading:
            return await reading.of(KnowledgeItem).get(item_id)

    async def list_by_category(
        self,
        organization_id: OrganizationId,
        category: str,
        *,
        active_only: bool = False,
        after: str | None = None,
        before: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> KnowledgePage:
        """Lists the items of a category, in the order of their ids.

        With the ids that are made by default this is the order in which they were added.

        Args:
            organization_id: whose knowledge base it is; an organization that is not there, or is deleted, has no items.
            category: the category, written exactly as in the items.
            active_only: whether inactive items are left out.
            after: `next` of the page before; None for the first page.
            before: `previous` of the page behind, to go backwards; None to go forwards.
            limit: how many at most, 1 to 1000.

        Raises:
            InvalidValue: `active_only` is neither True nor False, `after` is no `next` of this listing, or `before` no
                `previous`.
            QueryRefused: the limit is not a whole number from 1 to 1000, or no item can have the category.
        """

        def listed(item: KnowledgeItem) -> bool:
            in_category = item.category == category
            return all_of(in_category, item.is_active) if active_only else in_category

        require_ids(organization_id=organization_id)
        require_boolean("active_only", active_only)
        async with self._store.reading(organization_id) as reading:
            return await page_of(
                reading.of(KnowledgeItem), listed, None, after, limit, listing="category", before=before
            )

    async def list_most_used(
        self,
        organization_id: OrganizationId,
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> KnowledgePage:
        """Lists the items, active or not, the most used first; equally used items are in the order of their ids.

        A page goes on where the page before ended, even if items are used meanwhile: an item that is used moves
        forward, and is not listed again. Arguments and errors are those of `list_by_category`.
        """
        require_ids(organization_id=organization_id)
        async with self._store.reading(organization_id) as reading:
            return await page_of(
                reading.of(KnowledgeItem),
                lambda item: item.is_live,
                lambda item: descending(item.usage_count),
                after,
                limit,
                listing="most used",
                before=before,
            )

    async def list_deleted(
        self,
        organization_id: OrganizationId,
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> KnowledgePage:
        """Lists the deleted items, in the order of their ids, also those of a deleted organization.

        Raises:
            InvalidValue: `after` is not the `next` of a page of this listing, or `before` not the `previous`.
            QueryRefused: the limit is not a whole number from 1 to 1000.
        """
        require_ids(organization_id=organization_id)
        async with self._store.reading(organization_id) as reading:
            items = reading.of(KnowledgeItem)
            return await page_of(
                items,
                lambda item: item.is_deleted,
                None,
                after,
                limit,
                include_deleted=True,
                listing="deleted",
                before=before,
            )

    async def _change(
        self,
        organization_id: OrganizationId,
        item_id: KnowledgeItemId,
        action: str,
        change: Callable[[KnowledgeItem, Recorder], KnowledgeItem],
        actor: Actor,
    ) -> KnowledgeItem:
        require_ids(organization_id=organization_id, item_id=item_id)
        return await change_row(
            self._store, organization_id, KnowledgeItem, item_id, action, change, lambda: self._recorder(actor)
        )

    def _recorder(self, actor: Actor) -> Recorder:
        return Recorder(self._ids, self._clock.now(), actor)
