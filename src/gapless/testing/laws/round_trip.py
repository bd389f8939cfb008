"""Law 8: a value is read back exactly as it was written; a value that is not representable is refused."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import attrs
import pytest
from hypothesis import strategies as st

from gapless.kit import DataType, model_of
from gapless.kit.columns import EARLIEST, INTEGER_RANGES, LATEST, BigInteger, ColumnType
from gapless.kit.errors import RuleViolated
from gapless.kit.json_object import GREATEST_DEPTH, GREATEST_INTEGER, Json, JsonObject
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.testing.laws.examples import every_example
from gapless.testing.laws.parts import Files, Team, rule_of
from gapless.testing.laws.rows import NOW, an_audit_record, an_event, fresh_id

zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(1, 1, 4), datetime(9999, 12, 28), timezones=zones).map(  # noqa: DTZ001  # hypothesis adds zones
    lambda at: at.replace(fold=0)
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
numbers = st.integers(-GREATEST_INTEGER, GREATEST_INTEGER) | st.floats(-1e15, 1e15, allow_nan=False)
json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@attrs.frozen
class Values:
    """One value of each type of column."""

    text: str
    at: datetime
    content: JsonObject
    size: int
    number: int
    price: Decimal
    id: UUID


values_of_each_type = st.builds(
    Values,
    texts,
    times,
    st.dictionaries(texts, json_values, max_size=4).map(JsonObject),
    st.integers(*INTEGER_RANGES[ColumnType.BIG_INTEGER]),
    st.integers(1, INTEGER_RANGES[ColumnType.INTEGER][1]),
    st.decimals("0", "9999999999.99", places=2).map(lambda price: price or price.copy_abs()),
    st.uuids(),
)


async def test_every_value_comes_back(store: Store, team: Team, files: Files) -> None:
    """Texts, times, numbers, ids and JSON come back equal and of the same type, in the same unit and in the next."""

    async def there_and_back(values: Values) -> None:
        organization = await team.created(store)
        folder = files.a_folder(organization.id)
        numbers = {"size": values.size, "pages": values.number, "price": values.price, "content": values.content}
        document = files.a_document(organization.id, folder.id, title=values.text, created_at=values.at, **numbers)
        told = {"deactivation_reason": values.text, "last_seen_at": values.at}
        user = team.a_member(organization.id, deleted_by=values.id, **told)
        audit = an_audit_record(organization.id, before=values.content, after=JsonObject({}))
        async with store.unit(organization.id) as unit:
            await unit.of(files.folder).add(folder)
            stored = await unit.of(files.document).add(document)
            (added,) = await unit.of(team.member).add_all([user], audit)
            assert exact(await unit.of(files.document).get(document.id)) == exact(stored)
            assert exact(await unit.of(team.member).get(user.id)) == exact(added)
            await unit.commit()
        async with store.reading(organization.id) as reading:
            read = await reading.of(files.document).get(document.id)
            assert exact(read) == exact(attrs.evolve(document, version=1))
            assert read.created_at == values.at
            assert exact(await reading.of(team.member).get(user.id)) == exact(attrs.evolve(user, version=1))
            audits = await reading.audit_trail.find(order=lambda audit: audit.id)
            assert exact(audits[-1].before or JsonObject({})) == exact(values.content)

    await every_example(40, values_of_each_type, there_and_back)


def exact(value: object) -> str:
    """The value as a text in which 1, 1.0 and true differ, and times have their zone."""
    if isinstance(value, Validated):
        return ", ".join(map(exact, model_of(type(value)).values(value)))
    return repr(UUID(int=value.int)) if isinstance(value, UUID) else repr(value)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AWKWARD_JSON: dict[str, Json] = {
    "one": [1, 1.0, True, "1"],
    "zero": [0, 0.0, -0.0, False, None, "", [], {}],
    "greatest": [GREATEST_INTEGER, -GREATEST_INTEGER, float(GREATEST_INTEGER), 1e-300, 0.1],
    "text": ["\U0001f600", "e\u0301", "é", "\u2028", "\\u0000", '"', "\x01", "\ufeff"],
    "": {"": {"": 1}},
    "b": 1,
    "aa": 2,
}


async def test_awkward_json(store: Store, team: Team) -> None:
    """JSON keeps 1, 1.0 and true apart, and keeps keys, texts and numbers that other stores change."""
    content = JsonObject(AWKWARD_JSON)
    deep: Json = 1
    for _ in range(GREATEST_DEPTH - 2):
        deep = [deep]
    for payload in (content, JsonObject({"deep": deep}), JsonObject({})):
        organization = await team.created(store)
        async with store.unit(organization.id) as unit:
            event = await unit.outbox.add(an_event(organization.id, payload=payload))
            await unit.commit()
        async with store.reading(organization.id) as reading:
            found = (await reading.outbox.get(event.id)).payload
        assert found == payload
        assert repr(found.to_dict()) == repr(payload.to_dict())


@pytest.mark.parametrize("at", [EARLIEST, LATEST, NOW, EPOCH, EPOCH - timedelta(microseconds=1)])
async def test_awkward_times(store: Store, team: Team, at: datetime) -> None:
    """The first and the last possible time, and times around the epochs, come back in UTC to the microsecond."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        user = await unit.of(team.member).add(
            team.a_member(organization.id, last_seen_at=at), an_audit_record(organization.id)
        )
        await unit.commit()
    async with store.reading(organization.id) as reading:
        found = (await reading.of(team.member).get(user.id)).last_seen_at
    assert found == at
    assert found is not None
    assert found.tzinfo is UTC


async def test_awkward_numbers_and_texts(store: Store, team: Team) -> None:
    """The greatest number, an empty text where it is allowed, and different texts that look alike are kept."""
    greatest = BigInteger(GREATEST_INTEGER)
    organization = await team.created(store, storage_quota=greatest, used_storage=greatest)
    names = ["é" * 2, "e\u0301" * 2, "\U0001f600" * 2, "a ", "\ta\n", "ﬀ" * 2]
    async with store.unit(organization.id) as unit:
        users = [team.a_member(organization.id, name=name, deactivation_reason="") for name in names]
        added = await unit.of(team.member).add_all(users, an_audit_record(organization.id))
        for user in added:
            assert await unit.of(team.member).find(lambda row: row.name == user.name) == (user,)  # noqa: B023  # asked at once
        await unit.commit()
    async with store.reading(organization.id) as reading:
        assert (await reading.of(team.root).get(organization.id)).used_storage == greatest
        assert [
            user.name for user in await reading.of(team.member).find(lambda row: row.deactivation_reason == "")
        ] == names


UNREPRESENTABLE: dict[str, tuple[str, object]] = {
    "NUL": ("name", "a\0b"),
    "surrogate": ("name", "a\ud800b"),
    "no text": ("name", 12),
    "naive": ("last_seen_at", datetime(2026, 1, 1)),  # noqa: DTZ001  # that is the point
    "infinity": ("last_seen_at", datetime.max.replace(tzinfo=UTC)),
    "date": ("last_seen_at", NOW.date()),
    "no truth": ("is_active", 0),
    "text for id": ("deleted_by", str(fresh_id())),
    "text for time": ("last_seen_at", "2026-01-01T00:00:00Z"),
    "unrepresentable role": ("role", "OWN\0ER"),
    "number for role": ("role", 1),
}


@pytest.mark.parametrize(("field", "value"), UNREPRESENTABLE.values(), ids=UNREPRESENTABLE.keys())
@pytest.mark.parametrize("write", ["add", "add_all", "save"])
async def test_what_can_not_be_kept_is_refused(store: Store, team: Team, write: str, field: str, value: object) -> None:
    """A value that is not representable is refused by its DataType rule, also if nobody validated the row before."""
    organization = await team.created(store)
    model = model_of(team.member)
    async with store.unit(organization.id) as unit:
        audit = an_audit_record(organization.id)
        user = (
            await unit.of(team.member).add(team.a_member(organization.id), audit)
            if write == "save"
            else team.a_member(organization.id)
        )
        broken = model.evolved(user, {field: value})
        writing = getattr(unit.of(team.member), write)([broken] if write == "add_all" else broken, audit)
        with pytest.raises(RuleViolated) as caught:
            await writing
        assert caught.value.rule == rule_of(team.member, DataType, field)
        assert caught.value.fields == (field,)


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, True, 5.0, "5"])
async def test_integers_beyond_the_column_are_refused(store: Store, team: Team, files: Files, value: object) -> None:
    """An integer that does not fit, a boolean, a float and a text are refused as integers."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(organization.id))
        broken = model_of(files.document).evolved(files.a_document(organization.id, folder.id), {"pages": value})
        with pytest.raises(RuleViolated) as caught:
            await unit.of(files.document).add(broken)
        assert caught.value.rule == rule_of(files.document, DataType, "pages")


@pytest.mark.parametrize("value", [Decimal("0.001"), Decimal("1E-30"), Decimal(10) ** 10, Decimal("NaN"), 0.5, "1.50"])
async def test_decimals_that_do_not_fit_are_refused(store: Store, team: Team, files: Files, value: object) -> None:
    """A decimal with more digits than its column is refused and not rounded, and so is what is no decimal."""
    organization = await team.created(store)
    async with store.unit(organization.id) as unit:
        folder = await unit.of(files.folder).add(files.a_folder(organization.id))
        broken = model_of(files.document).evolved(files.a_document(organization.id, folder.id), {"price": value})
        with pytest.raises(RuleViolated) as caught:
            await unit.of(files.document).add(broken)
        assert caught.value.rule == rule_of(files.document, DataType, "price")
