"""Cases of clinics, and what belongs to a clinic through them: notes, marks on notes, and tags on marks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import attrs

from gapless.kit import (
    AUDIT_TRAIL,
    OUTBOX,
    UNRECORDED,
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    AuditedEntity,
    Catalogue,
    Check,
    Entity,
    Index,
    Names,
    OnDelete,
    Reference,
    Rule,
    Stamped,
    Transition,
    Unique,
    between,
    length,
    nullable,
    previous,
    row,
    rules_of,
)
from gapless.kit.columns import RecordedTime
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.soft_deletion import soft_deletion_rules
from tests.clinics.networks import Clinic, Country, clinic_rules, country_rules, lab_rules

MARKS = Names('Mark "s', {"note": "noteId", "place": "way1", "text": "note"})
"""A column has the name of another field, and one that of a table in a statement."""


@attrs.frozen(kw_only=True, slots=True)
class Case(Entity):
    """A case of a clinic, with as many notes as it takes, and at least an urgent one if it is urgent itself."""

    id: int
    clinic: int
    most_notes: int = 3
    is_open: bool = True
    is_urgent: bool = False
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Shelf(Entity):
    """A place for paper in a clinic, which may be given up."""

    id: int
    clinic: int
    is_gone: bool = False
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Note(AuditedEntity):
    """A note on a case, which may answer another one, and lie on a shelf; it belongs to the clinic of the case."""

    id: int
    case: int
    answers: int | None = None
    shelf: int | None = None
    country: str | None = None
    code: str | None = None
    is_urgent: bool = False
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Mark(Entity):
    """A mark on a note, which may be struck out; it belongs to the clinic of the case of the note."""

    note: int
    place: int
    text: str = "!"
    is_struck: bool = False
    came_at: RecordedTime = attrs.field(default=UNRECORDED, eq=False)
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Entry(Entity):
    """What was done to a mark; it never changes, and goes with the mark."""

    id: int
    note: int
    place: int
    text: str = "done"


@attrs.frozen(kw_only=True, slots=True)
class Scan(AuditedEntity):
    """A picture of a note, which is soft-deleted before it goes."""

    id: UUID
    note: int
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Tag(Entity):
    """A tag on a mark, which nothing counts."""

    id: int
    note: int
    place: int
    color: str = "red"
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Letter(Entity):
    """A letter of a clinic, perhaps about a note."""

    clinic: int
    id: int
    note: int | None = None
    version: int = 0


@rules_of(Case, "cases", belongs_to=lambda case: case.clinic, key=("id",))
def case_rules(case: Case) -> Iterator[Rule]:
    """A case is in a clinic, which has as many as beds."""
    home = Reference("cases_clinic_fkey", "The clinic is there.", case.clinic, Clinic, OnDelete.CASCADE)
    yield home
    yield AtMost("cases_of_clinic", "A clinic has no more cases than beds.", home, of=True, limit=row(Clinic).beds)
    yield Index("idx_cases_clinic", "Finds the cases of a clinic.", case.clinic)


@rules_of(Shelf, "shelves", belongs_to=lambda shelf: shelf.clinic, key=("id",), released=lambda shelf: shelf.is_gone)
def shelf_rules(shelf: Shelf) -> Iterator[Rule]:
    """A shelf is in a clinic."""
    yield Reference("shelves_clinic_fkey", "The clinic is there.", shelf.clinic, Clinic, OnDelete.CASCADE)


@rules_of(Note, "notes", belongs_through=lambda note: note.case)
def note_rules(note: Note) -> Iterator[Rule]:
    """A note is on a case that is open, and refers to what is in the same clinic."""
    yield Check("notes_code_length", "A code is short.", between(length(nullable(note.code)), 1, 10))
    yield Check("notes_country_length", "A code has two letters.", between(length(nullable(note.country)), 2, 2))
    case = Reference("notes_case_fkey", "The case is there.", note.case, Case, OnDelete.CASCADE)
    yield case
    yield Reference("notes_answers_fkey", "The other note is there.", note.answers, Note, OnDelete.SET_NULL)
    yield Reference("notes_shelf_fkey", "The shelf is there.", note.shelf, Shelf, OnDelete.SET_NULL)
    yield Reference("notes_country_fkey", "The country is there.", note.country, Country, OnDelete.RESTRICT)
    yield Unique("notes_code_unique", "Another note has this code.", note.code)
    yield Index("idx_notes_case", "Finds the notes of a case.", note.case)
    yield Index("idx_notes_shelf", "Finds the notes on a shelf.", (note.shelf, note.id))
    yield AdmissionGuard("notes_enter_open", "The case is closed.", case, row(Case).is_open)
    yield AtMost("notes_of_case", "A case has no more notes.", case, of=True, limit=row(Case).most_notes)
    yield AtLeastOne("notes_urgent", "An urgent note.", case, of=note.is_urgent, while_parent=row(Case).is_urgent)


@rules_of(
    Mark,
    "marks",
    belongs_through=lambda mark: mark.note,
    key=("note", "place"),
    soft_deleted=lambda mark: mark.is_struck,
    names=MARKS,
)
def mark_rules(mark: Mark) -> Iterator[Rule]:
    """A mark is on a note, which has two of them."""
    yield Check("marks_text_length", "A text is short.", between(length(mark.text), 1, 10))
    note = Reference("marks_note_fkey", "The note is there.", mark.note, Note, OnDelete.CASCADE)
    yield note
    yield AtMost("marks_of_note", "A note has two marks.", note, of=True, limit=2)
    yield Stamped("marks_came_at", "When a mark came.", column=mark.came_at)
    kept = mark.version >= previous(mark).version
    yield Transition("marks_placed", "A place is a number.", kept, added=mark.place > 0)


@rules_of(Tag, "tags", belongs_through=lambda tag: (tag.note, tag.place))
def tag_rules(tag: Tag) -> Iterator[Rule]:
    """A tag is on a mark."""
    yield Check("tags_color_length", "A colour is short.", between(length(tag.color), 1, 10))
    yield Reference("tags_mark_fkey", "The mark is there.", (tag.note, tag.place), Mark, OnDelete.CASCADE)
    yield Index("idx_tags_mark", "Finds the tags of a mark.", (tag.note, tag.place))


@rules_of(Entry, "entries", belongs_through=lambda entry: (entry.note, entry.place))
def entry_rules(entry: Entry) -> Iterator[Rule]:
    """An entry is about a mark."""
    yield Check("entries_text_length", "A text is short.", between(length(entry.text), 1, 10))
    mark = Reference("entries_mark_fkey", "The mark is there.", (entry.note, entry.place), Mark, OnDelete.CASCADE)
    yield mark
    yield Index("idx_entries_mark", "Finds the entries about a mark.", (entry.note, entry.place))
    yield AppendOnly("entries_kept", "What was done stays as it is.", through=mark)


@rules_of(Scan, "scans", belongs_through=lambda scan: scan.note, soft_deleted=lambda scan: scan.is_deleted)
def scan_rules(scan: Scan) -> Iterator[Rule]:
    """A scan is of a note."""
    yield Reference("scans_note_fkey", "The note is there.", scan.note, Note, OnDelete.CASCADE)
    yield Index("idx_scans_note", "Finds the scans of a note.", scan.note)
    yield from soft_deletion_rules(scan, "scans")


@rules_of(Letter, "letters", belongs_to=lambda letter: letter.clinic)
def letter_rules(letter: Letter) -> Iterator[Rule]:
    """A letter is about a note of the same clinic, which stays as long."""
    yield Reference("letters_clinic_fkey", "The clinic is there.", letter.clinic, Clinic, OnDelete.CASCADE)
    yield Reference("letters_note_fkey", "The note is there.", letter.note, Note, OnDelete.RESTRICT)


CASES = (
    Catalogue(
        (
            country_rules,
            clinic_rules,
            lab_rules,
            case_rules,
            shelf_rules,
            note_rules,
            mark_rules,
            tag_rules,
            entry_rules,
            scan_rules,
            letter_rules,
        )
    )
    + AUDIT_TRAIL
    + OUTBOX
)
"""Rows that belong to a clinic by a field, through one row and through two, beside shared rows and another root."""
