"""Units of work over cases, notes and what else belongs to a clinic through them, as data that a seed draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from gapless.kit import Catalogue
from tests.clinics.cases import Case, Entry, Letter, Mark, Note, Shelf, Tag
from tests.clinics.networks import Clinic, Country
from tests.clinics.scripts import Home, Script, Step

CLINICS = (1, 2)
COUNTRY_SHARE = 0.15
"""How many steps of a clinic write the country, which both clinics share."""


def prepared_cases(_: Catalogue) -> Iterator[Script]:
    """Two clinics in one country, each with a case, a shelf, and a note on both, which has a mark with a tag."""
    yield Script(None, (Step("add", Country, Country(code="AA", name="A")),))
    for clinic in CLINICS:
        steps = (
            Step("add", Clinic, Clinic(number=clinic, beds=2, country="AA")),
            Step("add", Case, Case(id=clinic, clinic=clinic, most_notes=2)),
            Step("add", Shelf, Shelf(id=clinic, clinic=clinic)),
            Step("add", Note, Note(id=clinic, case=clinic, shelf=clinic, code=f"C{clinic}")),
            Step("add", Mark, Mark(note=clinic, place=1)),
            Step("add", Tag, Tag(id=clinic, note=clinic, place=1)),
            Step("add", Letter, Letter(clinic=clinic, id=1, note=clinic)),
        )
        yield Script((Clinic, clinic), steps)


def drawn_cases(random: Random, homes: Sequence[Home]) -> list[Script]:
    """Units of these clinics with one to four writes each; many concern what the other clinic has as well."""
    return [
        Script(home, tuple(_step(random, home[1]) for _ in range(random.randint(1, 4))))
        for home in homes
        if home is not None
    ]


def _step(random: Random, clinic: int) -> Step:
    if random.random() < COUNTRY_SHARE:
        return random.choice(
            (
                Step("remove", Country, "AA", may_miss=True),
                Step("save", Country, "AA", (("name", random.choice(("B", "C"))),), may_miss=True),
            )
        )
    return random.choice((_of_cases, _of_notes, _of_notes, _of_marks, _of_marks, _of_letters))(random, clinic)


def _of_cases(random: Random, clinic: int) -> Step:
    number = random.choice((clinic, clinic, 1, 2, 3, 4))
    shelf = random.choice((1, 2))
    return random.choice(
        (
            Step("add", Case, Case(id=number, clinic=clinic, is_urgent=random.random() < 0.5)),  # every other
            Step("save", Case, number, (("most_notes", random.choice((1, 2, 3))),), may_miss=True),
            Step("save", Case, number, (("is_open", random.random() < 0.5),), may_miss=True),  # as above
            Step("save", Case, number, (("is_urgent", True),), may_miss=True),
            Step("remove", Case, number, may_miss=True),
            Step("save", Shelf, shelf, (("is_gone", True),), may_miss=True),
            Step("add", Shelf, Shelf(id=shelf, clinic=clinic)),
            Step("save", Clinic, clinic, (("beds", random.choice((0, 1, 2))),)),
        )
    )


def _of_notes(random: Random, clinic: int) -> Step:
    number, case = random.choice((1, 2, 3, 4, 5, 6)), random.choice((1, 2, clinic, clinic, 3))
    other, code = random.choice((None, 1, 2, 3)), random.choice((None, None, "C1", "C2", "C3", "much too long"))
    shelf, country = random.choice((None, 1, 2)), random.choice((None, "AA"))
    note = Note(id=number, case=case, answers=other, is_urgent=random.random() < 0.5)  # as above
    return random.choice(
        (
            Step("add", Note, note),
            Step("add", Note, Note(id=number, case=clinic, shelf=shelf, country=country)),
            Step("add", Note, Note(id=number, case=case, shelf=shelf, code=None if code is None else code[:10])),
            Step("save", Note, number, (("answers", other),), may_miss=True),
            Step("save", Note, number, (("shelf", shelf),), may_miss=True),
            Step("save", Note, number, (("case", case),), may_miss=True),
            Step("save", Note, number, (("is_urgent", False),), may_miss=True),
            Step("remove", Note, number, may_miss=True),
            Step("remove", Note, number),
        )
    )


def _of_marks(random: Random, clinic: int) -> Step:
    note, place = random.choice((1, 2, clinic, clinic)), random.choice((0, 1, 2, 3, 4))
    tag = random.choice((1, 2, 3))
    return random.choice(
        (
            Step("add", Mark, Mark(note=note, place=place)),
            Step("add", Mark, Mark(note=note, place=place)),
            Step("save", Mark, (note, place), (("text", "?"),), may_miss=True),
            Step("save", Mark, (note, place), (("is_struck", True),)),
            Step("remove", Mark, (note, place), may_miss=True),
            Step("add", Tag, Tag(id=tag, note=note, place=place)),
            Step("save", Tag, tag, (("color", "blue"),), may_miss=True),
            Step("remove", Tag, tag),
            Step("add", Entry, Entry(id=tag, note=note, place=place)),
            Step("save", Entry, tag, (("text", "undone"),), may_miss=True),
            Step("remove", Entry, tag, may_miss=True),
        )
    )


def _of_letters(random: Random, clinic: int) -> Step:
    number, note = random.choice((1, 2)), random.choice((None, 1, 2, 3))
    return random.choice(
        (
            Step("add", Letter, Letter(clinic=clinic, id=number, note=note)),
            Step("save", Letter, number, (("note", note),), may_miss=True),
            Step("remove", Letter, number, may_miss=True),
        )
    )
