"""What an author of a revision is told before any database is asked: what is missing, and what does not fit."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest
from hypothesis import given

from gapless.adapters.postgres.migrations.frozen_sql import statements_of
from gapless.adapters.postgres.revisions.description import described
from gapless.adapters.postgres.revisions.description_file import FORMAT, from_text, to_text
from gapless.adapters.postgres.revisions.revision_folder import keep
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue
from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.postgres import Decisions, frozen_revision, next_revision
from tests.integration.postgres.revisions.packages import Package, decisions_between
from tests.integration.postgres.revisions.wards import FORMS, Form, catalogue_of
from tests.properties import bounded
from tests.voice.hosted import HOSTED

FIRST = Form(note="nullable", rooms="before", most=3)


@pytest.fixture
def package(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Package:
    """A package whose last revision has made the first form of the wards."""
    found = Package(tmp_path_factory.mktemp("revisions"), monkeypatch)
    found.write(catalogue_of(FIRST))
    return found


MISSING = {
    "a dropped table": (
        attrs.evolve(FIRST, rooms=""),
        Decisions(drops={"visits.room"}),
        "rooms is no longer in the catalogue, and what is in it would be lost: state --drop rooms, or --rename rooms=",
    ),
    "a dropped column": (
        attrs.evolve(FIRST, rooms=""),
        Decisions(drops={"rooms"}),
        r"visits\.room is no longer in the catalogue, .*: state --drop visits\.room, or --rename visits\.room=",
    ),
    "a column of another name": (
        attrs.evolve(FIRST, label="order"),
        Decisions(fills={"visits.order": "'x'"}),
        r"visits\.label is no longer in the catalogue, .* --rename visits\.label=",
    ),
    "a table of another name": (
        attrs.evolve(FIRST, visits="appointments"),
        Decisions(),
        "visits is no longer in the catalogue, .* --rename visits=",
    ),
    "a new column without a default": (
        attrs.evolve(FIRST, label="order"),
        Decisions(drops={"visits.label"}),
        r'Column visits\.order is new and required, .*, as in --fill "visits\.order=…"',
    ),
    "another type": (
        FIRST,
        Decisions(),
        r'Column visits\.size was BIGINT and is INTEGER: state what its values become, as in --fill "visits\.size=…"',
    ),
    "another key": (
        attrs.evolve(FIRST, by_id=True),
        Decisions(),
        r"The key of table rooms was \(ward, number\) and is \(number\): no revision is written for that",
    ),
}


@pytest.mark.parametrize(("now", "decisions", "said"), MISSING.values(), ids=MISSING)
def test_what_no_difference_shows_has_to_be_decided(
    package: Package, now: Form, decisions: Decisions, said: str
) -> None:
    """Whatever may lose something, or can't be known, is refused with the option for it, and nothing is written."""
    if now == FIRST:
        package.write(catalogue_of(attrs.evolve(FIRST, big=True)))
    before = {file.name for file in package.folder.iterdir()}
    with pytest.raises(DeclarationError, match=said):
        package.write(catalogue_of(now), decisions)
    assert {file.name for file in package.folder.iterdir()} == before


NOW = attrs.evolve(FIRST, longest=60, most=4, note="required")
UNFIT = {
    "no such name": (Decisions(renames={"rums": "visits"}), "has no table or column rums"),
    "a new name that is nowhere": (
        Decisions(renames={"rooms": "wings"}),
        "rooms can't be renamed to wings: table wings",
    ),
    "a new name that was there": (Decisions(renames={"rooms": "visits"}), "rooms can't be renamed to visits"),
    "a column that is nowhere": (Decisions(renames={"visits.note": "text"}), r"column text of table visits has to be"),
    "a drop of what stays": (Decisions(drops={"visits.note"}), r"visits\.note does not go"),
    "a fill of what needs none": (Decisions(fills={"visits.size": "1"}), r"visits\.size is no column that is new"),
    "a fill that is two": (Decisions(fills={"visits.note": "'a'; DROP TABLE x"}), "no expression of SQL in one line"),
    "a fill that is open": (Decisions(fills={"visits.note": "('a'"}), "no expression of SQL in one line"),
    "a fill that closes more": (Decisions(fills={"visits.note": "'a') = ('b'"}), "no expression of SQL in one line"),
    "a fill with a comment": (Decisions(fills={"visits.note": "'a' --"}), "no expression of SQL in one line"),
    "a fill that is a list": (Decisions(fills={"visits.note": "'a', size = 1"}), "no expression of SQL in one line"),
    "a fill in two lines": (Decisions(fills={"visits.note": "'a\nb'"}), "no expression of SQL in one line"),
    "two things of one name": (Decisions(renames={"visits.note": "x", "visits.label": "x"}), "can't be renamed to x"),
    "an empty fill": (Decisions(fills={"visits.note": " "}), "no expression of SQL in one line"),
    "no limit": (Decisions(tolerated={"visits_label_length"}), "visits_label_length is no rule that counts"),
}


@pytest.mark.parametrize(("decisions", "said"), UNFIT.values(), ids=UNFIT)
def test_a_decision_that_does_not_fit_is_refused(package: Package, decisions: Decisions, said: str) -> None:
    """What is said of something that is not so is a mistake of the author's, and nothing is written."""
    with pytest.raises(InvalidValue, match=said):
        package.write(catalogue_of(NOW), decisions)
    assert not (package.folder / "ward_0002.sql").exists()


@pytest.mark.parametrize(
    "decisions",
    [
        Decisions(renames={"visits": "x"}),
        Decisions(drops={"x"}),
        Decisions(fills={"x": "1"}),
        Decisions(tolerated={"x"}),
    ],
)
def test_nothing_is_decided_where_nothing_has_changed(package: Package, decisions: Decisions) -> None:
    """A decision without a difference is refused, and not taken for done."""
    with pytest.raises(InvalidValue):
        package.write(catalogue_of(FIRST), decisions)


def test_a_revision_without_a_description_is_no_beginning(package: Package) -> None:
    """Behind a revision that was written by hand the next one is not guessed: the error says how to describe it."""
    (package.folder / "ward_0001.json").unlink()
    with pytest.raises(DeclarationError, match=r"ward_0001 has no description, ward_0001\.json, .* --describe"):
        package.write(catalogue_of(NOW))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda text: text.replace(f'"format": {FORMAT}', '"format": 99'),
            r"ward_0001\.json has format 99, and .* reads 1",
        ),
        (lambda text: text[:-30], r"ward_0001\.json is no description"),
        (lambda _: "[]", r"ward_0001\.json is no description"),
        (lambda text: text.replace('"objects"', '"things"'), r"ward_0001\.json is no description"),
    ],
)
def test_a_description_that_can_not_be_read_is_named(package: Package, spoil: Callable[[str], str], said: str) -> None:
    """Of another version, cut off, or something else: the file is named, and nothing is made of it."""
    file = package.folder / "ward_0001.json"
    file.write_text(spoil(file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(DeclarationError, match=said):
        package.write(catalogue_of(NOW))


@bounded(30)
@given(form=FORMS)
def test_a_description_is_read_as_it_was_written(form: Form) -> None:
    """Nothing that a later revision has to know is lost in the file."""
    description = described(catalogue_of(form))
    assert from_text("it", to_text(description)) == description


@pytest.mark.parametrize(("catalogue", "beyond"), [(GAPLESS, None), (HOSTED, GAPLESS)], ids=["all", "beyond"])
def test_the_first_revision_is_that_of_the_catalogue(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    catalogue: Catalogue,
    beyond: Catalogue | None,
) -> None:
    """From nothing, a revision makes what the catalogue makes, statement by statement."""
    package = Package(tmp_path_factory.mktemp("revisions"), monkeypatch, beyond=beyond)
    written = package.write(catalogue)
    assert written is not None
    assert written.text == frozen_revision(catalogue, written.sentence, beyond=beyond)


@pytest.mark.parametrize("online", [True, False])
def test_what_is_written_is_a_revision_in_its_steps(package: Package, *, online: bool) -> None:
    """The file is read as the steps that it was written in; as one, if nothing is to go ahead."""
    written = package.write(catalogue_of(NOW), decisions_between(FIRST, NOW), online=online)
    assert written is not None
    steps = {statement.step for statement in statements_of(written.text)}
    assert steps == set(range(written.text.count("-- step: ") or 1))
    assert (len(steps) > 1) is online
    assert written.sentence == "Changed column visits.note; changed rules visits_label_length, visits_most."


def test_a_name_is_given_once(package: Package) -> None:
    """The first revision is given the name of the service, and no later one."""
    with pytest.raises(InvalidValue, match="only the first one is given a name"):
        next_revision(package.chain(catalogue_of(NOW)), service="other", decisions=decisions_between(FIRST, NOW))
    for file in package.folder.glob("ward_*"):
        file.unlink()
    with pytest.raises(InvalidValue, match="The first revision has a name: --service desk for desk_0001"):
        next_revision(package.chain(catalogue_of(NOW)))
    for name in ("Bad Name", "../ward", "w" * 40, ""):
        with pytest.raises(InvalidValue, match="is no name for revisions"):
            next_revision(package.chain(catalogue_of(NOW)), service=name)


def test_a_revision_is_not_written_over(package: Package) -> None:
    """Of two that write the same revision the second finds the file of the first, and changes nothing."""
    written = next_revision(package.chain(catalogue_of(NOW)), decisions=decisions_between(FIRST, NOW))
    assert written is not None
    keep(written, package.folder)
    with pytest.raises(InvalidValue, match=r"ward_0002\.json can't be written: File exists"):
        keep(attrs.evolve(written, text="-- Other.", description="{}"), package.folder)
    assert (package.folder / "ward_0002.json").read_text(encoding="utf-8") == written.description
    assert (package.folder / "ward_0002.sql").read_text(encoding="utf-8") == written.text


def test_an_interrupted_writer_leaves_no_revision(package: Package) -> None:
    """What somebody has left who wrote the description alone is no revision, and the next writer replaces it."""
    (package.folder / "ward_0002.json").write_text("half", encoding="utf-8")
    written = package.write(catalogue_of(NOW), decisions_between(FIRST, NOW))
    assert written is not None
    assert (package.folder / "ward_0002.json").read_text(encoding="utf-8") == written.description
