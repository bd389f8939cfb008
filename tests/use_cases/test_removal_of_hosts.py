"""What a host declares goes with an organization: softly, for good, or in a purge; nobody lists it a second time."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from typing import cast
from uuid import UUID, uuid4

import attrs
import pytest
import pytest_asyncio

from gapless.adapters.memory import MemoryStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.subscriptions import Subscription
from gapless.domain.users import User
from gapless.kit import (
    AppendOnly,
    AuditedEntity,
    Catalogue,
    Entity,
    OnDelete,
    OnSoftDelete,
    Reference,
    Rule,
    impersonal,
    rules_of,
)
from gapless.kit.errors import DeclarationError
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.model import Model
from gapless.kit.ports import Store
from gapless.kit.root_removal import deleted_softly, purged_before, removed_softly
from gapless.kit.soft_deletion import soft_deletion_rules
from tests.stores import STORES
from tests.use_cases.deletions import deleted_long_ago, purge
from tests.use_cases.hosts import host_store
from tests.use_cases.worlds import World, world_on


@attrs.frozen(kw_only=True, slots=True)
class Listener(AuditedEntity):
    """Can be deleted softly, so it goes and comes back with its organization."""

    home_id: OrganizationId
    id: UUID
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Token(AuditedEntity):
    """Is removed for good when its organization is deleted softly."""

    home_id: OrganizationId
    id: UUID
    name: str = impersonal()
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Delivery(Entity):
    """Keeps its organization from a plain removal; a purge removes it by itself."""

    home_id: OrganizationId
    id: UUID


@rules_of(
    Listener,
    "listeners",
    belongs_to=lambda listener: listener.home_id,
    soft_deleted=lambda listener: listener.is_deleted,
)
def listener_rules(listener: Listener) -> Iterator[Rule]:
    """A listener belongs to an organization."""
    yield from soft_deletion_rules(listener, "listeners")
    yield Reference(
        "listeners_organization_id_fkey", "It is somebody's.", listener.home_id, Organization, OnDelete.CASCADE
    )


@rules_of(Token, "tokens", belongs_to=lambda token: token.home_id)
def token_rules(token: Token) -> Iterator[Rule]:
    """A token opens nothing any more once its organization is deleted."""
    yield Reference(
        "tokens_organization_id_fkey",
        "It is somebody's.",
        token.home_id,
        Organization,
        OnDelete.CASCADE,
        on_soft_delete=OnSoftDelete.REMOVE,
    )


@rules_of(Delivery, "deliveries", belongs_to=lambda delivery: delivery.home_id)
def delivery_rules(delivery: Delivery) -> Iterator[Rule]:
    """A delivery keeps its organization, but not from a purge."""
    yield Reference(
        "deliveries_organization_id_fkey",
        "It is somebody's.",
        delivery.home_id,
        Organization,
        OnDelete.RESTRICT,
        purged=True,
    )


CATALOGUE: Catalogue = GAPLESS + listener_rules + token_rules + delivery_rules


@pytest_asyncio.fixture(params=STORES)
async def hosted(
    request: pytest.FixtureRequest, server_url: str, template: str, database_name: str
) -> AsyncIterator[World]:
    """An application of a host with a listener, a token and five deliveries, on both stores."""
    async with host_store(request.param, CATALOGUE, server_url, template, f"{database_name}_removal") as store:
        yield await hosted_on(store)


async def hosted_on(store: Store) -> World:
    """The application on a store, with the host's catalogue and rows."""
    world = await world_on(store, f"acme-{uuid4().hex}", catalogue=CATALOGUE)
    await world.add(
        Listener(home_id=world.home, id=world.new_id()),
        Token(home_id=world.home, id=world.new_id(), name="deploy"),
        *(Delivery(home_id=world.home, id=world.new_id()) for _ in range(5)),
    )
    return world


async def numbers(world: World) -> tuple[int, ...]:
    """How many live listeners, tokens and deliveries there are."""
    async with world.store.reading(world.home) as reading:
        return tuple([await reading.of(entity).count() for entity in (Listener, Token, Delivery)])


def test_what_goes_is_read_from_the_catalogue() -> None:
    """Every entity that can be deleted softly goes along softly; what a reference says goes for good, or is purged."""
    assert [model.entity for model in deleted_softly(CATALOGUE)][-1] is Listener
    assert User in [model.entity for model in deleted_softly(CATALOGUE)]
    assert [model.entity for model in removed_softly(CATALOGUE)] == [Token, Subscription, PhoneNumber]
    assert purged_before(CATALOGUE)[0].entity is Delivery


@pytest.mark.asyncio
async def test_it_goes_and_comes_back_with_the_organization(hosted: World) -> None:
    """A deletion takes the host's rows along, its record tells those that go, and a restore brings the rest."""
    await hosted.app.organizations.delete(hosted.home, actor=hosted.actor)
    assert await numbers(hosted) == (0, 0, 5)
    (audit,) = [audit for audit in await hosted.trail() if audit.action == "organization.deleted"]
    assert audit.before is not None
    (token,) = cast("list[dict[str, str]]", audit.before["tokens"])
    assert token["name"] == "deploy"
    restored = await hosted.app.organizations.restore(hosted.home, actor=hosted.actor)
    assert restored.rows["listeners"] == 1
    assert await numbers(hosted) == (1, 0, 5)


@pytest.mark.asyncio
async def test_it_is_purged_in_batches(hosted: World) -> None:
    """A purge removes the host's rows in units of a bounded size, and reports them by table."""
    await deleted_long_ago(hosted)
    told: list[dict[str, int]] = []
    report = await purge(hosted, batch=2, progress=lambda purged: told.append(dict(purged.rows)))
    assert hosted.home in report.roots
    assert (report.rows["deliveries"], report.rows["listeners"]) == (5, 1)
    assert [rows["deliveries"] for rows in told if "deliveries" in rows] == [2, 2, 1]


def test_what_a_reference_says_is_checked() -> None:
    """A reference that says neither what happens nor yes or no is refused where it is declared."""

    def declared(**said: object) -> None:
        def rules(token: Token) -> Iterator[Rule]:
            yield Reference("x_fkey", "s", token.home_id, Organization, OnDelete.CASCADE, **said)  # type: ignore[arg-type]  # as a caller without types

        rules_of(
            attrs.make_class("Copied", [], bases=(Token,), frozen=True, slots=True),
            "copies",
            belongs_to=lambda row: row.home_id,
        )(rules)

    with pytest.raises(DeclarationError, match="OnSoftDelete"):
        declared(on_soft_delete="remove")
    with pytest.raises(DeclarationError, match="True or False"):
        declared(purged=1)


@attrs.frozen(kw_only=True, slots=True)
class Softly(AuditedEntity):
    """Can be deleted softly."""

    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Coded(Softly):
    """Is found by a uuid that is not called id."""

    organization_id: OrganizationId
    code: UUID
    listener_id: UUID


@attrs.frozen(kw_only=True, slots=True)
class Coupon(Entity):
    """Is found so as well, and can't be deleted softly."""

    organization_id: OrganizationId
    code: UUID
    listener_id: UUID


def coupons(*, home: bool = True, **said: object) -> Model[Coupon]:
    """Coupons whose reference points at the organization, or at a listener, and says so much."""

    @attrs.frozen(kw_only=True, slots=True)
    class Copied(Coupon):
        pass

    def rules(row: Coupon) -> Iterator[Rule]:
        to, fields = (Organization, row.organization_id) if home else (Listener, (row.organization_id, row.listener_id))
        yield Reference("coupons_fkey", "s", fields, to, OnDelete.CASCADE, **said)  # type: ignore[arg-type]  # any of its arguments

    entity: type[Coupon] = Copied
    return rules_of(entity, "coupons", belongs_to=lambda row: row.organization_id, key=("organization_id", "code"))(
        rules
    )


def test_a_root_that_a_purge_could_not_find_is_refused() -> None:
    """A root that can be deleted softly is found by its `id`, and refused with another key."""
    named = attrs.make_class(
        "Branch", {"code": attrs.field(type=UUID)}, bases=(Softly,), frozen=True, slots=True, kw_only=True
    )
    with pytest.raises(DeclarationError, match=r"Branch can be soft-deleted, .* by \(id\): make that its key"):
        _ = Catalogue(()) + rules_of(named, "branches", root=True, key=("code",))(lambda _: iter(()))


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (
            lambda: coupons(home=False, purged=True),
            "coupons_fkey points at Listener: `purged` and `on_soft_delete` are only",
        ),
        (lambda: coupons(home=False, on_soft_delete=OnSoftDelete.REMOVE), "only for references to the root"),
        (lambda: coupons(purged=True), "coupons_fkey: a purge finds the rows of Copied"),
        (
            lambda: rules_of(
                Coded, "codes", belongs_to=lambda row: row.organization_id, key=("organization_id", "code")
            )(lambda _: iter(())),
            "Coded can be soft-deleted",
        ),
    ],
)
def test_what_a_purge_could_not_do_is_refused(model: Callable[[], Model[Coupon]], reason: str) -> None:
    """What a reference says of a purge is about the root, and a cleanup can find the rows that it removes by itself."""
    with pytest.raises(DeclarationError, match=reason):
        GAPLESS + listener_rules + model()


@attrs.frozen(kw_only=True, slots=True)
class Mislabeled(Entity):
    """Has the names of soft deletion, and a number where a time has to be."""

    organization_id: OrganizationId
    id: UUID
    is_deleted: bool = False
    deleted_at: int | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Line(Entity):
    """Is never changed."""

    organization_id: OrganizationId
    id: UUID


def lines(**said: object) -> Model[Line]:
    """Lines that are append-only, whose reference says so much."""

    @attrs.frozen(kw_only=True, slots=True)
    class Copied(Line):
        pass

    def rules(row: Line) -> Iterator[Rule]:
        home = Reference("lines_fkey", "s", row.organization_id, Organization, OnDelete.CASCADE, **said)  # type: ignore[arg-type]  # any of its arguments
        yield home
        yield AppendOnly("lines_append_only", "s", home)

    entity: type[Line] = Copied
    return rules_of(entity, "lines", belongs_to=lambda row: row.organization_id)(rules)


def hooks(**said: object) -> Model[Listener]:
    """Listeners, which can be deleted softly, whose reference says so much."""

    @attrs.frozen(kw_only=True, slots=True)
    class Copied(Listener):
        pass

    def rules(row: Listener) -> Iterator[Rule]:
        yield from soft_deletion_rules(row, "hooks")
        yield Reference("hooks_fkey", "s", row.home_id, Organization, OnDelete.CASCADE, **said)  # type: ignore[arg-type]  # any of its arguments

    entity: type[Listener] = Copied
    return rules_of(entity, "hooks", belongs_to=lambda row: row.home_id, soft_deleted=lambda row: row.is_deleted)(rules)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (
            lambda: rules_of(Mislabeled, "mislabeled", belongs_to=lambda row: row.organization_id)(lambda _: iter(())),
            "Mislabeled.deleted_at: soft",
        ),
        (lambda: lines(purged=True), "lines_fkey: Copied is append-only"),
        (lambda: lines(on_soft_delete=OnSoftDelete.REMOVE), "lines_fkey: Copied is append-only"),
        (lambda: hooks(on_soft_delete=OnSoftDelete.REMOVE), "hooks_fkey: Copied can be soft-deleted"),
    ],
)
def test_declarations_that_contradict_each_other_are_refused(model: Callable[[], Model[Line]], reason: str) -> None:
    """What no deletion could ever do is refused when the catalogue is made, and not by the first deletion."""
    with pytest.raises(DeclarationError, match=reason):
        GAPLESS + model()


@pytest.mark.asyncio
@pytest.mark.parametrize("batch", [2, 1000])
async def test_rows_that_are_soft_and_purged_are_counted(batch: int) -> None:
    """Rows that a purge removes by itself, and that can be deleted softly as well, stand in the report once and all."""
    model = hooks(purged=True)
    catalogue = GAPLESS + model
    world = await world_on(MemoryStore(catalogue), f"acme-{uuid4().hex}")
    cleanup = attrs.evolve(world.app.cleanup, catalogue=catalogue)
    world = attrs.evolve(world, app=attrs.evolve(world.app, cleanup=cleanup))
    await world.add(*(model.entity(home_id=world.home, id=world.new_id()) for _ in range(5)))
    await deleted_long_ago(world)
    assert (await purge(world, batch=batch)).rows["hooks"] == 5


@attrs.frozen(kw_only=True, slots=True)
class Part(Entity):
    """A part of another one, which it keeps from a plain removal."""

    organization_id: OrganizationId
    id: UUID
    whole_id: UUID | None


@rules_of(Part, "parts", belongs_to=lambda part: part.organization_id)
def part_rules(part: Part) -> Iterator[Rule]:
    """A purge removes parts by itself."""
    yield Reference("parts_home", "s", part.organization_id, Organization, OnDelete.RESTRICT, purged=True)
    yield Reference("parts_whole", "s", (part.organization_id, part.whole_id), Part, OnDelete.RESTRICT)


@pytest.mark.asyncio
@pytest.mark.parametrize("store", ["memory", "postgres"])
async def test_rows_that_keep_each_other_go_together(
    store: str, server_url: str, template: str, database_name: str
) -> None:
    """Rows that refer to each other across the end of a batch don't block a purge for ever."""
    catalogue = GAPLESS + part_rules
    async with host_store(store, catalogue, server_url, template, f"{database_name}_parts") as kept:
        world = await world_on(kept, f"acme-{uuid4().hex}")
        cleanup = attrs.evolve(world.app.cleanup, catalogue=catalogue)
        world = attrs.evolve(world, app=attrs.evolve(world.app, cleanup=cleanup))
        whole = None
        for _ in range(4):
            part = Part(organization_id=world.home, id=world.new_id(), whole_id=whole)
            await world.add(part)
            whole = part.id
        await deleted_long_ago(world)
        report = await purge(world, batch=3)
        assert (world.home in report.roots, report.rows["parts"]) == (True, 4)


@pytest.mark.asyncio
@pytest.mark.parametrize("table", ["subscription", "deletion_id"])
async def test_a_table_that_is_called_as_a_field_of_the_audit_record(table: str) -> None:
    """The audit record of a deletion loses neither the rows of such a table nor the field of that name."""

    @attrs.frozen(kw_only=True, slots=True)
    class Copied(Token):
        pass

    def rules(row: Token) -> Iterator[Rule]:
        home = row.home_id
        yield Reference("copies_fkey", "s", home, Organization, OnDelete.CASCADE, on_soft_delete=OnSoftDelete.REMOVE)

    catalogue = GAPLESS + rules_of(Copied, table, belongs_to=lambda row: row.home_id)(rules)
    world = await world_on(MemoryStore(catalogue), f"acme-{uuid4().hex}", catalogue=catalogue)
    await world.add(Copied(home_id=world.home, id=world.new_id(), name="deploy"))
    await world.app.organizations.delete(world.home, actor=world.actor)
    (audit,) = [audit for audit in await world.trail() if audit.action == "organization.deleted"]
    assert audit.before is not None
    (kept,) = cast("list[dict[str, str]]", audit.before[f"{table} (rows)"])
    assert (kept["name"], audit.before[table]) == ("deploy", None)
    restored = await world.app.organizations.restore(world.home, actor=world.actor)
    assert restored.rows_not_restored[table] == 1


@pytest.mark.asyncio
async def test_what_nobody_audits_goes_untold() -> None:
    """Rows without audit go with an organization, and neither its audit record nor a restore tells a number of them."""

    @attrs.frozen(kw_only=True, slots=True)
    class Draft(Entity):
        organization_id: OrganizationId
        id: UUID

    def rules(row: Draft) -> Iterator[Rule]:
        home = row.organization_id
        yield Reference("drafts_fkey", "s", home, Organization, OnDelete.CASCADE, on_soft_delete=OnSoftDelete.REMOVE)

    catalogue = GAPLESS + rules_of(Draft, "drafts", belongs_to=lambda row: row.organization_id)(rules)
    world = await world_on(MemoryStore(catalogue), f"acme-{uuid4().hex}", catalogue=catalogue)
    await world.add(Draft(organization_id=world.home, id=world.new_id()))
    await world.app.organizations.delete(world.home, actor=world.actor)
    (audit,) = [audit for audit in await world.trail() if audit.action == "organization.deleted"]
    assert audit.before is not None
    assert "drafts" not in audit.before
    restored = await world.app.organizations.restore(world.home, actor=world.actor)
    assert set(restored.rows_not_restored) == {
        model.table for model in removed_softly(catalogue) if issubclass(model.entity, AuditedEntity)
    }
    async with world.app.store.reading(world.home) as reading:
        assert await reading.of(Draft).count() == 0
