"""Many random programs over the voice service and a host's entities; the same seed draws the same programs."""

from __future__ import annotations

from collections.abc import Iterator

from gapless.testing.differential.batches import BATCH, LONG, comparing, run_on_stores, words_about
from gapless.testing.differential.processes import Batch, Finding, batches_of
from gapless.testing.differential.programs import programs_of
from tests.programs.range_vocabulary import RANGES
from tests.programs.service_vocabulary import SERVICE
from tests.programs.team_vocabulary import TEAM
from tests.programs.use_case_programs import use_case_programs
from tests.programs.use_cases import compare_use_cases
from tests.voice.hosted import HOSTED

ENTITIES = tuple(model.name for model in HOSTED.models)
"""Those about which vocabularies are derived from their declaration."""
BY_HAND = {"team": TEAM, "service": SERVICE, "ranges": RANGES}
USE_CASES = "use cases"
KINDS = tuple(
    kind
    for one, other in zip(ENTITIES, (*ENTITIES[1:], ENTITIES[0]), strict=True)
    for kind in ("team", "service", one, "ranges", other, USE_CASES)
)
"""What the batches speak of, in turn: a third are about one entity after the other, a sixth about ranges."""
LEAST_USE_CASES = 10


def batches(programs: int, seed: int, url: str, schema: str) -> Iterator[Batch]:
    """The batches of a run.

    Args:
        programs: how many programs all batches have together.
        seed: what they are drawn from.
        url: the database.
        schema: where the tables are in it.
    """
    return batches_of(KINDS, programs, BATCH, seed, url, schema)


def run_batch(batch: Batch) -> Finding:
    """Runs a batch, in a loop and with connections of its own.

    Returns:
        How much was run, and the first disagreement, if there is one, as small as it can be made.
    """
    if batch.kind == USE_CASES:
        return run_on_stores(batch, HOSTED, use_case_programs(least=LEAST_USE_CASES), compare_use_cases)
    words = BY_HAND.get(batch.kind) or words_about(HOSTED, batch.kind)
    return run_on_stores(batch, HOSTED, programs_of(words, LONG), comparing(words))
