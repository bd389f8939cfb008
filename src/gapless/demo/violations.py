"""Violations of the voice service's rules that do not follow from how they are declared, beside those that do.

Every rule of the service has some that are derived; these are further ways that people have thought of. A rule of which
none can be derived is broken here.
"""

from __future__ import annotations

import attrs

from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.domain.values import EmailAddress
from gapless.kit.assignments import assign
from gapless.kit.ids import DeletionId
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import Deletion, deleted
from gapless.testing.counterexamples.attempts import PlainSql, StepViolation
from gapless.testing.fixtures import Fixture
from gapless.testing.steps import add, change, changed, save
from gapless.testing.strategies.proposals import MOMENT

PLACE = "WRITTEN in gapless/demo/violations.py"
"""Where a violation is written, for the sentence of a rule that lacks one."""


def _namesake(fixture: Fixture) -> Organization:
    return attrs.evolve(fixture.row(Organization), slug=fixture.there(Organization).slug)


async def _take_slug_of_deleted(store: Store, fixture: Fixture) -> None:
    deletion = Deletion(id=DeletionId(fixture.ids.new()), at=MOMENT, by=None)
    await save(store, fixture, deleted(fixture.there(Organization), deletion))
    await add(store, fixture, _namesake(fixture))


async def _one_address_for_all(store: Store, fixture: Fixture) -> None:
    address = EmailAddress("all@acme.example")
    async with store.unit(fixture.root_key) as unit:
        await unit.of(User).add(fixture.row(User), fixture.audit())
        await unit.of(User).update_where(
            lambda user: user.is_live, lambda user: (assign(user.email, address),), fixture.audit()
        )
        await unit.commit()


async def _store_more_past_quota(store: Store, fixture: Fixture) -> None:
    """What is used stays when the quota shrinks below it, but does not grow."""
    used = await changed(store, fixture, fixture.there(Organization), {"used_storage": 2})
    shrunk = await changed(store, fixture, used, {"storage_quota": 1})
    await changed(store, fixture, shrunk, {"used_storage": 3})


def _stored_more_past_quota(fixture: Fixture) -> tuple[PlainSql, ...]:
    steps = ({"used_storage": 2}, {"storage_quota": 1}, {"used_storage": 3})
    return tuple(change(fixture.root, step) for step in steps)


WRITTEN = (
    StepViolation("organizations_slug_unique", "take the slug of a deleted one", _take_slug_of_deleted),
    StepViolation("users_email_unique", "one address for all", _one_address_for_all),
    StepViolation(
        "storage_quota",
        "use yet more when the quota has shrunk",
        _store_more_past_quota,
        sql=_stored_more_past_quota,
    ),
)
"""The violations that are given along with those that are derived."""
