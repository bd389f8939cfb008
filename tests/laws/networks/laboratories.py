"""A laboratory in its place: what it has, how it is deleted and restored, and what a cleanup says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import attrs

from gapless.adapters.system import SystemClock, UuidV7Factory
from gapless.application.audit_records import Recorder
from gapless.application.cleanup import Cleanup
from gapless.application.cleanup_outcomes import CleanupReport, Purged
from gapless.application.root_deletion import delete_root, restore_root
from gapless.kit import Actor
from gapless.kit.audit import AuditRecord
from gapless.kit.ports import Store
from gapless.kit.soft_deletion import Deletion
from gapless.testing.laws.rows import an_audit_record, fresh_id
from tests.clinics.deletable import DELETABLE, Clinic, Device, Lab, Line, Report

NUMBERS = count(1)


@attrs.frozen
class Place:
    """A clinic, and a laboratory with two devices and a line by which two reports came."""

    store: Store
    clinic: int
    lab: str
    devices: tuple[Device, Device]
    line: Line

    async def count(self, entity: type[Device | Line | Report | Lab]) -> int:
        """How many rows the laboratory has, deleted ones among them."""
        async with self.store.reading(self.lab, of=Lab) as reading:
            return await reading.of(entity).count(include_deleted=True)

    async def cleaned(self, batch: int = 1000) -> tuple[CleanupReport, list[Purged]]:
        """The report of a cleanup, and what it has told of this laboratory."""
        told: list[Purged] = []
        cleanup = Cleanup(store=self.store, clock=SystemClock(), ids=UuidV7Factory(), catalogue=DELETABLE)
        report = await cleanup.purge_expired(timedelta(0), batch=batch, progress=told.append)
        return report, [purged for purged in told if purged.root_id == self.lab]

    async def restore_lab(self) -> object:
        """Restores the laboratory with what was deleted with it; returns how many rows came back."""
        async with self.store.unit(self.lab, of=Lab) as unit:
            gone = await unit.of(Lab).get(self.lab, include_deleted=True)
            lab, rows = await restore_root(unit, DELETABLE, gone, recorder())
            await unit.commit()
        assert (lab.is_deleted, lab.deletion_id) == (False, None)
        return rows

    async def nobodys(self) -> list[tuple[str, str]]:
        """What nobody's trail says of this laboratory, the newest last."""
        async with self.store.reading() as reading:
            found = await reading.audit_trail.find(lambda record: record.resource_id == self.lab)
        return [(record.action, record.resource_type) for record in found]

    async def delete_lab(self) -> None:
        """Soft-deletes the laboratory with all that goes with it."""
        async with self.store.unit(self.lab, of=Lab) as unit:
            gone = await delete_root(unit, DELETABLE, await unit.of(Lab).get(self.lab), recorder())
            await unit.commit()
        assert gone.is_deleted


def recorder() -> Recorder:
    """Makes the records of a job."""
    return Recorder(UuidV7Factory(), datetime.now(UTC), Actor.system("laws"))


def a_deletion() -> Deletion:
    """A deletion by a job, just now."""
    return Deletion(id=fresh_id(), at=datetime.now(UTC), by=None)  # type: ignore[arg-type]  # any id


def record_of_lab(lab: str) -> AuditRecord:
    """The record of a unit of a laboratory, which is nobody's."""
    return an_audit_record(None, resource_type="lab", resource_id=lab)


async def place_on(store: Store) -> Place:
    """A clinic, and a laboratory."""
    number = next(NUMBERS)
    lab = f"lab {number}"
    first, second = (Device(lab=lab, id=fresh_id()) for _ in range(2))
    line = Line(lab=lab, id=fresh_id())
    async with store.creating(number) as unit:
        await unit.of(Clinic).add(Clinic(id=number), an_audit_record(number))
        await unit.commit()
    async with store.creating(lab, of=Lab) as unit:
        await unit.of(Lab).add(Lab(id=lab, name=lab), record_of_lab(lab))
        first, second = await unit.of(Device).add_all([first, second], record_of_lab(lab))
        line = await unit.of(Line).add(line)
        await unit.of(Report).add_all([Report(lab=lab, id=fresh_id(), line=line.id) for _ in range(2)])
        await unit.commit()
    return Place(store, number, lab, (first, second), line)
