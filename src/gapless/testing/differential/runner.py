"""One store runs a program: its units of work, open at once where the program says so, and what each step came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import cast
from uuid import NAMESPACE_OID, uuid5

import attrs

from gapless.kit import Catalogue, Model, one_of
from gapless.kit.errors import ConcurrencyConflict, DeadlineExceeded, GaplessError, UnitOfWorkError
from gapless.kit.ids import RootId
from gapless.kit.model import Validated
from gapless.kit.ports import Reading, Store, UnitOfWork
from gapless.testing.additions import add_audited, add_in_units
from gapless.testing.differential.operations import Operation
from gapless.testing.differential.programs import Step
from gapless.testing.differential.side_records import audit_record_of
from gapless.testing.differential.vocabulary import Vocabulary
from gapless.testing.differential.worlds import ProgramWorld
from gapless.testing.refusals import told_by
from gapless.testing.suitability import has_rows_apart
from gapless.testing.unit_roots import KnownRows, in_units

Outcome = object
Contents = Mapping[str, tuple[Validated, ...]]
"""The rows of some organizations by table."""
NOTHING = "nothing to do"
COMMITTED = "committed"


class Leaving(Exception):  # it is no error
    """Leaves a unit."""


@attrs.frozen
class Refusal:
    """An error as a caller sees it, whether the unit has failed by it, and all that it says."""

    kind: str
    told: object
    ends: bool = True
    said: object = attrs.field(default=None, eq=False, repr=False)

    @property
    def says_overlap(self) -> bool:
        """Whether the error may come only from units that overlapped."""
        return self.kind in (ConcurrencyConflict.__name__, DeadlineExceeded.__name__)


def refusal_of(error: GaplessError, *, ends: bool = True) -> Refusal:
    """The error as outcomes hold it; how a conflict is told to people is each store's own."""
    told = dict(told_by(error))
    if isinstance(error, ConcurrencyConflict | DeadlineExceeded):
        del told["message"]
    return Refusal(type(error).__name__, told, ends=ends, said=error.to_dict())


@attrs.define
class Seat:
    """The unit and the snapshot that a program has open in one organization.

    Attributes:
        unit: the unit of work that was opened last.
        is_open: whether its block was not left yet.
        has_failed: whether an error has failed it.
        overlapped: whether another unit was open at the same time.
        reading: the snapshot that is open, and its context.
    """

    unit: UnitOfWork | None = None
    is_open: bool = False
    has_failed: bool = False
    overlapped: bool = False
    reading: tuple[AbstractAsyncContextManager[Reading], Reading] | None = None


class Runner:
    """Runs one program on one store.

    Args:
        store: where it runs.
        worlds: what the program knows in each of its organizations, and in units of no root.
    """

    def __init__(self, store: Store, worlds: tuple[ProgramWorld, ...]) -> None:
        self._store = store
        self._worlds = worlds
        self._seats = tuple(Seat() for _ in worlds)

    def overlapped(self, root: int) -> bool:
        """Whether an organization's unit was open together with another one."""
        return self._seats[root].overlapped

    async def take(self, step: Step, number: int) -> Outcome:
        """Takes a step; `number` tells its audit record and events from those of others.

        Returns:
            What it returned, or the Refusal that it raised.
        """
        try:
            return await self._taken(step, number)
        except GaplessError as error:
            return refusal_of(error)

    async def abandon(self, root: int) -> None:
        """Leaves the unit of an organization, even if it has failed."""
        await self._leave(self._seats[root], None)

    async def close(self) -> None:
        """Leaves everything that is open."""
        for seat in self._seats:
            await self._leave(seat, None)
            if seat.reading is not None:
                await seat.reading[0].__aexit__(None, None, None)
                seat.reading = None

    async def _taken(self, step: Step, number: int) -> Outcome:
        seat, world = self._seats[step.root], self._worlds[step.root]
        match step.kind:
            case "commit":
                return await self._commit(seat)
            case "leave" | "raise":
                return await self._leave(seat, Leaving() if step.kind == "raise" else None)
            case "contend" | "reenter":
                return await self._enter(seat, world, again=step.kind == "reenter")
            case _:
                return await self._done(step, number)

    async def _done(self, step: Step, number: int) -> Outcome:
        """Takes a step that carries an operation out."""
        seat, world, operation = self._seats[step.root], self._worlds[step.root], step.operation
        if operation is None:
            return NOTHING
        match step.kind:
            case "read" | "snapshot":
                return await self._look(operation, seat, world, snapshot=step.kind == "snapshot")
            case "reuse":
                return await self._reuse(operation, seat, world, number)
            case _:
                return await self._operate(operation, seat, world, number)

    async def _operate(self, operation: Operation, seat: Seat, world: ProgramWorld, number: int) -> Outcome:
        """Carries an operation out in the organization's unit; in a fresh one if there is none, or it has failed."""
        if seat.is_open and seat.has_failed:
            await self._leave(seat, None)
        if seat.unit is None or not seat.is_open:
            seat.unit = None
            seat.unit = await world.unit_root.unit(self._store).__aenter__()
            seat.is_open, seat.has_failed, seat.overlapped = True, False, False
            if sum(each.is_open for each in self._seats) > 1:
                for each in self._seats:
                    each.overlapped = each.overlapped or each.is_open
        try:
            return await operation.run(seat.unit, world, number)
        except GaplessError as error:
            seat.has_failed = await _has_failed(seat.unit, world.vocabulary)
            return refusal_of(error, ends=seat.has_failed)

    async def _reuse(self, operation: Operation, seat: Seat, world: ProgramWorld, number: int) -> Outcome:
        if seat.unit is None or (seat.is_open and not seat.has_failed):
            return NOTHING
        return await operation.run(seat.unit, world, number)

    async def _enter(self, seat: Seat, world: ProgramWorld, *, again: bool) -> Outcome:
        """Opens a second unit beside the one that is open, or enters a unit once more."""
        if seat.unit is None or (seat.is_open and (again or seat.has_failed)) or (not again and not seat.is_open):
            return NOTHING
        unit = seat.unit if again else world.unit_root.unit(self._store)
        await unit.__aenter__()
        await unit.__aexit__(None, None, None)
        return "entered"

    async def _commit(self, seat: Seat) -> Outcome:
        if seat.unit is None or not seat.is_open:
            return NOTHING
        try:
            await seat.unit.commit()
        finally:
            await self._leave(seat, None)
        return COMMITTED

    async def _leave(self, seat: Seat, error: Leaving | None) -> Outcome:
        if seat.unit is None or not seat.is_open:
            return NOTHING
        seat.is_open = False
        await seat.unit.__aexit__(None if error is None else type(error), error, None)
        return "left"

    async def _look(self, operation: Operation, seat: Seat, world: ProgramWorld, *, snapshot: bool) -> Outcome:
        """Reads outside of a unit: what is committed now, or what was when the snapshot was taken."""
        if not operation.reads:
            return NOTHING
        if not snapshot:
            async with world.unit_root.reading(self._store) as reading:
                return await operation.look(reading, world)
        if seat.reading is None:
            context = world.unit_root.reading(self._store, snapshot=True)
            seat.reading = context, await context.__aenter__()
        return await operation.look(seat.reading[1], world)


async def _has_failed(unit: UnitOfWork, words: Vocabulary) -> bool:
    try:
        await cast(Reading, unit).of(words.weights[0]).count()
    except UnitOfWorkError:
        return True
    return False


class PreparationError(Exception):
    """The error of `compare`: the stores refused the rows with which programs begin, so that nothing was compared."""


async def prepare(store: Store, words: Vocabulary, root_key: RootId) -> None:
    """Creates an organization with the rows that are there at the beginning.

    Raises:
        PreparationError: the store refused one of them.
    """
    tried, rows = list[Validated](), words.prepared(root_key)
    root_of = KnownRows(words.catalogue, rows).unit_root_of

    async def add(unit: UnitOfWork, row: Validated) -> Validated:
        tried.append(row)
        root = root_of(row)
        audit = audit_record_of(root.of_records, uuid5(NAMESPACE_OID, f"{root_key!r} {root!r}"))
        return await add_audited(unit, row, lambda: audit)

    try:
        await add_in_units(store, in_units(words.catalogue, rows, root_of), add)
    except GaplessError as error:
        last = f" ({type(tried[-1]).__name__} was added last)" if tried else ""
        raise PreparationError(
            f"{type(store).__name__} refused the rows with which programs begin{last}. {type(error).__name__}: "
            f"{error} Give the vocabulary other rows as `prepared`, by attrs.evolve."
        ) from error


async def contents_of(store: Store, catalogue: Catalogue, root_keys: Sequence[RootId]) -> Contents:
    """Every row of these organizations as it is committed, deleted ones too; by table, in the order of the ids.

    Of a catalogue with rows of nobody, or with several roots, it is every row, and so it is of rows that belong to a
    root through others: see `meets_itself`.
    """
    async with store.system() as unit:
        return {
            model.table: await unit.of(model.entity).find(
                _belonging_to(catalogue, root_keys, model), include_deleted=True
            )
            for model in catalogue.models
        }


def _belonging_to(
    catalogue: Catalogue, root_keys: Sequence[RootId], model: Model[Validated]
) -> Callable[[object], bool] | None:
    if has_rows_apart(catalogue) or model.through is not None:
        return None
    tenant = model.named_tenant
    return lambda row: one_of(getattr(row, tenant), *root_keys)
