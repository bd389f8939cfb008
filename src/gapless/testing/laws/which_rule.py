"""Law 11: of several broken rules the error names one of the first group; of rules over one row exactly the first."""

from collections.abc import Mapping

import pytest
from hypothesis import strategies as st

from gapless.kit import Check, PrimaryKey, Reference, Required, Unique, model_of, violations
from gapless.kit.columns import BigInteger
from gapless.kit.errors import RuleViolated
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import deleted
from gapless.testing.laws.examples import every_example
from gapless.testing.laws.files import Folder
from gapless.testing.laws.parts import Files, Team, rule_of
from gapless.testing.laws.rows import NOW, a_deletion, an_audit_record, fresh_id
from gapless.testing.refusals import told_by

# For each field of a member: a value that is not representable, null if it is required, and what checks refuse.
FAULTS: dict[str, list[object]] = {
    "email": ["\0", None, "A@B.C", "no address", "x" * 260],
    "name": ["\ud800", None, "x", "x" * 101],
    "role": ["OW\0NER", None, "KING"],
    "is_active": ["true", None],
    "deactivation_reason": ["\0", "x" * 501],
    "created_at": [NOW.replace(tzinfo=None), None],
    "deleted_at": [NOW, NOW.replace(tzinfo=None)],
    "deleted_by": ["1"],
}
faults = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in FAULTS.items()})


async def test_first_rule_over_one_row(store: Store, team: Team) -> None:
    """For each combination of faults in a row, a store names the rule that the domain names first."""

    async def refused(planted: Mapping[str, object]) -> None:
        organization = await team.created(store)
        model, user = model_of(team.member), team.a_member(organization.id)
        values = model.values_by_column(user)
        expected = violations(team.member, {**values, **planted})[0]
        row = model.construct_unvalidated({**values, **planted})
        for several in (False, True):
            async with store.unit(organization.id) as unit:
                audit = an_audit_record(organization.id)
                writing = (
                    unit.of(team.member).add_all([row], audit) if several else unit.of(team.member).add(row, audit)
                )
                with pytest.raises(RuleViolated) as caught:
                    await writing
            assert told_by(caught.value) == told_by(expected)

    await every_example(30, faults.filter(bool), refused)


async def test_first_rule_of_a_save(store: Store, team: Team) -> None:
    """A save that breaks several rules is refused by the first of them, as an addition is."""

    async def refused(planted: Mapping[str, object]) -> None:
        organization = await team.created(store)
        model = model_of(team.member)
        async with store.unit(organization.id) as unit:
            user = await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
            broken = model.evolved(user, planted)
            values = model.values_by_column(broken)
            with pytest.raises(RuleViolated) as caught:
                await unit.of(team.member).save(broken, an_audit_record(organization.id))
        assert told_by(caught.value) == told_by(violations(team.member, values)[0])

    await every_example(30, faults.filter(bool), refused)


async def _refusal(store: Store, files: Files, row: Folder) -> str:
    async with store.unit(row.organization_id) as unit:
        with pytest.raises(RuleViolated) as caught:
            await unit.of(files.folder).add(row)
    return caught.value.rule


async def test_groups_in_their_order(store: Store, team: Team, files: Files) -> None:
    """Checks come before uniques, uniques before references, references before transitions and admission guards."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        taken = await unit.of(files.folder).add(files.a_folder(organization.id))
        await unit.commit()
    nobody = fresh_id()
    unique, owned = rule_of(files.folder, Unique, "name"), rule_of(files.folder, Reference, "owner_id")
    twice = {"name": taken.name, "owner_id": nobody, "parent_id": nobody}
    for values, expected in (
        ({**twice, "label": "NO"}, {rule_of(files.folder, Check, "label")}),
        ({**twice, "id": taken.id}, {unique, rule_of(files.folder, PrimaryKey)}),
        (twice, {unique}),
        ({**twice, "name": "free"}, {owned, rule_of(files.folder, Reference, "parent_id")}),
    ):
        row = model_of(files.folder).evolved(files.a_folder(organization.id), values)
        assert await _refusal(store, files, row) in expected
    beyond = {"used_storage": BigInteger(organization.storage_quota + 1), "slug": (await team.created(store)).slug}
    async with store.unit(organization.id) as unit:
        with pytest.raises(RuleViolated, match=team.slug_rule):
            await unit.of(team.root).save(
                model_of(team.root).evolved(organization, beyond), an_audit_record(organization.id)
            )
    async with store.unit(organization.id) as unit:
        await unit.of(team.root).save(deleted(organization, a_deletion()), an_audit_record(organization.id))
        with pytest.raises(RuleViolated, match=owned):
            await unit.of(files.folder).add(files.a_folder(organization.id, owner_id=nobody))


async def test_error_of_a_rule(store: Store, team: Team) -> None:
    """The error of a rule has its name, its source, the entity and the fields: the same in every store."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        user = await unit.of(team.member).add(team.a_member(organization.id), an_audit_record(organization.id))
        with pytest.raises(RuleViolated) as caught:
            await unit.of(team.member).add(
                team.a_member(organization.id, email=user.email), an_audit_record(organization.id)
            )
    assert told_by(caught.value) == {
        "code": "rule_violated",
        "message": next(rule.message for rule in model_of(team.member).rules if rule.name == team.email_rule),
        "rule": team.email_rule,
        "source": "",
        "entity": team.member.__name__,
        "fields": ["organization_id", "email"],
    }


async def test_required_is_found_without_a_name(store: Store, team: Team, files: Files) -> None:
    """For every entity, a missing value is refused by the `Required` rule of its column."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(organization.id))
        document = model_of(files.document).evolved(
            files.a_document(organization.id, folder.id), {"title": None, "folder_id": None}
        )
        with pytest.raises(RuleViolated) as caught:
            await unit.of(files.document).add(document)
    assert caught.value.rule == rule_of(files.document, Required, "folder_id")
