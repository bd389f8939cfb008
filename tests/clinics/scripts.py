"""Units of work over clinics, laboratories and what they share, as data: the first ones, and such that a seed draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from uuid import UUID

import attrs

from gapless.kit import Catalogue
from gapless.kit.ids import RowId
from gapless.kit.model import Validated
from gapless.kit.ports import Store, UnitOfWork
from tests.clinics.networks import City, Clinic, Country, Device, Form, Job, Lab, Notice, Person, Probe, Room

Home = tuple[type, int] | None
"""The root of a unit: its entity and its key; None if it has none."""
SHARED_SHARE, OPEN_SHARE, LATE_SHARE = 0.6, 0.7, 0.6
"""How many writes of a root's unit go to shared rows, how many of a country leave it open, how many units end late."""


@attrs.frozen
class Step:
    """One write of one row: its addition, a change of it, or its removal.

    Attributes:
        verb: "add", "save" or "remove".
        row: the row that is added, or the id of the other ones.
        values: what a change writes.
        may_miss: whether nothing is done if the row is not there.
    """

    verb: str
    entity: type[Validated]
    row: Validated | RowId
    values: tuple[tuple[str, object], ...] = ()
    may_miss: bool = False


@attrs.frozen
class Script:
    """The writes of one unit.

    Attributes:
        home: the root that it is of.
    """

    home: Home
    steps: tuple[Step, ...]

    @property
    def records(self) -> int | None:
        """The root of its audit records: the trail is that of clinics, the first root."""
        return self.home[1] if self.home is not None and self.home[0] is Clinic else None

    def unit(self, store: Store) -> UnitOfWork:
        """The unit, not opened yet."""
        return store.unit() if self.home is None else store.unit(self.home[1], of=self.home[0])


def prepared(catalogue: Catalogue) -> Iterator[Script]:
    """The units that make the first rows; those that create a root are of it."""
    people = [Step("add", Person, Person(id=UUID(int=number), name=f"P{number}", most_jobs=1)) for number in (1, 2)]
    first = (Step("add", Country, Country(code="AA", name="A")), *people)
    yield Script(None, (*first, Step("add", City, City(country="AA", name="one"))))
    if catalogue.roots:
        for number in (1, 2):
            clinic = Step("add", Clinic, Clinic(number=number, beds=1, country="AA"))
            yield Script((Clinic, number), (clinic, Step("add", Room, Room(clinic=number, id=1, plate=number))))
        lab = (Step("add", Lab, Lab(number=1)), Step("add", Device, Device(lab=1, name="a")))
        yield Script((Lab, 1), lab)
        yield Script(None, (Step("add", Notice, Notice(id=1, wall=1, since=1, until=3)),))


def drawn(random: Random, catalogue: Catalogue, homes: Sequence[Home]) -> list[Script]:
    """Units of these roots with one to three writes each, most of which find the first rows as they need them."""
    return [
        Script(
            home,
            (*(_step(random, catalogue, home) for _ in range(random.randint(1, 3))), *_late(random, catalogue)),
        )
        for home in homes
    ]


def _late(random: Random, catalogue: Catalogue) -> Iterator[Step]:
    """Sometimes a last write of a row that another unit may have added, changed or removed meanwhile.

    It is the last. If it finds nothing, the unit counts as one without it: what a unit reads is not guarded.
    """
    name, person = random.choice(("one", "two", "three", "four")), UUID(int=random.choice((1, 2, 3, 4)))
    steps = (
        Step("save", City, ("AA", name), may_miss=True),
        Step("remove", City, ("AA", name), may_miss=True),
        Step("save", Person, person, (("name", f"P{random.choice((5, 6))}"),), may_miss=True),
        Step("save", Person, person, (("most_jobs", 3),), may_miss=True),
        Step("remove", Person, person, may_miss=True),
        Step("remove", Country, "BB", may_miss=True),
        Step("add", Person, Person(id=person, name=f"P{person.int}")),
        Step("add", City, City(country=random.choice(("AA", "BB")), name=name)),
    )
    of_notices = (Step("save", Notice, random.choice((1, 2)), may_miss=True),) if catalogue.roots else ()
    if random.random() < LATE_SHARE:
        yield random.choice((*steps, *of_notices))


def homes_of(random: Random, catalogue: Catalogue, number: int) -> list[Home]:
    """So many homes, no root twice, for units of one root run one after the other."""
    roots: list[Home] = [(Clinic, 1), (Clinic, 2), (Lab, 1)] if catalogue.roots else []
    return random.sample([*roots, *[None] * number], number)


def _step(random: Random, catalogue: Catalogue, home: Home) -> Step:
    if home is None or random.random() < SHARED_SHARE:
        return random.choice((_shared, _shared, _notice))(random) if catalogue.roots else _shared(random)
    return (_of_clinic if home[0] is Clinic else _of_lab)(random, home[1])


def _shared(random: Random) -> Step:
    """A write of a shared row; some of them need what another unit may have removed, or meet what it has added."""
    code, name = random.choice(("AA", "AA", "AA", "BB")), random.choice(("one", "two", "three", "four"))
    person, most = UUID(int=random.choice((1, 1, 1, 2))), random.choice((0, 1, 2))
    new = random.choice((3, 4))
    return random.choice(
        (
            Step("add", Country, Country(code="BB", name="B")),
            Step("save", Country, "AA", (("is_open", random.random() < OPEN_SHARE),)),
            Step("remove", Country, code),
            Step("add", City, City(country=code, name=name)),
            Step("add", City, City(country="AA", name=name)),
            Step("remove", City, ("AA", "one")),
            Step("add", Person, Person(id=UUID(int=new), name=f"P{random.choice((1, 3, 4, 4))}")),
            Step("save", Person, person, (("most_jobs", most),)),
            Step("save", Person, person, (("name", f"P{random.choice((1, 2, 5))}"),)),
            Step("remove", Person, person),
        )
    )


def _notice(random: Random) -> Step:
    """A write of a notice, which may lead to a room that its clinic gives up or removes meanwhile."""
    since, clinic, number = random.choice((1, 3, 5)), random.choice((None, 1, 2)), random.choice((2, 3, 4))
    notice = Notice(id=number, wall=1, since=since, until=since + 1, clinic=clinic, room=1)
    return random.choice(
        (
            Step("add", Notice, notice),
            Step("add", Notice, attrs.evolve(notice, wall=number)),
            Step("save", Notice, 1, (("since", since), ("until", since + 1))),
            Step("save", Notice, 1, (("clinic", clinic), ("room", 1))),
            Step("remove", Notice, 1),
        )
    )


def _of_clinic(random: Random, clinic: int) -> Step:
    person, number = UUID(int=random.choice((1, 1, 2, 3))), random.choice((1, 2, 3))
    device = random.choice(("a", "a", "b", None))
    return random.choice(
        (
            *(Step("add", Job, Job(clinic=clinic, person=person)) for _ in range(3)),
            *(Step("add", Probe, Probe(clinic=clinic, id=number, lab=1, device=device)) for _ in range(2)),
            Step("add", Probe, Probe(clinic=clinic, id=number, lab=random.choice((1, 2)))),
            Step("add", Form, Form(id=number, clinic=clinic, title=f"T{number}")),
            Step("add", Form, Form(id=number, title="T")),
            Step("save", Clinic, clinic, (("country", random.choice(("AA", "BB", None))),)),
            Step("save", Clinic, clinic, (("beds", random.choice((0, 1, 2))),)),
            *(Step("save", Room, 1, (("is_gone", True),)) for _ in range(3)),
            Step("save", Room, 1, (("plate", random.choice((1, 2, 3))),)),
            Step(
                "add", Room, Room(clinic=clinic, id=number, plate=random.choice((2, 3)), lender=random.choice((1, 2)))
            ),
            Step("remove", Room, 1),
        )
    )


def _of_lab(random: Random, lab: int) -> Step:
    name = random.choice(("a", "b", "c"))
    return random.choice(
        (
            Step("add", Device, Device(lab=lab, name=name)),
            Step("remove", Device, "a"),
            Step("save", Lab, lab),
            Step("remove", Lab, lab),
        )
    )
