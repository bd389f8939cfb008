"""Law 11: of several broken rules the error names one of the earliest group, exactly for those over one row."""

from collections.abc import Mapping

import pytest
from hypothesis import strategies as st

from gapless.domain.organizations import Organization
from gapless.domain.users import User
from gapless.kit import model_of, violations
from gapless.kit.columns import BigInteger
from gapless.kit.errors import RuleViolated
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import deleted
from gapless.testing.laws.examples import every_example
from gapless.testing.refusals import told_by
from gapless.testing.voice.hosted import Document, Folder
from gapless.testing.voice.rows import NOW, a_deletion, a_document, a_folder, a_user, an_entry, founded, fresh_id

# For each field of a user what can't be stored, none at all where one is required, and what checks refuse.
FAULTS: dict[str, list[object]] = {
    "email": ["\0", None, "A@B.C", "no address", "x" * 260],
    "name": ["\ud800", None, "x", "x" * 101],
    "role": ["OW\0NER", None, "KING"],
    "language": [7, None, "de"],
    "is_active": ["true", None],
    "deactivation_reason": ["\0", "x" * 501],
    "created_at": [NOW.replace(tzinfo=None), None],
    "deleted_at": [NOW, NOW.replace(tzinfo=None)],
    "deleted_by": ["1"],
}
faults = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in FAULTS.items()})


async def test_first_rule_over_one_row(store: Store) -> None:
    """Whatever combination of faults a row has, a store names the very rule that the domain names first."""

    async def refused(planted: Mapping[str, object]) -> None:
        organization = await founded(store)
        model, user = model_of(User), a_user(organization.id)
        values = dict(zip((column.name for column in model.columns), model.values(user), strict=True))
        expected = violations(User, {**values, **planted})[0]
        row = model.unjudged({**values, **planted})
        for several in (False, True):
            async with store.unit(organization.id) as unit:
                entry = an_entry(organization.id)
                writing = unit.of(User).add_all([row], entry) if several else unit.of(User).add(row, entry)
                with pytest.raises(RuleViolated) as caught:
                    await writing
            assert told_by(caught.value) == told_by(expected)

    await every_example(30, faults.filter(bool), refused)


async def test_first_rule_of_a_save(store: Store) -> None:
    """A save that breaks several rules is refused by the first, as an addition is."""

    async def refused(planted: Mapping[str, object]) -> None:
        organization = await founded(store)
        model = model_of(User)
        async with store.unit(organization.id) as unit:
            user = await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
            broken = model.replaced(user, planted)
            values = dict(zip((column.name for column in model.columns), model.values(broken), strict=True))
            with pytest.raises(RuleViolated) as caught:
                await unit.of(User).save(broken, an_entry(organization.id))
        assert told_by(caught.value) == told_by(violations(User, values)[0])

    await every_example(30, faults.filter(bool), refused)


async def test_groups_in_their_order(store: Store) -> None:
    """A check goes before a unique rule, that before a reference, that before a rule over a change, or of entry."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        taken = await unit.of(Folder).add(a_folder(organization.id))
        await unit.commit()
    nobody = fresh_id()
    twice = {"name": taken.name, "owner_id": nobody, "parent_id": nobody}
    for values, expected in (
        ({**twice, "label": "NO"}, {"folders_label_form"}),
        ({**twice, "id": taken.id}, {"folders_name_unique", "folders_organization_id_id_unique"}),
        (twice, {"folders_name_unique"}),
        ({**twice, "name": "free"}, {"folders_owner_id_fkey", "folders_parent_id_fkey"}),
    ):
        row = model_of(Folder).replaced(a_folder(organization.id), values)
        async with store.unit(organization.id) as unit:
            with pytest.raises(RuleViolated) as caught:
                await unit.of(Folder).add(row)
        assert caught.value.rule in expected
    beyond = {"used_storage": BigInteger(organization.storage_quota + 1), "slug": (await founded(store)).slug}
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match="organizations_slug_unique"):
            await unit.of(Organization).save(
                model_of(Organization).replaced(organization, beyond), an_entry(organization.id)
            )
    async with store.unit(organization.id) as unit:
        await unit.of(Organization).save(deleted(organization, a_deletion()), an_entry(organization.id))
        with pytest.raises(RuleViolated, match="folders_owner_id_fkey"):
            await unit.of(Folder).add(a_folder(organization.id, owner_id=nobody))


async def test_error_of_a_rule(store: Store) -> None:
    """The error of a rule says its name, its source, the entity and the fields: the same in every store."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        user = await unit.of(User).add(a_user(organization.id), an_entry(organization.id))
        with pytest.raises(RuleViolated) as caught:
            await unit.of(User).add(a_user(organization.id, email=user.email), an_entry(organization.id))
    assert told_by(caught.value) == {
        "code": "rule_violated",
        "message": "Another member of the organization has this address.",
        "rule": "users_email_unique",
        "source": "",
        "entity": "User",
        "fields": ["organization_id", "email"],
    }


async def test_required_is_found_without_a_name(store: Store) -> None:
    """A missing value is named by the rule of its column, also among the host's own entities."""
    organization = await founded(store)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(Folder).add(a_folder(organization.id))
        document = model_of(Document).replaced(
            a_document(organization.id, folder.id), {"title": None, "folder_id": None}
        )
        with pytest.raises(RuleViolated) as caught:
            await unit.of(Document).add(document)
    assert caught.value.rule == "documents_folder_id_required"
