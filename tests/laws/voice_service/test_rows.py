"""What the laws have no part for: rows of the voice service that enter, and lists of ids."""

from typing import Any

import attrs
import pytest

from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.subscriptions import Subscription
from gapless.kit.errors import RuleViolated
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import deleted
from gapless.testing.laws.plain_values import assert_plain, every_manner, worn
from gapless.testing.laws.rows import a_deletion, an_audit_record
from gapless.testing.subclasses import Manner
from tests.voice.rows import TEAM, a_subscription, a_user, an_item

pytestmark = pytest.mark.asyncio


async def test_knowledge_does_not_enter_a_deleted_organization(store: Store) -> None:
    """Also what is deleted itself, and so hidden, does not enter an organization that is deleted."""
    organization = await TEAM.created(store)
    home = organization.id
    async with store.unit(home) as unit:
        await unit.of(TEAM.root).save(deleted(organization, a_deletion()), an_audit_record(home))
        await unit.commit()
    async with store.unit(home) as unit:
        with pytest.raises(RuleViolated, match="live_organization"):
            await unit.of(KnowledgeItem).add(deleted(an_item(home), a_deletion()), an_audit_record(home))


@every_manner
async def test_lists_of_a_subscription_are_kept_as_plain_ones(store: Store, manner: Manner) -> None:
    """Who is to leave with a smaller plan is kept as plain ids, whatever class they came as."""
    home = (await TEAM.created(store)).id
    leaving: dict[str, Any] = {"scheduled_plan": "starter", "scheduled_users_to_deactivate": (a_user(home).id, home)}
    held = a_subscription(home, **leaving)
    async with store.unit(home) as unit:
        await unit.of(Subscription).add(Subscription(**worn(held, manner)), an_audit_record(home))
        await unit.commit()
    async with store.reading(home) as reading:
        (kept,) = await reading.of(Subscription).find()
    assert_plain(kept)
    assert kept == attrs.evolve(held, version=1)
