"""Rows that belong to a root through a reference: what is declared, and what can't be kept and is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter

import attrs
import pytest

from gapless.kit import Catalogue, Entity, Index, Model, OnDelete, Reference, Rule, model_of, rules_of
from gapless.kit.errors import DeclarationError
from gapless.kit.model import Validated
from tests.clinics.cases import CASES, Case, Entry, Letter, Mark, Note, Scan, Tag, case_rules
from tests.clinics.networks import NETWORK, Clinic, Country, Device, Form, clinic_rules, country_rules
from tests.unit.domain.things import Yields, declared_through, entity, found_by, none, refers

OF_CASES = Catalogue((country_rules, clinic_rules, case_rules))


def through_a_case(
    fields: Mapping[str, object],
    *rules: Yields,
    root: bool = False,
    released: Callable[[Validated], bool] | None = None,
) -> Callable[[], object]:
    """A thing with these fields that belongs to a clinic through a case."""
    given, several = {"case": int, **fields}, (refers("case", Case, OnDelete.CASCADE), found_by("case"), *rules)
    return lambda: CASES + declared_through(given, *several, through=("case",), root=root, released=released)


def no_field(_: object) -> int:
    """What is no field of a row."""
    return 5


@attrs.frozen(kw_only=True, slots=True)
class Branch(Entity):
    """A branch of a branch."""

    id: int
    of: int
    version: int = 0


@rules_of(Branch, "branches", belongs_through=lambda branch: branch.of)
def branch_rules(branch: Branch) -> Iterator[Rule]:
    """A branch grows out of another one."""
    yield Reference("branches_of_fkey", "The other branch is there.", branch.of, Branch, OnDelete.CASCADE)
    yield Index("idx_branches_of", "Finds the branches of a branch.", branch.of)


def to_a_mark() -> Yields:
    """A reference to a mark."""
    return refers("note", Mark, OnDelete.CASCADE, "place")


def to_a_device() -> Yields:
    """A reference to a device of a laboratory."""
    return refers("device", Device, OnDelete.RESTRICT, "lab")


def reference(model: Model[Validated], name: str) -> Reference:
    """The reference of a model with this name."""
    return next(rule for rule in model.of_kind(Reference) if rule.name == name)


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "two things at once": (
        through_a_case({}, root=True),
        "the root of the row to which they refer; one of the four.",
    ),
    "no field": (
        lambda: rules_of(entity({"id": int}), "things", belongs_through=no_field)(none),
        "Thing: `belongs_through` names the fields of a reference of Thing itself, as in",
    ),
    "a field that may be null": (
        lambda: declared_through({"case": int | None}, refers("case", Case), through=("case",)),
        "Thing.case may be null, and rows belong to a root through it: let it never be null.",
    ),
    "no reference": (
        lambda: declared_through({"case": int}, through=("case",)),
        "Thing: yield a Reference by (case) to the row through which a row belongs to a root.",
    ),
    "a part of a reference": (
        lambda: declared_through({"note": int, "place": int}, to_a_mark(), through=("note",)),
        "Thing: yield a Reference by (note) to the row through which",
    ),
    "no index": (
        lambda: OF_CASES + declared_through({"case": int}, refers("case", Case), through=("case",)),
        "Thing belongs to a root through things_case_fkey: yield an Index that begins with (case), by which",
    ),
    "an index of other fields": (
        lambda: OF_CASES + declared_through({"case": int}, refers("case", Case), found_by("id"), through=("case",)),
        "yield an Index that begins with (case)",
    ),
    "a root": (
        lambda: NETWORK + declared_through({"clinic": int}, refers("clinic", Clinic), through=("clinic",)),
        "things_clinic_fkey leads to Clinic, which is a root itself: say belongs_to=lambda row: row.clinic of Thing",
    ),
    "a shared row": (
        lambda: NETWORK + declared_through({"country": str}, refers("country", Country), through=("country",)),
        "Thing belongs to a root through Country, whose rows are shared: let it belong through a row that always",
    ),
    "a row that may be nobody's": (
        lambda: NETWORK + declared_through({"form": int}, refers("form", Form), through=("form",)),
        "Thing belongs to a root through Form, whose rows belong to nobody if Form.clinic is null: let it",
    ),
    "a row whose key has the field of its root": (
        lambda: NETWORK + declared_through({"device": str, "lab": int}, to_a_device(), through=("device", "lab")),
        "things_device_fkey: the key (name, lab) of Device has the field of its root, and Thing has none: say",
    ),
    "another reference to such a row": (
        through_a_case({"letter": int}, refers("letter", Letter)),
        "things_letter_fkey: the key (clinic, id) of Letter has the field of its root, and Thing has none",
    ),
    "itself": (
        lambda: OF_CASES + branch_rules,
        "Branch belongs to a root through Branch, and so through itself: give one of these a field for its root",
    ),
    "a released row": (
        through_a_case({"is_gone": bool}, released=attrgetter("is_gone")),
        "Thing: `released` is for rows that can change and belong to a root by a field: leave it out.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_way_to_a_root_is_refused(name: str) -> None:
    """A declaration of rows whose root nobody could find is refused by the rule, the fields and what to do."""
    make, message = REFUSED[name]
    with pytest.raises(DeclarationError, match=re.escape(message)):
        make()


def test_each_row_has_its_root() -> None:
    """Rows belong to the root of the row to which their way leads, over however many rows."""
    ways = {model.entity: [step.parent.entity for step in CASES.way(model)] for model in CASES.models}
    assert {entity: way for entity, way in ways.items() if way} == {
        Note: [Case],
        Mark: [Note, Case],
        Tag: [Mark, Note, Case],
        Entry: [Mark, Note, Case],
        Scan: [Note, Case],
    }
    roots = [CASES.root_of(CASES.by_entity[each]) for each in (Case, Note, Mark, Tag, Letter)]
    assert [root and root.entity for root in roots] == [Clinic] * len(roots)


def test_what_is_known_of_such_rows() -> None:
    """They are neither shared nor nobody's, are found by their whole key, and never come to another parent."""
    note, tag = CASES.by_entity[Note], CASES.by_entity[Tag]
    assert [(model.is_shared, model.may_be_alone, model.tenant) for model in (note, tag)] == [(False, False, None)] * 2
    assert (note.key, note.lookup, model_of(Mark).lookup) == (("id",), ("id",), ("note", "place"))
    assert (note.through, tag.through) == (reference(note, "notes_case_fkey"), reference(tag, "tags_mark_fkey"))
    assert {*note.immutable} == {"id", "case"}
    assert {*tag.immutable} == {"id", "note", "place"}
    with pytest.raises(DeclarationError, match="The rows of Note belong to a root through another row"):
        assert note.named_tenant


def test_links_leave_the_root_out_where_a_row_has_no_field_for_it() -> None:
    """References of a row of the same root say so, unless one of the two rows can't."""
    leaves = {
        reference.name
        for model in CASES.models
        for reference in model.of_kind(Reference)
        if CASES.links_leave_root(model, reference)
    }
    assert leaves == {
        "notes_case_fkey",
        "notes_answers_fkey",
        "notes_shelf_fkey",
        "marks_note_fkey",
        "tags_mark_fkey",
        "entries_mark_fkey",
        "scans_note_fkey",
        "letters_note_fkey",
    }


def test_an_invariant_is_asked_of_such_rows() -> None:
    """Before a store is asked, the declaration says of a note that its case has too many of them."""
    limit = CASES.invariant(Note, "notes_of_case")
    assert limit is not None
    case, other = (Case(id=number, clinic=1, most_notes=1) for number in (1, 2))
    note = Note(id=5, case=1)
    assert [limit.is_counted_below(parent, note) for parent in (case, other)] == [True, False]
    assert [limit.number_below(parent, [note, note]) for parent in (case, other)] == [2, 0]
    assert [limit.is_violated((parent, parent), [(None, note)], number=1) for parent in (case, other)] == [True, False]
