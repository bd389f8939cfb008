"""Plays hostile use cases on two stores: they answer alike, by errors of ours alone, and a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from gapless.domain.usage import Storage
from gapless.kit import Catalogue
from gapless.testing.differential.comparison import Disagreement, Stores, require_same_rows
from gapless.testing.differential.likeness import are_alike
from gapless.testing.fuzzing.comparison import require_good
from gapless.testing.fuzzing.refusals import NumberedCall
from tests.programs.use_case_programs import UseCase
from tests.programs.use_cases import Player
from tests.voice.hosted import HOSTED


async def compare_hostile_use_cases(stores: Stores, program: Sequence[UseCase], catalogue: Catalogue = HOSTED) -> None:
    """Plays a sequence of use cases, with the same times and ids, and with hostile arguments.

    Args:
        stores: the stores, open and with the same catalogue.
        program: the use cases; they get two organizations of their own to begin with.
        catalogue: the entities whose rows are compared after each call.

    Raises:
        Disagreement: the stores answered differently, or kept other rows.
        BadRefusal: a refusal changed something, or says too much.
        Exception: what a use case raised that is no error of gapless.
    """
    story = uuid4().int >> 66
    players = tuple(Player(store, catalogue, story, Storage.PER_PERIOD) for store in stores)
    for player in players:
        for place in range(2):
            await player.found(place)
    kept = await require_same_rows(stores, catalogue, players[0].homes, "the beginning")
    for number, call in enumerate(program, 1):
        moment = NumberedCall(number, call)
        outcomes = [await player.play(call, kept) for player in players]
        if not are_alike(*outcomes):
            raise Disagreement(f"{moment}:\n{outcomes[0]!r:.500}\n{outcomes[1]!r:.500}")
        now = await require_same_rows(stores, catalogue, players[0].homes, moment)
        require_good(outcomes[0], kept, now, moment)
        kept = now
