"""The demonstration without a server: an in-memory store stands in for PostgreSQL, and is then made to fail."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path

import attrs
import pytest
import pytest_asyncio
from click.testing import CliRunner, Result

from gapless.adapters.memory import MemoryStore
from gapless.cli.commands import gapless
from gapless.demo import runner
from gapless.demo.attacks import Enforcers, FoundIndex, indexes
from gapless.demo.comparison import outcome_differences
from gapless.demo.output import as_text, closing_line
from gapless.demo.player import Outcome, Player
from gapless.demo.report import Report
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue, Check, Index
from gapless.kit.errors import NotFound
from gapless.testing.violations import can_refuse
from tests.commands import first_companies
from tests.violations import asks_entity, asks_store, every_attempt, few_of_each, rules_where

FIRST = next(rule.name for _, rule in GAPLESS if can_refuse(rule))
RULES = sum(can_refuse(rule) for _, rule in GAPLESS)
Opened = Callable[[str], AbstractAsyncContextManager[Enforcers]]


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first eight companies of the examples, one of which stays deleted, with their members."""
    return first_companies(8, tmp_path_factory.mktemp("data"))


def lacking(name: str) -> Catalogue:
    """The catalogue without the rule of that name."""
    return Catalogue(
        tuple(attrs.evolve(m, rules=tuple(rule for rule in m.rules if rule.name != name)) for m in GAPLESS.models)
    )


def demo(data: Path, faulty: Catalogue, *options: str, rule: str | None = None) -> Result:
    """Runs the command on two in-memory stores, the first of which enforces another catalogue.

    All rules are tried, by few attempts each, unless one is named.
    """
    tried = few_of_each() if rule is None else every_attempt(rule)

    @asynccontextmanager
    async def opened(_: str, *, pooler: bool) -> AsyncIterator[Enforcers]:
        assert not pooler
        yield Enforcers(memory=MemoryStore(faulty), postgres=MemoryStore(GAPLESS), server=None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "given_or_temporary", nullcontext)
        patch.setattr(runner, "_opened", opened)
        patch.setattr(runner, "attempts", lambda *_, **__: tried)
        return CliRunner().invoke(gapless, ["demo", "--data", str(data), *options])


@pytest.fixture(scope="session")
def agreed(data: Path) -> Result:
    """What the command says of two stores that agree."""
    return demo(data, GAPLESS)


def test_two_stores_that_agree_end_with_0(agreed: Result) -> None:
    """Without a fault there is no difference; the closing line has the numbers, in exactly these words."""
    assert agreed.exit_code == 0, agreed.stdout
    closing = agreed.stdout.splitlines()[-1]
    by_entity, by_store = rules_where(asks_entity), rules_where(asks_store)
    assert closing == (
        f"rules {RULES}, refused by entity {by_entity}, by memory {by_store}, by PostgreSQL {by_store}, differences 0"
    )


def test_the_main_job_is_told_in_one_line(agreed: Result) -> None:
    """The line before the closing one has the sums: each of the eight companies, and the sister of the fifth."""
    line = agreed.stdout.splitlines()[-2]
    told = re.fullmatch(
        r"main job: 9 organizations, (\d+) members, (\d+) numbers, (\d+) calls, (\d+) notes, (\d+) knowledge items; "
        r"(\d+) use cases on each store, (\d+) of them refused; 1 organizations purged, 1 blocked; 0 differences "
        r"\(\d+\.\d s in all\)",
        line,
    )
    assert told is not None, line
    members, numbers, calls, notes, items, use_cases, refused = map(int, told.groups())
    assert (members, numbers, calls, notes, items) > (80, 24, 8 * 8, 20, 5 * 8)
    assert use_cases > refused > 200


@pytest.mark.parametrize(
    ("rule", "step"),
    [
        ("users_email_unique", "invite the founder: done in memory, users_email_unique on PostgreSQL"),
        ("organizations_slug_unique", "create with its slug: done in memory, organizations_slug_unique on PostgreSQL"),
        ("call_minutes_quota", "call without minutes: done in memory, call_minutes_quota on PostgreSQL"),
        ("calls_handled_by_user_id_fkey", "in the end: calls: row"),
    ],
)
def test_a_store_that_skips_a_rule_is_told(data: Path, rule: str, step: str) -> None:
    """A planted fault is caught twice, in the main job and at the rule itself, and ends with 1."""
    result = demo(data, lacking(rule), rule=rule)
    assert result.exit_code == 1
    assert step in result.stdout
    line = next(line for line in result.stdout.splitlines() if f" {rule} " in line)
    assert line.split()[-3:] == ["—", "ACCEPTED", "refused"]
    assert int(result.stdout.split()[-1]) > 1


def test_json_is_one_document(data: Path) -> None:
    """Programs get one document on stdout, with the same numbers."""
    result = demo(data, lacking("check_name_length"), "--json", rule="check_name_length")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["closing"]["rules"] == len(document["rules"]) == 1
    assert document["closing"]["differences"] == 1
    assert {rule["name"] for rule in document["rules"] if rule["memory"] not in ("refused", "—")} == {
        "check_name_length"
    }
    assert document["main_job"]["organizations"] == 9
    assert document["main_job"]["refused"] > 200
    assert "organizations: 8 of 8" in result.stderr
    assert "compared after the purge: 9 of 9" in result.stderr


@pytest.mark.asyncio
async def test_a_crash_is_a_difference_even_if_both_crash() -> None:
    """An error that is none of gapless is remembered by name, and counts although the stores agree on it."""

    async def crash(_: object) -> None:
        raise ZeroDivisionError

    async def refuse(_: object) -> None:
        raise NotFound("User", "7")

    player = Player(MemoryStore(GAPLESS), 1)
    await player.play("crash", crash)
    await player.play("refuse", refuse)
    assert [outcome.words for outcome in player.outcomes] == ["ZeroDivisionError", "not_found"]
    (found,) = outcome_differences("acme", player.outcomes, player.outcomes)
    assert found.what == "crash: ZeroDivisionError in memory, ZeroDivisionError on PostgreSQL"


def test_a_story_that_ends_early_is_a_difference() -> None:
    """A step that only one of the stores came to is a difference, too."""
    (found,) = outcome_differences("acme", [Outcome("create", 1), Outcome("invite", 2)], [Outcome("create", 1)])
    assert found.what == "invite / nothing: done in memory, done on PostgreSQL"
    assert outcome_differences("acme", [Outcome("create", 1)], [Outcome("create", 2)])


@pytest_asyncio.fixture(scope="session")
async def report() -> Report:
    """The report of two stores that agree, on no company at all and on one rule."""
    enforcers = Enforcers(memory=MemoryStore(GAPLESS), postgres=MemoryStore(GAPLESS), server=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "attempts", lambda *_, **__: every_attempt(FIRST))
        return await runner.demonstrated((), enforcers)


@pytest.mark.asyncio
async def test_indexes_are_listed_and_a_missing_one_counts(report: Report) -> None:
    """Every index has a line of its own; one that is not there is a difference and no rule."""
    declared = sum(isinstance(rule, Index) for _, rule in GAPLESS)
    assert len(await indexes(GAPLESS, None)) == len(report.indexes) == declared
    assert all(index.is_there is None for index in report.indexes)
    missing = attrs.evolve(report, indexes=(FoundIndex(id="", origin="host", name="i", table="t", is_there=False),))
    assert missing.differences == report.differences + 1 == 1
    assert missing.closing()["rules"] == len(report.rules) == 1
    assert "MISSING" in as_text(missing)
    assert closing_line(missing).endswith("differences 1")


def test_a_rule_that_nobody_can_check_is_a_difference(report: Report) -> None:
    """A rule that no enforcer was asked about is not taken for one that holds."""
    checked = report.rules[0]
    nobody = attrs.evolve(checked, entity=checked.memory)
    assert (checked.differences, nobody.differences) == (0, 1)
    assert isinstance(next(rule for _, rule in GAPLESS if rule.name == "check_name_length"), Check)
