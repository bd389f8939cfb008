"""Whether the audit trail tells what has become of the audited rows of organizations."""

import enum
from collections.abc import Iterable, Mapping
from typing import cast
from uuid import UUID

import attrs

from gapless.application.audit_records import resource_id
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization, OrganizationId
from gapless.kit import AuditedEntity, Model, model_of
from gapless.kit.audit import ArchivedAuditRecord, AuditRecord, as_json
from gapless.kit.json_object import Json, JsonObject
from gapless.kit.model import VERSION, Validated
from gapless.kit.ports import Store
from gapless.kit.recorded_rows import resource_type
from gapless.kit.root_removal import deleted_softly, going_along, removed_softly

AUDITED = tuple(cast("Model[AuditedEntity]", model) for model in GAPLESS.models if model.audited)
DELETION_MARK = {"is_deleted", "deleted_at", "deleted_by", "deletion_id"}


class Fate(enum.Enum):
    """What becomes of a row that an audit record about its organization tells of too."""

    MARKED = "as deleted, or no longer so: nothing else changes"
    REMOVED = "for good"


MARKED: dict[type[Validated], Fate] = {model.entity: Fate.MARKED for model in deleted_softly(GAPLESS)}
REMOVED: dict[type[Validated], Fate] = {model.entity: Fate.REMOVED for model in removed_softly(GAPLESS)}
GONE: dict[type[Validated], Fate] = dict.fromkeys(going_along(GAPLESS), Fate.REMOVED)
# The audit records that tell all in one what became of an organization and of what belongs to it.
BATCHES: dict[str, dict[type[Validated], Fate]] = {
    "organization.deleted": {**MARKED, **REMOVED},
    "organization.restored": MARKED,
    "organization.purged": GONE,
    **{f"{model.table}.purged": {model.entity: Fate.REMOVED} for model in deleted_softly(GAPLESS)},
}
Values = Mapping[str, Json]


@attrs.frozen
class RowKey:
    """Which row of which organization."""

    entity: type[AuditedEntity]
    organization_id: OrganizationId
    id: UUID


@attrs.frozen
class Sight:
    """What can be seen of organizations at a time.

    Attributes:
        rows: of each audited row the values of its audited columns, as the trail writes them.
        audits: the trail and its archive.
    """

    rows: Mapping[RowKey, Values]
    audits: Mapping[UUID, AuditRecord]

    def since(self, before: "Sight") -> tuple[AuditRecord, ...]:
        """The audit records that have come since."""
        return tuple(self.audits[new] for new in self.audits.keys() - before.audits.keys())


async def seen(store: Store, organizations: Iterable[OrganizationId]) -> Sight:
    """Looks at these organizations, whether they are there or not."""
    rows: dict[RowKey, Values] = {}
    audits: dict[UUID, AuditRecord] = {}
    for organization_id in organizations:
        async with store.reading(organization_id, snapshot=True) as reading:
            for model in AUDITED:
                for row in await reading.of(model.entity).find(include_deleted=True):
                    key = RowKey(model.entity, organization_id, cast(UUID, model.key_of(row)[-1]))
                    rows[key] = audited_values(model, row)
            for audit in (*await reading.of(AuditRecord).find(), *await reading.of(ArchivedAuditRecord).find()):
                audits[audit.id] = audit
    return Sight(rows, audits)


def audited_values(model: Model[AuditedEntity], row: AuditedEntity) -> Values:
    """The values that are not written without an audit record, as the trail writes them."""
    free = {VERSION, *(column.name for column in model.unaudited)}
    names = (column.name for column in model.columns if column.name not in free)
    return {name: as_json(getattr(row, name)) for name in names}


def changed(before: Sight, after: Sight) -> dict[RowKey, tuple[Values, Values]]:
    """The rows that differ in an audited column: what is no longer so, and what is so instead."""
    found: dict[RowKey, tuple[Values, Values]] = {}
    for key in before.rows.keys() | after.rows.keys():
        old, new = before.rows.get(key, {}), after.rows.get(key, {})
        gone = {name: value for name, value in old.items() if name not in new or new[name] != value}
        come = {name: value for name, value in new.items() if name not in old or old[name] != value}
        if gone or come:
            found[key] = gone, come
    return found


def untold(before: Sight, after: Sight) -> list[str]:
    """The rows that differ in an audited column although no audit record that came meanwhile tells so, in words."""
    audits = after.since(before)
    return [
        f"{key.entity.__name__} {key.id}: {dict(gone)} became {dict(come)}"
        for key, (gone, come) in changed(before, after).items()
        if not any(_is_of(audit, key, gone, come) or _covers(audit, key, gone, come) for audit in audits)
    ]


def _is_of(audit: AuditRecord, key: RowKey, gone: Values, come: Values) -> bool:
    """Whether the audit record is about this row, and says all of what it was before and what it is now.

    Of a row that went for good it says nothing personal.
    """
    about = audit.root_id, audit.resource_type, audit.resource_id
    if not come:
        gone = {name: value for name, value in gone.items() if not model_of(key.entity).column(name).personal}
    told = _holds(audit.before, gone) and _holds(audit.after, come)
    return about == (key.organization_id, resource_type(key.entity), resource_id(key.id)) and told


def _covers(audit: AuditRecord, key: RowKey, gone: Values, come: Values) -> bool:
    """Whether the record is about the row's organization, and tells that of its rows of this entity this became."""
    home = key.organization_id
    about = audit.root_id, audit.resource_type, audit.resource_id
    if about != (home, resource_type(Organization), resource_id(home)):
        return False
    match BATCHES.get(audit.action, {}).get(key.entity):
        case Fate.MARKED:
            return DELETION_MARK.issuperset({*gone, *come})
        case Fate.REMOVED:
            return not come
        case None:
            return False


def _holds(image: JsonObject | None, values: Values) -> bool:
    told = {} if image is None else image.to_dict()
    return all(name in told and told[name] == value for name, value in values.items())
