"""The main job: a month in the life of one organization of a voice service. Much is refused in it, and has to be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs

from gapless.demo.data import Company
from gapless.demo.player import Player
from gapless.demo.story.billing import cancellation, payments, plans, subscription
from gapless.demo.story.call_notes import listings, notes
from gapless.demo.story.calls import busy_days, call_troubles, calls
from gapless.demo.story.cast import Cast, gathered
from gapless.demo.story.deletion import deletion, end
from gapless.demo.story.departures import leaving, seats
from gapless.demo.story.downgrade import downgrade
from gapless.demo.story.invoices import invoices
from gapless.demo.story.knowledge import editing, knowledge, lost_knowledge
from gapless.demo.story.nothing_there import nothing_there
from gapless.demo.story.phone_numbers import number_troubles, numbers, release
from gapless.demo.story.sister import sister
from gapless.demo.story.team import bad_input, names, reading, roles
from gapless.demo.story.usage import minutes, periods, storage


@attrs.frozen
class Chapter:
    """A part of the story, and of which organizations it is told.

    Attributes:
        tell: plays it.
        every: of every so many-th organization.
        first: beginning with the one of this number.
    """

    tell: Callable[[Player, Cast], Awaitable[None]]
    every: int = 1
    first: int = 1

    def is_told_of(self, number: int) -> bool:
        """Whether it is told of the organization of this number."""
        return number % self.every == self.first % self.every


CHAPTERS = (
    Chapter(roles),
    Chapter(names, every=6),
    Chapter(seats, every=2),
    Chapter(numbers),
    Chapter(number_troubles, every=6, first=2),
    Chapter(calls),
    Chapter(busy_days, every=16, first=8),
    Chapter(call_troubles, every=6, first=3),
    Chapter(notes, every=6),
    Chapter(listings, every=4, first=2),
    Chapter(release, every=3),
    Chapter(knowledge),
    Chapter(editing, every=6, first=2),
    Chapter(bad_input, every=6, first=2),
    Chapter(subscription),
    Chapter(payments, every=3),
    Chapter(storage, every=3),
    Chapter(minutes),
    Chapter(periods, every=2, first=2),
    Chapter(invoices, every=4, first=3),
    Chapter(sister, every=5, first=5),
    Chapter(leaving, every=2),
    Chapter(lost_knowledge, every=4),
    Chapter(plans, every=4, first=2),
    Chapter(downgrade, every=4, first=3),
    Chapter(cancellation, every=6, first=5),
    Chapter(reading, every=2, first=2),
    Chapter(nothing_there, every=8, first=8),
    Chapter(deletion),
    Chapter(end, every=7, first=7),
)


async def tell(player: Player, company: Company, number: int) -> None:
    """Plays the whole story; without its organization there is none.

    Args:
        player: on which store.
        company: the input.
        number: the place of the company in the data, from 1 on: the chapters are chosen by it.
    """
    cast = await gathered(player, company, number)
    if cast is None:
        return
    for chapter in CHAPTERS:
        if chapter.is_told_of(number):
            await chapter.tell(player, cast)
