"""Rules that count below several rows of a root's table: those to which rows of one root lead across."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator

import attrs
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.adapters.postgres.statements.commits import commit_script
from gapless.kit import AtMost, Catalogue, Check, Entity, OnDelete, Reference, Rule, negate, rules_of
from gapless.kit.errors import RuleViolated
from gapless.kit.ports import Store
from tests.stores import STORES, store_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
SCHEMA = "transfers"


@attrs.frozen(kw_only=True, slots=True)
class Ward(Entity):
    """A root."""

    number: int
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Transfer(Entity):
    """A row of one ward that leads to another one."""

    ward: int
    id: int
    to: int
    is_urgent: bool
    version: int = 0


@rules_of(Ward, "wards", root=True, key=("number",))
def ward_rules(ward: Ward) -> Iterator[Rule]:
    """A number is positive."""
    yield Check("wards_number_positive", "A number is positive.", ward.number >= 1)


@rules_of(Transfer, "transfers", belongs_to=lambda transfer: transfer.ward)
def transfer_rules(transfer: Transfer) -> Iterator[Rule]:
    """A ward takes one urgent transfer, and one of the others."""
    yield Reference("transfers_ward_fkey", "The ward is there.", transfer.ward, Ward, OnDelete.CASCADE)
    to = Reference("transfers_to_fkey", "The other ward is there.", transfer.to, Ward, OnDelete.RESTRICT)
    yield to
    yield AtMost("transfers_urgent", "One urgent transfer.", to, of=transfer.is_urgent, limit=1)
    yield AtMost("transfers_usual", "One usual transfer.", to, of=negate(transfer.is_urgent), limit=1)


TRANSFERS = Catalogue((ward_rules, transfer_rules))


async def transfer(store: Store, wards: Iterable[tuple[int, bool]]) -> None:
    """Adds transfers of the first ward to these in one unit, urgent ones and others."""
    async with store.unit(1) as unit:
        for number, (to, is_urgent) in enumerate(wards):
            await unit.of(Transfer).add(Transfer(ward=1, id=number, to=to, is_urgent=is_urgent))
        await unit.commit()


@pytest_asyncio.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[Store]:
    """A store with three wards."""
    async with store_of(request.param, engine, TRANSFERS, SCHEMA) as found:
        for number in (1, 2, 3):
            async with found.creating(number) as unit:
                await unit.of(Ward).add(Ward(number=number))
                await unit.commit()
        yield found


@pytest.mark.parametrize("step", [1, -1])
async def test_rules_are_told_in_the_order_of_the_catalogue(store: Store, step: int) -> None:
    """Of two rules that a unit breaks at two roots to which its rows lead, the one that is declared first is told."""
    with pytest.raises(RuleViolated) as told:
        await transfer(store, ((2, False), (2, False), (3, True), (3, True))[::step])
    assert told.value.rule == "transfers_urgent"


async def test_a_unit_of_one_counted_row_just_commits() -> None:
    """The server orders the rules of one row itself; where rows lead across, the commit names them in their order."""
    assert commit_script(TRANSFERS, SCHEMA).index("transfers_urgent") < commit_script(TRANSFERS, SCHEMA).index("usual")
    assert commit_script(Catalogue((ward_rules,)), SCHEMA) == "COMMIT"
