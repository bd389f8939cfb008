"""Plays hostile calls on two stores: they answer alike, raise errors of ours alone, and a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, cast

from gapless.kit import all_of, model_of
from gapless.kit.errors import GaplessError
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.kit.ports import Store
from gapless.testing.differential.comparison import Disagreement, Stores, agree, prepare_both, require_same_rows
from gapless.testing.differential.likeness import are_alike
from gapless.testing.differential.operations import Operation
from gapless.testing.differential.runner import Contents, Outcome, Refusal, refusal_of
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.differential.worlds import ProgramWorld, worlds_of
from gapless.testing.fuzzing.port_calls import OPENED, PortCall
from gapless.testing.fuzzing.refusals import BadRefusal, NumberedCall, require_bounded


async def compare_port_calls(stores: Stores, words: Vocabulary, program: Sequence[PortCall]) -> None:
    """Makes calls of the ports of two stores, each in an opening of its own, some with something hostile.

    Args:
        stores: the stores, open and with the same catalogue.
        words: what the calls speak of; the rows of all entities of its catalogue are compared after each call.
        program: the calls; they get two organizations of their own.

    Raises:
        Disagreement: the stores answered differently, or kept other rows.
        PreparationError: both stores refused the rows with which programs begin.
        BadRefusal: a refusal changed something, or says too much.
        Exception: what a call raised that is no error of gapless.
    """
    catalogue, root_keys = words.catalogue, words.root_keys()
    await prepare_both(stores, words, root_keys)
    worlds = tuple(worlds_of(words, root_keys) for _ in stores)
    kept = await require_same_rows(stores, catalogue, root_keys, "the beginning")
    for number, call in enumerate(program, 1):
        moment = NumberedCall(number, call)
        outcomes = [
            await _made(store, each[call.root], call, number) for store, each in zip(stores, worlds, strict=True)
        ]
        if call.opening != "system" and not agree(catalogue, Operation(call.method, call.entity), *outcomes):
            raise Disagreement(f"{moment}:\n{outcomes[0]!r:.500}\n{outcomes[1]!r:.500}")
        now = await require_same_rows(stores, catalogue, root_keys, moment)
        require_good(outcomes[0], kept, now, moment)
        kept = now


async def _made(store: Store, world: ProgramWorld, call: PortCall, number: int) -> Outcome:
    """Makes a call.

    Returns:
        What it returned, or the Refusal that it raised.
    """
    try:
        async with _opened(store, world, call) as opening:
            entity = call.hostile["entity_type"].made() if "entity_type" in call.hostile else call.entity
            rows = opening.of(cast("type[Validated]", entity))
            method = cast("Callable[..., Awaitable[object]]", getattr(rows, call.method))
            answer = await method(**_bounded(call, world, call.arguments(world, number)))
            if call.commits and call.opening in ("unit", "system"):
                await opening.commit()
            return answer
    except GaplessError as error:
        return refusal_of(error)


def _bounded(call: PortCall, world: ProgramWorld, arguments: dict[str, object]) -> Mapping[str, object]:
    """Keeps a call over all organizations to the one of the program."""
    asked = arguments.get("where")
    if call.opening != "system" or not callable(asked):
        return arguments
    where = cast("Callable[[object], bool]", asked)
    tenant = model_of(call.entity).named_tenant
    return {**arguments, "where": lambda row: all_of(getattr(row, tenant) == world.organization, where(row))}


def _opened(store: Store, world: ProgramWorld, call: PortCall) -> AbstractAsyncContextManager[_Opening]:
    hostile = {name: call.hostile[name].made() for name in OPENED if name in call.hostile}
    root_key = cast(RootId, hostile.get("root_id", world.organization))
    seconds = cast("float | None", hostile.get("seconds"))
    match call.opening:
        case "unit":
            opened: object = store.unit(root_key, seconds=seconds)
        case "system":
            opened = store.system()
        case _:
            snapshot = cast(bool, hostile.get("snapshot", call.opening == "snapshot"))
            opened = store.reading(root_key, snapshot=snapshot, seconds=seconds)
    return cast("AbstractAsyncContextManager[_Opening]", opened)


class _Opening(Protocol):
    """What is open: a unit, a reading, or a unit over all organizations."""

    def of(self, entity: type[Validated]) -> object:
        """The repository of an entity."""
        ...

    async def commit(self) -> None:
        """Keeps everything, where something can be kept."""
        ...


def require_good(outcome: Outcome, before: Contents, after: Contents, moment: NumberedCall) -> None:
    """Sees that a call which was refused has changed nothing, and that its error says no more than a few words.

    Args:
        outcome: what came of the call.
        before: the rows before it.
        after: and behind it.
        moment: which call it was.

    Raises:
        BadRefusal: it is not so.
    """
    require_bounded(outcome, moment)
    if isinstance(outcome, Refusal) and not all(are_alike(rows, after[table]) for table, rows in before.items()):
        raise BadRefusal(f"{moment}: it was refused, and has changed something")
