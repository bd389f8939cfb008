"""A service whose catalogue has many forms, each of which may follow any other."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol, cast
from uuid import UUID

import attrs
from hypothesis import strategies as st

from gapless.kit import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    BigInteger,
    Catalogue,
    Check,
    Entity,
    Exclusion,
    Index,
    Model,
    OnDelete,
    Reference,
    Rule,
    Transition,
    Unique,
    any_of,
    between,
    is_null,
    length,
    lower,
    negate,
    nullable,
    previous,
    row,
    rules_of,
)


class Mood(enum.Enum):
    """How a visit is."""

    GOOD = "good"
    BAD = "bad"


class Moods(enum.Enum):
    """How a visit is, with one more member."""

    GOOD = "good"
    BAD = "bad"
    UGLY = "ugly"


@attrs.frozen(kw_only=True)
class Form:
    """One form of the catalogue.

    Attributes:
        visits, label: what the table and the column are called.
        note: whether visits have notes: "", "nullable" or "required".
        longest: how long a label is at most; None for no rule.
        unique: which columns of visits no two share, besides their ward: "", "label", "lowered" (the label without
            regard to case) or "size".
        few: for which visits that holds: all, or only the big ones.
        most: how many visits a ward has at most: a number, "beds" for its own field, or 0 for no rule.
        one: whether a ward has a visit that is good.
        apart: whether visits in a ward don't overlap.
        rooms: whether there are rooms, which visits may have; "later" if they are declared behind the visits.
        by_id: whether rooms are found by their number alone.
        linked: whether the room of a visit has to be there.
        steps: whether sizes only grow.
        guarded: whether visits are added to open wards alone.
        big: whether sizes are big integers.
        moods: whether there is one more mood.
        indexed: whether visits are listed by size.
        calculated: whether visits are found by their label without regard to case, and rules calculate.
        entries: whether there is a book of entries, which never change.
        reverse: whether the rules that count stand in another order.
    """

    visits: str = "visits"
    label: str = "label"
    note: str = ""
    longest: int | None = 40
    unique: str = ""
    few: bool = False
    most: int | str = 0
    one: bool = False
    apart: bool = False
    rooms: str = ""
    by_id: bool = False
    linked: bool = True
    steps: bool = False
    guarded: bool = False
    big: bool = False
    moods: bool = False
    indexed: bool = False
    calculated: bool = False
    entries: bool = False
    reverse: bool = False


FORMS = st.builds(
    Form,
    visits=st.sampled_from(("visits", "appointments")),
    label=st.sampled_from(("label", "order")),
    note=st.sampled_from(("", "nullable", "required")),
    longest=st.sampled_from((None, 40, 60)),
    unique=st.sampled_from(("", "label", "lowered", "size")),
    few=st.booleans(),
    most=st.sampled_from((0, 3, 4, "beds")),
    one=st.booleans(),
    apart=st.booleans(),
    rooms=st.sampled_from(("", "before", "later")),
    by_id=st.booleans(),
    linked=st.booleans(),
    steps=st.booleans(),
    guarded=st.booleans(),
    big=st.booleans(),
    moods=st.booleans(),
    indexed=st.booleans(),
    calculated=st.booleans(),
    entries=st.booleans(),
    reverse=st.booleans(),
)


class Inside(Protocol):
    """What lies in a ward: a room, or an entry."""

    ward: int


class Entry(Inside, Protocol):
    """The fields of entries."""

    text: str


class Visit(Inside, Protocol):
    """The fields that visits may have, besides that of their label."""

    id: UUID
    size: int
    starts: datetime
    ends: datetime
    note: str
    room: int


@attrs.frozen(kw_only=True, slots=True)
class Ward(Entity):
    """The root."""

    id: int
    beds: int
    is_open: bool
    version: int = 0


@rules_of(Ward, "wards", root=True)
def ward_rules(ward: Ward) -> Iterator[Rule]:
    """What holds for wards, in all forms."""
    yield Check("wards_beds_range", "A ward has beds.", between(ward.beds, 0, 1000))


def catalogue_of(form: Form) -> Catalogue:
    """The catalogue in a form."""
    room = None if not form.rooms else _rooms(form)
    visit = _visits(form, None if room is None else room.entity)
    rooms = () if room is None else (room,)
    models = (visit, *rooms) if form.rooms == "later" else (*rooms, visit)
    return Catalogue((ward_rules, *models, *((_entries(),) if form.entries else ())))


def _rooms(form: Form) -> Model[Entity]:
    fields = {
        "ward": attrs.field(type=int),
        "number": attrs.field(type=int),
        "version": attrs.field(type=int, default=0),
    }
    entity = attrs.make_class("Room", fields, bases=(Entity,), frozen=True, kw_only=True, slots=True)
    key = ("number",) if form.by_id else ("ward", "number")

    @rules_of(entity, "rooms", belongs_to=lambda room: room.ward, key=key)
    def rules(room: Inside) -> Iterator[Rule]:
        yield Reference("rooms_ward_fkey", "A room is in a ward.", room.ward, Ward, OnDelete.CASCADE)

    return rules


def _visits(form: Form, room: type[Entity] | None) -> Model[Entity]:
    entity = attrs.make_class("Visit", _fields(form), bases=(Entity,), frozen=True, kw_only=True, slots=True)

    @rules_of(entity, form.visits, belongs_to=lambda visit: visit.ward)
    def rules(visit: Visit) -> Iterator[Rule]:
        home = Reference("visits_ward_fkey", "A visit is in a ward.", visit.ward, Ward, OnDelete.CASCADE)
        yield home
        yield from _of_rows(form, visit)
        if room is not None and form.linked:
            link = (visit.room,) if form.by_id else (visit.ward, visit.room)
            yield Reference("visits_room_fkey", "The room is there.", link, room, OnDelete.RESTRICT)
        counting = [*_counting(form, visit, home)]
        yield from reversed(counting) if form.reverse else counting
        if form.guarded:
            yield AdmissionGuard("visits_open", "The ward is closed.", home, row(Ward).is_open, of=True, added=True)
        if form.steps:
            yield Transition("visits_size_grows", "A size grows.", visit.size >= previous(visit).size)

    return rules


def _fields(form: Form) -> dict[str, object]:
    found: dict[str, object] = {
        "ward": attrs.field(type=int),
        "id": attrs.field(type=UUID),
        form.label: attrs.field(type=str),
        "size": attrs.field(type=BigInteger if form.big else int),
        "starts": attrs.field(type=datetime),
        "ends": attrs.field(type=datetime),
        "mood": attrs.field(type=Moods if form.moods else Mood),
    }
    if form.note == "nullable":
        found["note"] = attrs.field(type=cast("type", str | None), default=None)
    elif form.note == "required":
        found["note"] = attrs.field(type=str, default="it's new")
    if form.rooms:
        found["room"] = attrs.field(type=cast("type", int | None), default=None)
    return {**found, "version": attrs.field(type=int, default=0)}


def _of_rows(form: Form, visit: Visit) -> Iterator[Rule]:
    """The rules about one row, and about two."""
    label = getattr(visit, form.label)
    yield Check("visits_in_order", "A visit ends behind its start.", visit.starts <= visit.ends)
    if form.longest is not None:
        yield Check("visits_label_length", "A label is not so long.", length(label) <= form.longest)
    else:
        yield Check("visits_label_bounded", "A label is not so long.", length(label) <= 200)
    if form.note:
        note = nullable(visit.note) if form.note == "nullable" else visit.note
        yield Check("visits_note_length", "A note is not so long.", length(note) <= 100)
    if form.unique:
        value = visit.size if form.unique == "size" else lower(label) if form.unique == "lowered" else label
        yield Unique(
            "visits_unique", "That is taken.", (visit.ward, value), where=visit.size > 10 if form.few else None
        )
    if form.apart:
        said = "Somebody is there."
        yield Exclusion("visits_apart", said, (visit.ward,), start=visit.starts, end=visit.ends, where=visit.size > 5)
    if form.indexed:
        yield Index("visits_by_size", "Visits are listed by size.", (visit.ward, visit.size))
    if form.calculated:
        yield Index("visits_by_label", "Visits are found by label.", (visit.ward, lower(label), visit.starts))
        yield Check("visits_not_long", "A visit is short.", visit.ends - visit.starts <= timedelta(days=1))
        yield Check("visits_size_small", "A visit is small.", visit.size * visit.size + visit.ward < 10**12)


def _counting(form: Form, visit: Visit, home: Reference) -> Iterator[Rule]:
    if form.most:
        limit = row(Ward).beds if isinstance(form.most, str) else form.most
        good = any_of(visit.size > 1, visit.size <= 1)
        yield AtMost("visits_most", "The ward is full.", home, of=good, limit=limit)
    if form.one:
        # Only of open wards: one that is added without visits is closed.
        yield AtLeastOne("visits_good", "A visit is good.", home, of=visit.size >= 0, while_parent=row(Ward).is_open)


def _entries() -> Model[Entity]:
    fields = {"ward": attrs.field(type=int), "id": attrs.field(type=UUID), "text": attrs.field(type=str)}
    entity = attrs.make_class("Entry", fields, bases=(Entity,), frozen=True, kw_only=True, slots=True)

    @rules_of(entity, "entries", belongs_to=lambda entry: entry.ward)
    def rules(entry: Entry) -> Iterator[Rule]:
        home = Reference("entries_ward_fkey", "An entry is of a ward.", entry.ward, Ward, OnDelete.CASCADE)
        yield home
        yield Check("entries_text_there", "An entry has a text.", negate(is_null(entry.text)))
        yield AppendOnly("entries_append_only", "Entries never change.", home)

    return rules
