"""Compares two stores that run the same program: each outcome, and after each commit everything that is kept."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import cast

from gapless.kit import Catalogue
from gapless.kit.errors import RuleViolated
from gapless.kit.ids import RootId
from gapless.kit.ports import Store
from gapless.testing.differential.groups import GROUPED, Group
from gapless.testing.differential.likeness import are_alike
from gapless.testing.differential.operations import Operation
from gapless.testing.differential.programs import Program, Step
from gapless.testing.differential.runner import (
    COMMITTED,
    Contents,
    Outcome,
    PreparationError,
    Refusal,
    Runner,
    contents_of,
    prepare,
)
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.differential.worlds import worlds_of
from gapless.testing.suitability import has_rows_apart

Stores = tuple[Store, Store]
STEP_NUMBERS = 1 << 8


class Disagreement(AssertionError):
    """The error of `compare`: two stores answered a step differently, or kept different rows."""


async def compare(stores: Stores, words: Vocabulary, program: Program) -> None:
    """Runs a program on two stores, step by step.

    A conflict of units that are open at the same time may come at different steps on the two stores: then both stores
    leave the unit, and nothing of it may be kept. Where such units read and write the same rows, because these are
    shared, one of them may as well meet what the other has committed by then, and one store may refuse with a conflict
    what the other commits: there the program ends.

    Args:
        stores: the stores, open and with the same catalogue. Give them short limits for locks (`Limits(lock=…)`),
            because some programs wait for a lock in vain.
        words: the vocabulary of the program; all entities of its catalogue are compared after each commit.
        program: the steps; it creates two roots of its own.

    Raises:
        Disagreement: they answered a step differently, kept different rows, or one of them alone refused the rows
            with which programs begin.
        PreparationError: both stores refused these rows, so that nothing was compared.
    """
    catalogue, root_keys = words.catalogue, words.root_keys()
    await prepare_both(stores, words, root_keys)
    runners = (Runner(stores[0], worlds_of(words, root_keys)), Runner(stores[1], worlds_of(words, root_keys)))
    try:
        for number, step in enumerate(program, 1):
            taken = await _take(runners, catalogue, step, number)
            if taken is StepResult.APART:
                return
            if taken is StepResult.COMMITTED or number == len(program):
                await require_same_rows(stores, catalogue, root_keys, f"step {number}, {step}")
    finally:
        for runner in runners:
            await runner.close()


async def prepare_both(stores: Stores, words: Vocabulary, root_keys: Sequence[RootId]) -> None:
    """Creates the roots of a program on both stores, with the rows that are there at the beginning.

    Raises:
        Disagreement: one store took these rows, and the other refused them.
        PreparationError: both refused them.
    """
    for root_key in root_keys:
        errors = [await _preparation_error(store, words, root_key) for store in stores]
        refused = [error for error in errors if error is not None]
        if len(refused) == len(stores):
            raise refused[0]
        if refused:
            raise Disagreement(f"at the beginning, and the other store took the rows: {refused[0]}")


async def _preparation_error(store: Store, words: Vocabulary, root_key: RootId) -> PreparationError | None:
    try:
        await prepare(store, words, root_key)
    except PreparationError as error:
        return error
    return None


def agree(catalogue: Catalogue, operation: Operation | None, one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes are the same, as far as is promised: of several broken rules not each is the first.

    Args:
        catalogue: the rules.
        operation: what was done, or None for a commit: there the first rule of the catalogue is named.
        one: what came of it on one store.
        other: what came of it on the other.
    """
    if are_alike(one, other):
        return True
    violations = [o for o in (one, other) if isinstance(o, Refusal) and o.kind == RuleViolated.__name__]
    if operation is None or len(violations) < 2:
        return False
    first, second = (_group_of(catalogue, violation) for violation in violations)
    return operation.concerns_many or (first is second and not first.has_order)


class StepResult(enum.Enum):
    """What came of a step on both stores."""

    OPEN = "nothing was committed"
    COMMITTED = "both have committed"
    APART = "one has committed, and the other met a conflict that overlapping units may meet"


async def _take(runners: tuple[Runner, Runner], catalogue: Catalogue, step: Step, number: int) -> StepResult:
    """Takes a step on both stores.

    Raises:
        Disagreement: they answered it differently.
    """
    one, other = [await runner.take(step, number * STEP_NUMBERS) for runner in runners]
    if agree(catalogue, step.operation, one, other):
        return StepResult.COMMITTED if one == COMMITTED else StepResult.OPEN
    overlap = any(isinstance(found, Refusal) and found.says_overlap for found in (one, other))
    is_committed, has_overlapped = COMMITTED in (one, other), runners[0].overlapped(step.root)
    may_differ = overlap and not is_committed
    if has_rows_apart(catalogue):  # the rows of each unit are those of all, and in which order is each store's own
        may_differ = overlap or not is_committed
    if not has_overlapped or not may_differ:
        raise Disagreement(f"step {number}, {step}:\n{one}\n{other}")
    for runner in runners:
        await runner.abandon(step.root)
    return StepResult.APART if is_committed else StepResult.OPEN


async def require_same_rows(
    stores: Stores, catalogue: Catalogue, root_keys: Sequence[RootId], moment: object
) -> Contents:
    """Compares everything that two stores have kept of some organizations.

    Returns:
        The rows of both.

    Raises:
        Disagreement: they kept different rows.
    """
    kept, others = [await contents_of(store, catalogue, root_keys) for store in stores]
    for table, rows in kept.items():
        if not are_alike(rows, others[table]):
            raise Disagreement(f"after {moment}, {table}:\n{rows}\n{others[table]}")
    return kept


def _group_of(catalogue: Catalogue, refusal: Refusal) -> Group:
    """Which group of rules a violation belongs to."""
    name = cast("dict[str, object]", refusal.told)["rule"]
    return GROUPED.of(next(rule for _, rule in catalogue if rule.name == name))
