"""Whole worlds: an organization with everything in it, consistent by construction, so that a store takes all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar, cast
from uuid import UUID

import attrs
from hypothesis import strategies as st

from gapless.bootstrap import DEFAULT_CATALOGUE
from gapless.domain.calls import Call, CallNote, CallStatus, Handler
from gapless.domain.invoices import Invoice
from gapless.domain.knowledge import KnowledgeItem
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.subscriptions import Subscription
from gapless.domain.users import Role, User
from gapless.domain.values import Bytes
from gapless.kit import AtMost, AuditedEntity, Catalogue, Entity, model_of
from gapless.kit.audit import AuditEntry
from gapless.kit.columns import INTEGER_RANGES, LATEST, BigInteger, ColumnType
from gapless.kit.ids import DeletionId, OrganizationId
from gapless.kit.invariants import InvariantValidator
from gapless.kit.model import Judged
from gapless.kit.ports import Repository, Store
from gapless.kit.predicates import TRUE, Constant, Field
from gapless.testing.strategies.ranges import counted
from gapless.testing.strategies.row_drawing import entities
from gapless.testing.strategies.values import counted_values

E = TypeVar("E", bound=Judged)
MOST = 3
"""How many rows of a kind a world has at most, beside its owner."""
_GREATEST = INTEGER_RANGES[ColumnType.INTEGER][1]
_NOT_DELETED = {"is_deleted": False, "deleted_at": None, "deleted_by": None, "deletion_id": None}


@attrs.frozen(kw_only=True)
class World:
    """An organization and all that it has, as no store has seen it yet.

    Attributes:
        organization: it is live, and its quotas have room for what is in it.
        users: the first is an owner who can act; some of the others are inactive or deleted.
        phone_numbers: its numbers.
        calls: to these numbers, handled by these users; they go on only if there is a number and minutes are left.
        notes: of these users on these calls.
        knowledge_items: some are deleted, together in one batch.
        subscriptions: one at most.
        invoices: each with a number of its own.
        entries: the trail. The first tells of everything that is added.
    """

    organization: Organization
    users: tuple[User, ...]
    phone_numbers: tuple[PhoneNumber, ...]
    calls: tuple[Call, ...]
    notes: tuple[CallNote, ...]
    knowledge_items: tuple[KnowledgeItem, ...]
    subscriptions: tuple[Subscription, ...]
    invoices: tuple[Invoice, ...]
    entries: tuple[AuditEntry, ...]

    @property
    def rows(self) -> tuple[Judged, ...]:
        """Every row but the first entry, in an order in which they can be added."""
        return (
            *(self.organization, *self.users, *self.phone_numbers, *self.calls, *self.notes),
            *(*self.knowledge_items, *self.subscriptions, *self.invoices, *self.entries[1:]),
        )


async def put(store: Store, world: World) -> None:
    """Adds a world to a store that has none of it, in one unit of work.

    Raises:
        RuleViolated: the store has a row already that has the id, the slug or a phone number of one of these.
    """
    async with store.founding(world.organization.id) as unit:
        for row in world.rows:
            if isinstance(row, AuditedEntity):
                await unit.of(type(row)).add(row, world.entries[0])
            else:
                repository = cast("Repository[Judged, UUID]", unit.of(cast("type[Entity]", type(row))))
                await repository.add(row)
        await unit.commit()


@st.composite
def worlds(draw: st.DrawFn, catalogue: Catalogue = DEFAULT_CATALOGUE) -> World:
    """Whole organizations, consistent by construction. They shrink to an organization with its owner and one entry.

    Args:
        draw: Hypothesis gives it.
        catalogue: that of the store which is to take them; its rules say how many rows there may be.
    """
    home = OrganizationId(draw(st.uuids()))
    users, numbers = _bounded(catalogue, _users(draw, home)), _bounded(catalogue, _numbers(draw, home))
    organization = _organization(draw, home, _least(catalogue, (*users, *numbers)))
    calls = _calls(draw, organization, users, numbers)
    return World(
        organization=organization,
        users=users,
        phone_numbers=numbers,
        calls=calls,
        notes=_notes(draw, home, users, calls),
        knowledge_items=_knowledge(draw, home),
        subscriptions=_several(draw, _of(Subscription, home), most=1),
        invoices=_several(draw, _of(Invoice, home), unlike="number"),
        entries=_several(draw, _of(AuditEntry, home), least=1),
    )


def _of(entity: type[E], home: OrganizationId, **fixed: object) -> st.SearchStrategy[E]:
    return entities(entity, organization_id=home, **fixed)


def _several(
    draw: st.DrawFn, rows: st.SearchStrategy[E], *, unlike: str = "id", least: int = 0, most: int = MOST
) -> tuple[E, ...]:
    """Some rows, no two of which have the same id, or the same value of the other column that is named."""
    apart = (lambda row: getattr(row, "id"), lambda row: getattr(row, unlike))  # noqa: B009  # a Judged is not known to have it
    return tuple(draw(st.lists(rows, min_size=least, max_size=most, unique_by=apart)))


def _bounded(catalogue: Catalogue, rows: tuple[E, ...]) -> tuple[E, ...]:
    """The rows without the last of those that are more than the same number in every organization may be."""
    invariants: tuple[InvariantValidator[E], ...] = catalogue.invariants_of(type(rows[0])) if rows else ()
    for invariant in invariants:
        while (most := _constant_limit(invariant)) is not None and invariant.number(rows) > most:
            last = max(place for place, row in enumerate(rows) if invariant.counts(row))
            rows = (*rows[:last], *rows[last + 1 :])
    return rows


def _constant_limit(invariant: InvariantValidator[E]) -> int | None:
    limit = invariant.rule.limit if isinstance(invariant.rule, AtMost) else None
    return cast(int, limit.value) if isinstance(limit, Constant) and invariant.rule.while_parent is TRUE else None


def _least(catalogue: Catalogue, rows: Sequence[Judged]) -> dict[str, int]:
    """The least that each field of the organization is which limits how many of these rows there may be."""
    found: dict[str, int] = {}
    for model in catalogue.models:
        own = [row for row in rows if isinstance(row, model.entity)]
        for invariant in catalogue.invariants_of(model.entity):
            if isinstance(invariant.rule, AtMost) and isinstance(invariant.rule.limit, Field):
                name = invariant.rule.limit.column.name
                found[name] = max(invariant.number(own), found.get(name, 0))
    return found


def _organization(draw: st.DrawFn, home: OrganizationId, least: Mapping[str, int]) -> Organization:
    quotas = {name: st.integers(number, _GREATEST) for name, number in least.items()}
    drawn = draw(entities(Organization, id=home, **quotas, **_NOT_DELETED))
    used = draw(st.integers(0, drawn.storage_quota))
    return attrs.evolve(drawn, used_storage=Bytes(BigInteger(used)))


def _users(draw: st.DrawFn, home: OrganizationId) -> tuple[User, ...]:
    owner = draw(_of(User, home, role=Role.OWNER, is_active=True, **_NOT_DELETED))
    others = _several(draw, _of(User, home), unlike="email")
    return (owner, *(user for user in others if owner.email != user.email and owner.id != user.id))


def _numbers(draw: st.DrawFn, home: OrganizationId) -> tuple[PhoneNumber, ...]:
    return _several(draw, _of(PhoneNumber, home), unlike="number")


def _calls(
    draw: st.DrawFn, organization: Organization, users: Sequence[User], numbers: Sequence[PhoneNumber]
) -> tuple[Call, ...]:
    over = [status for status in CallStatus if status is not CallStatus.ACTIVE]
    number = st.sampled_from([None, *(number.id for number in numbers)])
    by_human = {"handled_by": Handler.HUMAN, "handled_by_user_id": st.sampled_from([user.id for user in users])}
    by_nobody = {"handled_by_user_id": None}
    kinds = [
        _of(Call, organization.id, status=st.sampled_from(over), phone_number_id=number, **handled)
        for handled in (by_nobody, by_human)
    ]
    if numbers and organization.has_minutes_left:
        called = st.sampled_from([number.id for number in numbers])
        going_on = _of(Call, organization.id, status=CallStatus.ACTIVE, phone_number_id=called, **by_nobody)
        kinds += [going_on, going_on]
    return _several(draw, st.one_of(kinds))


def _notes(draw: st.DrawFn, home: OrganizationId, users: Sequence[User], calls: Sequence[Call]) -> tuple[CallNote, ...]:
    if not calls:
        return ()
    call_id = st.sampled_from([call.id for call in calls])
    return _several(draw, _of(CallNote, home, call_id=call_id, user_id=st.sampled_from([user.id for user in users])))


def _knowledge(draw: st.DrawFn, home: OrganizationId) -> tuple[KnowledgeItem, ...]:
    deletion = _deletion(draw)
    kept, gone = _of(KnowledgeItem, home, **_NOT_DELETED), _of(KnowledgeItem, home, **deletion)
    return _several(draw, st.one_of(kept, gone))


def _deletion(draw: st.DrawFn) -> dict[str, object]:
    """What the rows of one batch of a soft deletion share."""
    at = draw(counted_values(ColumnType.TIME, (0, counted(LATEST))))
    return {"is_deleted": True, "deleted_at": at, "deleted_by": None, "deletion_id": DeletionId(draw(st.uuids()))}


def as_stored(row: E) -> E:
    """The row as a store gives it back after it was added: with its first version, if rows of its kind have one."""
    return model_of(type(row)).with_version(row, 1)
