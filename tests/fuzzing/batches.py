"""Many hostile programs over the voice service: its use cases, the ports, and the public functions."""

from __future__ import annotations

from collections.abc import Iterator

from gapless.testing.differential.processes import Batch, Finding, batches_of
from gapless.testing.fuzzing.batches import CALLS, PROGRAMS, playing_functions, playing_ports, run_on_stores
from gapless.testing.fuzzing.function_calls import function_calls
from gapless.testing.fuzzing.port_calls import port_calls
from tests.fuzzing.comparing import compare_hostile_use_cases
from tests.fuzzing.functions import functions
from tests.fuzzing.use_case_calls import HOSTILE, hostile_use_cases
from tests.programs.service_vocabulary import SERVICE
from tests.voice.hosted import HOSTED

KINDS = ("use cases", "ports", "use cases", "ports", "functions")


def batches(calls: int, seed: int, url: str, schema: str) -> Iterator[Batch]:
    """The batches of a run.

    Args:
        calls: how many calls all batches make together at least.
        seed: what they are drawn from.
        url: the database.
        schema: where the tables are in it.
    """
    return batches_of(KINDS, -(-calls // CALLS), PROGRAMS, seed, url, schema)


def run_batch(batch: Batch) -> Finding:
    """Runs a batch, in a loop and with connections of its own.

    Returns:
        How much was called, and the first failure, if there is one, as small as it can be made.
    """
    match batch.kind:
        case "use cases":
            drawn = hostile_use_cases(CALLS, least=CALLS)
            return run_on_stores(batch, HOSTED, drawn, compare_hostile_use_cases)
        case "ports":
            return run_on_stores(batch, HOSTED, port_calls(SERVICE, CALLS, least=CALLS), playing_ports(SERVICE))
        case _:
            called = functions()
            drawn_calls = function_calls(called, CALLS, least=CALLS, hostile=HOSTILE)
            return run_on_stores(batch, HOSTED, drawn_calls, playing_functions(called))
