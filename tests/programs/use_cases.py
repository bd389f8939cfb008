"""Compares two stores under the services: the same use cases come to the same, and leave the same rows."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, cast
from uuid import UUID, uuid4

from gapless.application.pages import Page
from gapless.bootstrap import Parts, assembled
from gapless.domain.organizations import OrganizationId
from gapless.domain.usage import Storage
from gapless.kit import Catalogue
from gapless.kit.audit import Actor
from gapless.kit.errors import GaplessError
from gapless.kit.ports import Store
from gapless.services.organizations import CreatedOrganization
from gapless.testing.differential.comparison import Disagreement, Stores, require_same_rows
from gapless.testing.differential.likeness import are_alike
from gapless.testing.differential.runner import Contents, Outcome, Refusal, refusal_of
from gapless.testing.differential.worlds import UNKNOWN
from gapless.testing.fuzzing.hostile import Apart, Hostile
from tests.programs.use_case_programs import OF_A_ROOT, IdOf, NextOf, OfProgram, UseCase
from tests.voice.hosted import HOSTED

BEGINNING = datetime(2026, 3, 1, 9, tzinfo=UTC)
BETWEEN = timedelta(minutes=1, microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Dress: TypeAlias = Callable[[object], object]
PLACES = 1 << 12  # of the ids of one millisecond
ACTOR = Actor.system("programs")


class Pace:
    """A clock and an id factory that go on from step to step, the same on each store.

    Args:
        story: tells the ids of one program from those of all others; below 2**62.
    """

    def __init__(self, story: int) -> None:
        self._story = story
        self._time = BEGINNING
        self._made = 0

    def step(self, pause: timedelta) -> None:
        """Goes on to the next step."""
        self._time += BETWEEN + pause
        self._made = 0

    def now(self) -> datetime:
        """The time of the step, in UTC."""
        return self._time

    def new(self) -> UUID:
        """The next id of the step, a UUIDv7: later ones are greater."""
        self._made += 1
        later, place = divmod(self._made, PLACES)
        milliseconds = (self._time - EPOCH) // timedelta(milliseconds=1) + later
        return UUID(int=milliseconds << 80 | 0x7 << 76 | place << 64 | 0b10 << 62 | self._story)


def as_it_is(value: object) -> object:
    """An argument as it was drawn."""
    return value


class Player:
    """Plays one program of use cases on one store.

    Args:
        store: where it is played.
        catalogue: what the store keeps.
        story: the program's number.
        storage: what is counted as storage.
        dress: makes of each argument what the use case is given.

    Attributes:
        homes: the organizations that it has created.
    """

    def __init__(
        self, store: Store, catalogue: Catalogue, story: int, storage: Storage, dress: Dress = as_it_is
    ) -> None:
        self._dress = dress
        self._catalogue = catalogue
        self._story = story
        self._apart = Apart(catalogue, f"{story:x}")
        self._pace = Pace(story)
        self._app = assembled(store, Parts(catalogue=catalogue, clock=self._pace, ids=self._pace, storage=storage))
        self.homes: list[OrganizationId] = []
        self._nexts: dict[str, str] = {}

    async def found(self, place: int) -> None:
        """Creates one of the organizations that are there at the beginning."""
        self._pace.step(timedelta())
        slug = self._text(OfProgram("slug", place))
        created = await self._app.organizations.create("Acme", slug, "ann@acme.org", "Ann", actor=ACTOR)
        self.homes.append(created.organization.id)

    async def play(self, call: UseCase, rows: Contents) -> Outcome:
        """Calls a use case; `rows` is what its organizations had before.

        Returns:
            What it returned, or the Refusal that it raised.
        """
        self._pace.step(call.pause)
        service, _, method = call.name.partition(".")
        use_case = cast("Callable[..., Awaitable[object]]", getattr(getattr(self._app, service), method))
        home = call.home % len(self.homes)
        given: dict[str, object] = {}
        for name, value in call.arguments:
            if isinstance(value, NextOf):
                given[name] = self._next_of(value, call.name)
            elif isinstance(value, Hostile):  # is handed over as it is: it may say that it is a tuple
                given[name] = value.made_for(name, self._apart)
            else:
                given[name] = self._resolved(value, home, rows)
        given = {name: self._dress(value) for name, value in (self._own(use_case, home) | given).items()}
        try:
            result = await use_case(**given)
        except GaplessError as error:
            return refusal_of(error)
        if isinstance(result, CreatedOrganization):
            self.homes.append(result.organization.id)
        if isinstance(result, Page) and result.next is not None:
            self._nexts[call.name] = result.next
        return result

    def _next_of(self, asked: NextOf, name: str) -> str | None:
        """The `next` of the newest page that a use case, or another one, gave and that was not the last; or None."""
        if asked.foreign:
            return next((given for other, given in self._nexts.items() if other != name), None)
        return self._nexts.get(name)

    def _own(self, use_case: Callable[..., Awaitable[object]], home: int) -> dict[str, object]:
        """The root and the actor, where the use case takes them."""
        own: dict[str, object] = {**dict.fromkeys(OF_A_ROOT, self.homes[home]), "actor": ACTOR}
        taken = inspect.signature(use_case).parameters
        return {name: value for name, value in own.items() if name in taken}

    def _resolved(self, value: object, home: int, rows: Contents) -> object:
        if isinstance(value, tuple):
            return tuple(self._resolved(part, home, rows) for part in value)
        if isinstance(value, OfProgram):
            return self._text(value)
        return self._id(value, home, rows) if isinstance(value, IdOf) else value

    def _id(self, asked: IdOf, home: int, rows: Contents) -> UUID:
        model = next(model for model in self._catalogue.models if model.name == asked.entity)
        owner = self.homes[(home + asked.foreign) % len(self.homes)]
        found = [row for row in rows[model.table] if model.tenant_of(row) == owner]
        if asked.place < 0 or not found:
            return UNKNOWN
        return cast(UUID, getattr(found[asked.place % len(found)], "id"))  # noqa: B009  # these rows have ids

    def _text(self, asked: OfProgram) -> str:
        if asked.kind == "slug":
            return f"story-{self._story:x}-{asked.place}"
        return f"+1{self._story % 10**12:012}{asked.place}"


async def compare_use_cases(
    stores: Stores,
    program: Sequence[UseCase],
    catalogue: Catalogue = HOSTED,
    *,
    storage: Storage = Storage.PER_PERIOD,
    dress: Dress = as_it_is,
) -> None:
    """Plays a sequence of use cases on two stores, with the same times and ids.

    Args:
        stores: the stores, open and with the same catalogue.
        program: the use cases; they get two organizations of their own to begin with.
        catalogue: the entities that are compared after each use case that was not refused, and in the end.
        storage: what the services count as storage.
        dress: makes of each argument what the use cases on the second store are given, for which they do the same.

    Raises:
        Disagreement: a use case came to something else, or left other rows.
    """
    story = uuid4().int >> 66
    one, other = Player(stores[0], catalogue, story, storage), Player(stores[1], catalogue, story, storage, dress)
    for player in (one, other):
        for place in range(2):
            await player.found(place)
    kept = await require_same_rows(stores, catalogue, one.homes, "the beginning")
    for number, call in enumerate(program, 1):
        outcomes = [await player.play(call, kept) for player in (one, other)]
        if not are_alike(*outcomes):
            raise Disagreement(f"use case {number}, {call}:\n{outcomes[0]}\n{outcomes[1]}")
        if number == len(program) or not isinstance(outcomes[0], Refusal):
            kept = await require_same_rows(stores, catalogue, one.homes, f"use case {number}, {call}")
