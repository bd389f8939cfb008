"""No error tells what a row holds: neither in its text nor in the driver's error that a traceback shows beside it."""

import traceback
from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gapless.adapters.postgres import PostgresStore, errors
from gapless.domain.users import User
from gapless.kit import model_of
from gapless.kit.errors import GaplessError
from tests.properties import Portal, bounded
from tests.voice.rows import IDS, a_user, an_audit_record, an_owner, created, fresh_id

SECRET = "s3cret"  # noqa: S105  # of nobody
BREACHES: list[dict[str, object]] = [
    {"email": f"{SECRET}@@acme.org"},
    {"email": SECRET.upper() + "@acme.org"},
    {"email": f"{SECRET}@acme.org" + "x" * 300},
    {"email": f"taken-{SECRET}@acme.org"},
    {"name": SECRET * 30},
    {"name": SECRET + "\0"},
    {"name": None},
    {"role": SECRET},
    {"language": SECRET},
    {"is_active": SECRET},
    {"last_seen_at": SECRET},
    {"deleted_by": SECRET},
    {"deactivation_reason": SECRET * 100},
    {"is_deleted": True},
    {"version": SECRET},
    {"deletion_id": "00000000-0000-0000-0000-00000000000g"},
]


@bounded(40)
@given(breaches=st.lists(st.sampled_from(BREACHES), min_size=1, max_size=3), write=st.sampled_from(["add", "save"]))
def test_errors_tell_no_contents(
    portal: Portal, store: PostgresStore, breaches: list[Mapping[str, object]], write: str
) -> None:
    """Whatever rule is broken by whatever value, the value stands nowhere in the error."""
    assume(write == "save" or breaches != [{"version": SECRET}] * len(breaches))  # which a store gives anew

    async def refused() -> GaplessError:
        organization = await created(store)
        audit = an_audit_record(organization.id)
        async with store.unit(organization.id) as unit:
            await unit.of(User).add(a_user(organization.id, email=f"taken-{SECRET}@acme.org"), audit)
            user = a_user(organization.id, name=SECRET, deactivation_reason=SECRET)
            if write == "save":
                user = await unit.of(User).add(user, audit)
            changes = {name: value for breach in breaches for name, value in breach.items()}
            with pytest.raises(GaplessError) as caught:
                await getattr(unit.of(User), write)(model_of(User).evolved(user, changes), audit)
            return caught.value

    assert_tells_nothing(portal(refused()))


def assert_tells_nothing(error: GaplessError) -> None:
    """That the secret is in nothing that a log or an answer would show."""
    shown = [str(error), repr(error), str(error.to_dict()), *traceback.format_exception(error, limit=0)]
    assert SECRET not in "".join(shown).lower()
    assert error.message


@pytest.mark.asyncio
async def test_a_driver_that_tells_is_noticed(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the driver's error kept what the server says of the row, this test would see it."""
    monkeypatch.setattr(errors, "_forget_contents", lambda *_: None)
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        broken = model_of(User).evolved(a_user(organization.id, name=SECRET), {"email": "no address"})
        with pytest.raises(GaplessError) as caught:
            await unit.of(User).add(broken, an_audit_record(organization.id))
    with pytest.raises(AssertionError):
        assert_tells_nothing(caught.value)


@pytest.mark.asyncio
async def test_refused_commit_tells_nothing(store: PostgresStore) -> None:
    """What a deferred rule refuses tells nothing of the rows."""
    organization = await created(store)
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id, name=SECRET), an_audit_record(organization.id))
        await unit.of(User).delete_where(
            lambda user: user.role == an_owner(fresh_id()).role, an_audit_record(organization.id)
        )
        with pytest.raises(GaplessError) as caught:
            await unit.commit()
    assert_tells_nothing(caught.value)


@pytest.mark.asyncio
async def test_references_tell_nothing(store: PostgresStore) -> None:
    """A key that is taken, or refers to nothing, is told by its rule alone."""
    organization = await created(store)
    taken = IDS.new()
    async with store.unit(organization.id) as unit:
        await unit.of(User).add(a_user(organization.id, id=taken), an_audit_record(organization.id))
        with pytest.raises(GaplessError) as caught:
            await unit.of(User).add(a_user(organization.id, id=taken), an_audit_record(organization.id))
    assert str(taken) not in "".join([str(caught.value), *traceback.format_exception(caught.value, limit=0)])
