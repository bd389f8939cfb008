"""Asking for what is not there, and for pages that are none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import cast as typed

from gapless.bootstrap import Gapless
from gapless.demo.player import Player
from gapless.demo.story.cast import BILLING, Cast
from gapless.domain.calls import CallId
from gapless.domain.knowledge import KnowledgeItemId
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumberId
from gapless.kit.ids import UserId

TOO_MANY = 1001  # rows of a page
Asked = Mapping[str, Callable[[Gapless], Awaitable[object]]]


async def nothing_there(player: Player, cast: Cast) -> None:
    """Ids that belong to nothing here, an organization that is none, pages of no or of too many rows."""
    for asked in (_unknown(cast), _nowhere(cast), _no_pages(cast)):
        for step, use_case in asked.items():
            await player.play(step, use_case)


def _unknown(cast: Cast) -> Asked:
    home, actor = cast.organization_id, cast.actor
    user, number, item = UserId(home), PhoneNumberId(home), KnowledgeItemId(home)
    return {
        "read nobody": lambda app: app.members.get(home, user),
        "nobody is here": lambda app: app.members.seen(home, user),
        "reactivate nobody": lambda app: app.members.reactivate(home, user, actor=actor),
        "erase nobody": lambda app: app.members.erase(home, user, actor=actor),
        "restore nobody": lambda app: app.members.restore(home, user, actor=actor),
        "read no number": lambda app: app.phone_numbers.get(home, number),
        "put nothing aside": lambda app: app.knowledge.deactivate(home, item, actor=actor),
        "take nothing up": lambda app: app.knowledge.activate(home, item, actor=actor),
        "page after nothing": lambda app: app.calls.list_calls(home, after="nothing"),
        "payment of no event": lambda app: app.subscriptions.payment_succeeded(home, "a" * 201, actor=BILLING),
    }


def _nowhere(cast: Cast) -> Asked:
    nowhere, no_id = OrganizationId(cast.founder), typed(OrganizationId, str(cast.organization_id))
    return {
        "cancel nowhere": lambda app: app.subscriptions.cancel(nowhere, actor=BILLING),
        "store nowhere": lambda app: app.usage.add_storage(nowhere, 1),
        "delete nothing": lambda app: app.organizations.delete(nowhere, actor=cast.actor),
        "restore nothing": lambda app: app.organizations.restore(nowhere, actor=cast.actor),
        "mark nothing": lambda app: app.organizations.mark_for_erasure(nowhere, "gone", actor=cast.actor),
        "lift nothing": lambda app: app.organizations.lift_erasure(nowhere, actor=cast.actor),
        "count by no id": lambda app: app.calls.count_active(no_id),
    }


def _no_pages(cast: Cast) -> Asked:
    home = cast.organization_id
    return {
        "no page of numbers": lambda app: app.phone_numbers.list_numbers(home, limit=0),
        "no page of notes": lambda app: app.call_notes.list_notes(home, CallId(home), limit=-1),
        "too much knowledge": lambda app: app.knowledge.list_most_used(home, limit=TOO_MANY),
        "no deleted knowledge": lambda app: app.knowledge.list_deleted(home, limit=0),
        "too many invoices": lambda app: app.invoices.list_invoices(home, limit=TOO_MANY),
        "nobody deleted": lambda app: app.members.list_deleted(home, limit=0),
        "no page of the trail": lambda app: app.audit_trail.of_root(home, limit=0),
        "too much of a resource": lambda app: app.audit_trail.of_resource(home, "user", "a", limit=TOO_MANY),
        "no page of the archive": lambda app: app.audit_trail.of_purged_root(home, limit=0),
        "nothing of a user": lambda app: app.audit_trail.of_user(home, cast.founder, limit=0),
    }
