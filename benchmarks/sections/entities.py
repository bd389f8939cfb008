"""Rows that are made: validated by their entity, or read back without that, beside a frozen class without rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from benchmarks.comparing import compared_in_process
from benchmarks.comparisons import Comparison, Goal
from benchmarks.contenders.plain_entities import Make, fields_of, made_by, plain_class
from benchmarks.context import Context
from benchmarks.measurement import Side, SidesDiffer, Step, round_medians
from benchmarks.scenes.units import prepared_ids
from gapless.adapters.system import SystemClock
from gapless.domain.calls import Call, CallStatus
from gapless.domain.users import Role, User
from gapless.kit import model_of
from gapless.kit.model import Validated

NAME = "entities"
OURS, PLAIN = "gapless", "plain frozen attrs"
ROUNDS, STEPS, ROWS = 40, 10, 200
BUILT = Goal(ours=OURS, other=PLAIN, greatest=1.8, reason="the rules of a row are worth less than making it again")
READ = Goal(ours=OURS, other=PLAIN, greatest=0.5, reason="what a database has validated needs no constructor")


@attrs.frozen(kw_only=True)
class Making:
    """One way in which rows are made, by both sides.

    Attributes:
        name: what is made, and how.
        values: what each row is made of.
        sides: what makes a row.
        goal: what is to be reached.
    """

    name: str
    values: Sequence[object]
    sides: Mapping[str, Make]
    goal: Goal


async def measured(context: Context) -> list[Comparison]:
    """Measures users and calls."""
    return [await _made(context, making) for entity in (User, Call) for making in makings(entity)]


def makings(entity: type[Validated]) -> tuple[Making, Making]:
    """How rows of an entity are built of what a use case gives, and read back of all their values."""
    given, plain, model = given_to(entity), plain_class(entity), model_of(entity)
    names = [column.name for column in model.columns]
    return (
        Making(
            name=f"a {entity.__name__}, built and validated",
            values=[*given.values()],
            sides={OURS: made_by(entity, [*given]), PLAIN: made_by(plain, [*given])},
            goal=BUILT,
        ),
        Making(
            name=f"a {entity.__name__}, read back",
            values=model.values(entity(**given)),
            sides={OURS: model.construct, PLAIN: made_by(plain, names)},
            goal=READ,
        ),
    )


def given_to(entity: type[Validated]) -> dict[str, object]:
    """What a use case gives to the constructor of a user or a call."""
    home, row_id, number = prepared_ids(3)
    given: dict[str, object] = {"organization_id": home, "id": row_id, "created_at": SystemClock().now()}
    if entity is User:
        return given | {"email": "ann@acme.org", "name": "Ann", "role": Role.OWNER}
    called = {"phone_number_id": number, "caller_number": "+998901234567", "started_at": given["created_at"]}
    return given | called | {"status": CallStatus.ACTIVE}


def require_equal(making: Making) -> None:
    """Sees to it that both sides make rows with the same values in the same fields.

    Raises:
        SidesDiffer: they do not.
    """
    rows = [make(making.values) for make in making.sides.values()]
    ours, plain = ({name: getattr(row, name) for name in fields_of(type(row))} for row in rows)
    if ours != plain:
        raise SidesDiffer(f"{making.name}: the two sides have made different rows.")


async def _made(context: Context, making: Making) -> Comparison:
    require_equal(making)
    rows = context.size(ROWS, 2)
    sides = {name: Side(step=_step(make, making.values, rows)) for name, make in making.sides.items()}
    found = await round_medians(sides, context.effort(rounds=ROUNDS, steps=STEPS))
    return compared_in_process(context, NAME, f"{making.name}, {rows} times", found, making.goal)


def _step(make: Make, values: Sequence[object], rows: int) -> Step:
    async def step(_: int) -> None:
        for _ in range(rows):
            make(values)

    return step
