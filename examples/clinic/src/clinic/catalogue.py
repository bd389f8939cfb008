"""The catalogue of the service: its own entities, and the parts of the kit that it takes."""

from __future__ import annotations

from clinic.appointments import appointment_rules, shift_rules
from clinic.clinics import clinic_rules, doctor_rules, room_rules
from clinic.people import Person, country_rules, person_rules
from gapless.kit import AUDIT_TRAIL, OUTBOX, Catalogue

CLINICS = (
    Catalogue(
        (country_rules, person_rules, clinic_rules, room_rules, doctor_rules, shift_rules, appointment_rules),
        users=Person,
    )
    + AUDIT_TRAIL
    + OUTBOX
)
"""People act, by their number in the register, whichever clinic it is in."""
