"""The appointments of the tests: who, where and when."""

from datetime import UTC, datetime, timedelta

from clinic.appointments import Appointment

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY = "2026-03-02"
NORTH, SOUTH = 1, 2
ANN, BOB = "P000001", "P000002"


def slot(number: int, *, doctor: str = "ann", room: str = "A1", clinic: int = NORTH, day: str = DAY) -> Appointment:
    """An appointment of half an hour; each number has a time of its own."""
    starts = MORNING + timedelta(minutes=30 * number)
    return Appointment(
        clinic=clinic,
        number=number,
        doctor=doctor,
        day=day,
        room=room,
        patient="Eve Moss",
        starts_at=starts,
        ends_at=starts + timedelta(minutes=30),
    )
