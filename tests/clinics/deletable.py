"""Two roots that can be soft-deleted, clinics and laboratories, whose rows are deleted, released and kept alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import attrs

from gapless.kit import (
    AUDIT_TRAIL,
    OUTBOX,
    PROCESSED_COMMANDS,
    AuditedEntity,
    Catalogue,
    Check,
    Entity,
    Index,
    OnDelete,
    OnSoftDelete,
    Reference,
    Rule,
    Unique,
    between,
    length,
    nullable,
    processed_commands_of,
    rules_of,
    soft_deletion_rules,
)
from gapless.kit.ids import DeletionId


@attrs.frozen(kw_only=True, slots=True)
class Clinic(AuditedEntity):
    """The first root."""

    id: int
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UUID | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Lab(AuditedEntity):
    """The second root, whose key is a text."""

    id: str
    name: str
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UUID | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Device(AuditedEntity):
    """A device of a laboratory, which can be soft-deleted alone."""

    lab: str
    id: UUID
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UUID | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Line(Entity):
    """A telephone line of a laboratory, which is released before it is removed."""

    lab: str
    id: UUID
    is_released: bool = False
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Report(Entity):
    """A report that came by a line; a purge removes it by itself."""

    lab: str
    id: UUID
    line: UUID | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Order(Entity):
    """What a clinic has ordered of a laboratory, which stays as long as the order."""

    clinic: int
    id: UUID
    lab: str
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Listing(Entity):
    """A line in a directory, for everybody."""

    id: UUID
    lab: str | None = None
    device: UUID | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Form(Entity):
    """A form of a laboratory, or of nobody, which was copied from that of another one."""

    id: int
    lab: str | None = None
    source: str | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Seal(Entity):
    """A seal of a laboratory by another one, which is released before it is removed."""

    lab: str
    id: UUID
    giver: str
    is_released: bool = False
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Room(Entity):
    """A room of a laboratory, whose key does not say which."""

    lab: str
    id: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Loan(Entity):
    """What a laboratory keeps in a room for another one; it belongs to the laboratory of the room."""

    room: int
    id: int
    owner: str
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Contract(AuditedEntity):
    """What a laboratory has agreed to, which is removed for good as soon as that is deleted."""

    lab: str
    id: int
    text: str
    version: int = 0


@rules_of(Clinic, "clinics", root=True, soft_deleted=lambda clinic: clinic.is_deleted)
def clinic_rules(clinic: Clinic) -> Iterator[Rule]:
    """What holds for a clinic."""
    yield from soft_deletion_rules(clinic, "clinics")


@rules_of(Lab, "labs", root=True, soft_deleted=lambda lab: lab.is_deleted)
def lab_rules(lab: Lab) -> Iterator[Rule]:
    """A laboratory is called by its name."""
    yield Check("labs_id_length", "A key has 1 to 20 characters.", between(length(lab.id), 1, 20))
    yield Check("labs_name_length", "A name has 1 to 20 characters.", between(length(lab.name), 1, 20))
    yield Unique("labs_name_unique", "Another laboratory has this name.", lab.name)
    yield from soft_deletion_rules(lab, "labs")


@rules_of(Device, "devices", belongs_to=lambda device: device.lab, soft_deleted=lambda device: device.is_deleted)
def device_rules(device: Device) -> Iterator[Rule]:
    """A device is in a laboratory."""
    yield Reference("devices_lab_fkey", "The laboratory is there.", device.lab, Lab, OnDelete.CASCADE)
    yield from soft_deletion_rules(device, "devices")


@rules_of(Line, "lines", belongs_to=lambda line: line.lab, released=lambda line: line.is_released)
def line_rules(line: Line) -> Iterator[Rule]:
    """A line goes with its laboratory, as soon as that is deleted."""
    yield Reference(
        "lines_lab_fkey",
        "The laboratory is there.",
        line.lab,
        Lab,
        OnDelete.CASCADE,
        on_soft_delete=OnSoftDelete.REMOVE,
    )


@rules_of(Report, "reports", belongs_to=lambda report: report.lab)
def report_rules(report: Report) -> Iterator[Rule]:
    """A report may have come by a line."""
    home = Reference("reports_lab_fkey", "It is there.", report.lab, Lab, OnDelete.RESTRICT, purged=True)
    yield home
    yield Reference("reports_line_fkey", "The line is there.", (report.lab, report.line), Line, OnDelete.SET_NULL)
    yield Index("idx_reports_line", "Finds what came by a line.", (report.lab, report.line, report.id))


@rules_of(Order, "orders", belongs_to=lambda order: order.clinic)
def order_rules(order: Order) -> Iterator[Rule]:
    """An order goes to a laboratory."""
    yield Check("orders_lab_length", "A key has 1 to 20 characters.", between(length(order.lab), 1, 20))
    yield Reference("orders_clinic_fkey", "The clinic is there.", order.clinic, Clinic, OnDelete.CASCADE)
    yield Reference("orders_lab_fkey", "The laboratory is there.", order.lab, Lab, OnDelete.RESTRICT)


@rules_of(Listing, "listings", shared=True)
def listing_rules(listing: Listing) -> Iterator[Rule]:
    """A line of a directory names a device."""
    named = (listing.lab, listing.device)
    yield Reference("listings_device_fkey", "The device is there.", named, Device, OnDelete.RESTRICT)


@rules_of(Form, "forms", belongs_to=lambda form: form.lab, key=("id",))
def form_rules(form: Form) -> Iterator[Rule]:
    """A form goes with its laboratory, and its source stays as long."""
    yield Check("forms_lab_length", "A key has 1 to 20 characters.", between(length(nullable(form.lab)), 1, 20))
    yield Check("forms_source_length", "A key has 1 to 20 characters.", between(length(nullable(form.source)), 1, 20))
    yield Reference("forms_lab_fkey", "The laboratory is there.", form.lab, Lab, OnDelete.CASCADE)
    yield Reference("forms_source_fkey", "The source is there.", form.source, Lab, OnDelete.RESTRICT)


@rules_of(Seal, "seals", belongs_to=lambda seal: seal.lab, released=lambda seal: seal.is_released)
def seal_rules(seal: Seal) -> Iterator[Rule]:
    """A seal is on a laboratory, and who has given it stays as long."""
    yield Check("seals_giver_length", "A key has 1 to 20 characters.", between(length(seal.giver), 1, 20))
    yield Reference("seals_lab_fkey", "The laboratory is there.", seal.lab, Lab, OnDelete.CASCADE)
    yield Reference("seals_giver_fkey", "The giver is there.", seal.giver, Lab, OnDelete.RESTRICT)


@rules_of(Room, "rooms", belongs_to=lambda room: room.lab, key=("id",))
def room_rules(room: Room) -> Iterator[Rule]:
    """A room is in a laboratory."""
    yield Reference("rooms_lab_fkey", "The laboratory is there.", room.lab, Lab, OnDelete.CASCADE)
    yield Index("idx_rooms_lab", "Finds the rooms of a laboratory.", room.lab)


@rules_of(Loan, "loans", belongs_through=lambda loan: loan.room)
def loan_rules(loan: Loan) -> Iterator[Rule]:
    """What was lent is in a room, and its owner stays as long."""
    yield Check("loans_owner_length", "A key has 1 to 20 characters.", between(length(loan.owner), 1, 20))
    yield Reference("loans_room_fkey", "The room is there.", loan.room, Room, OnDelete.CASCADE)
    yield Reference("loans_owner_fkey", "The owner is there.", loan.owner, Lab, OnDelete.RESTRICT)
    yield Index("idx_loans_room", "Finds what is in a room.", loan.room)


@rules_of(Contract, "contracts", belongs_to=lambda contract: contract.lab)
def contract_rules(contract: Contract) -> Iterator[Rule]:
    """A contract ends with its laboratory."""
    yield Check("contracts_text_length", "A text has 1 to 20 characters.", between(length(contract.text), 1, 20))
    yield Reference(
        "contracts_lab_fkey",
        "The laboratory is there.",
        contract.lab,
        Lab,
        OnDelete.CASCADE,
        on_soft_delete=OnSoftDelete.REMOVE,
    )


MODELS = (
    clinic_rules,
    lab_rules,
    device_rules,
    line_rules,
    report_rules,
    order_rules,
    listing_rules,
    form_rules,
    seal_rules,
    room_rules,
    loan_rules,
    contract_rules,
)
PARTS = AUDIT_TRAIL + OUTBOX + PROCESSED_COMMANDS
LABS_COMMANDS = processed_commands_of(Lab)
DELETABLE = Catalogue(MODELS) + PARTS + LABS_COMMANDS
"""Both roots, with the parts of the kit; each root has processed commands of its own."""
