"""Value parity against PostgreSQL: nothing disagrees on any locale, and what is planted is found and shrunk."""

import json
import re
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import SimpleNamespace
from uuid import UUID

import asyncpg
import attrs
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import OrganizationId
from gapless.kit import (
    Check,
    Entity,
    Rule,
    all_of,
    any_of,
    is_null,
    length,
    matches,
    negate,
    nullable,
    one_of,
    rules_of,
)
from gapless.kit.characters import INVISIBLE_RANGES
from gapless.kit.columns import BigInteger, ColumnType
from gapless.kit.errors import DatabaseUnsuitable
from gapless.kit.json_object import JsonObject
from gapless.testing.parity import ParityReport, Question, ask_questions, check_parity, command, probes, questions
from gapless.testing.parity.probes import asked as asked_about
from gapless.testing.parity.reactions import count_written
from gapless.testing.parity.runner import batches
from gapless.testing.parity.written import written_of
from tests.commands import run
from tests.integration.databases import connected, url_of
from tests.integration.test_every_catalogue import NAMES, catalogues, own
from tests.integration.typed_shapes import TYPED

GUIDE = Path(__file__).parents[2] / "docs" / "testing.md"
ASKED = {question.rule.name: question for question in questions(GAPLESS)}
NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
# The server removes the temporary tables of a session a moment after it has ended: those of an earlier test are none.
OURS = """
SELECT count(*) FROM pg_class
WHERE relname LIKE 'gapless_parity%' AND (relpersistence <> 't' OR relnamespace = pg_my_temp_schema())
"""


@attrs.frozen(kw_only=True, slots=True)
class Sample(Entity):
    """A row of a host's, with what GAPLESS itself does not have: order of texts, constants of every type, odd names."""

    organization_id: OrganizationId
    id: UUID
    created_at: datetime
    position: int
    order: str
    user: str | None = None
    size: BigInteger | None = None
    due_at: datetime | None = None


@rules_of(Sample, "samples", belongs_to=lambda sample: sample.organization_id)
def sample_rules(sample: Sample) -> Iterator[Rule]:
    """Every kind of comparison."""
    yield Check("samples_order_after", "After.", sample.order > "Zebra é")
    yield Check("samples_texts_ordered", "Ordered.", nullable(sample.user) <= sample.order)
    yield Check("samples_position_known", "Known.", negate(one_of(sample.position, 0, 7, -1)))
    yield Check("samples_id_above", "Above.", sample.id > UUID(int=2**127))
    yield Check("samples_due_late", "Late.", any_of(is_null(sample.due_at), nullable(sample.due_at) >= NOON))
    yield Check("samples_size_least", "Least.", nullable(sample.size) >= BigInteger(-(2**40)))
    yield Check("samples_user_form", "Form.", matches(nullable(sample.user), "(a|bc){2,3}[^[:space:]x-z]?[]%'_-]*"))
    together = all_of(length(sample.order) > 2, any_of(is_null(sample.user), sample.position < 10))
    yield Check("samples_all_together", "Together.", negate(together))


@pytest_asyncio.fixture
async def connection(server_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database that nothing of gapless is in."""
    async with connected(server_url) as driver:
        yield driver


@asynccontextmanager
async def of_locale(server_url: str, options: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database of its own, created with these options and dropped at the end."""
    name = f"gapless_parity_{secrets.token_hex(4)}"
    async with connected(server_url) as server:
        await server.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 {options}')
        try:
            async with connected(url_of(server_url, name)) as driver:
                yield driver
        finally:
            await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def locales(server_url: str) -> dict[str, str]:
    """What databases can be created with on this server, beside how a report names it."""
    async with connected(server_url) as server:
        version = await server.fetchval("SELECT current_setting('server_version_num')::int / 10000")
        libc = "SELECT min(collcollate) FROM pg_collation WHERE collprovider = 'c' AND collencoding = 6"
        system = await server.fetchval(f"{libc} AND collcollate NOT IN ('C', 'POSIX')")
        icu = await server.fetchval("SELECT count(*) FROM pg_collation WHERE collprovider = 'i'") > 1
    builtin = {17: ("C.UTF-8",), 18: ("C.UTF-8", "PG_UNICODE_FAST")}.get(min(version, 18), ())
    found = {
        f"{name} of libc": f"ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE '{name}'"
        for name in ("C", *([system] if system else []))
    }
    for name in builtin:
        found[f"{name} of builtin"] = f"ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE '{name}' LOCALE 'C'"
    for name in ("und", "tr", "de-u-co-phonebk-ks-level1") if icu else ():
        found[f"{name} of icu"] = f"ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE '{name}' LOCALE 'C'"
    return found


async def asked(connection: asyncpg.Connection, probes: Sequence[Question], examples: int = 533) -> ParityReport:
    """What asking these questions finds, of a column by 400 values of the domain's and 133 of plain SQL."""
    return await ask_questions(connection, probes, examples=examples, seed=1)


def weakened(rule: str, old: str, new: str) -> Question:
    """The question about a rule whose constraint has another text."""
    condition = ASKED[rule].condition
    assert condition is not None
    assert old in condition
    return attrs.evolve(ASKED[rule], condition=condition.replace(old, new))


@pytest.mark.asyncio
async def test_no_rule_of_gapless_is_checked_differently(connection: asyncpg.Connection) -> None:
    """Every rule over one row, and every stored value, has the same answer from the domain and from PostgreSQL."""
    seed = secrets.randbelow(2**32)
    report = await check_parity(connection, GAPLESS, examples=20_000, seed=seed)
    assert [str(found) for found in report.disagreements] == [], seed
    assert report.tried == 20_000
    assert (report.seed, report.server.startswith("PostgreSQL ")) == (seed, True)


@pytest.mark.asyncio
async def test_no_rule_of_a_host_is_checked_differently(connection: asyncpg.Connection) -> None:
    """A host's catalogue is asked about in the same way, its order of texts and its constants included."""
    probes = [question for question in questions(GAPLESS + sample_rules) if question.model.table == "samples"]
    report = await asked(connection, probes, examples=8000)
    assert [str(found) for found in report.disagreements] == []
    assert all(tally.accepted and tally.refused for tally in report.tallies if tally.question.condition)


@pytest.mark.asyncio
@pytest.mark.rows("name", ("NETWORK", *(name for name in NAMES if name != "NETWORK")))
async def test_no_rule_of_any_catalogue_is_checked_differently(connection: asyncpg.Connection, name: str) -> None:
    """The catalogues of the examples, and those with keys of every kind, are asked about as that of gapless."""
    probes = [question for question in questions(catalogues()[name]) if question.model in own(catalogues()[name])]
    report = await ask_questions(connection, probes, examples=1, seed=secrets.randbelow(2**32))
    assert [str(found) for found in report.disagreements] == [], report.seed
    assert report.tried >= 40 * len(probes) > 0


@pytest.mark.asyncio
async def test_no_locale_changes_an_answer(server_url: str) -> None:
    """Databases of every provider and locale that the server has give the answers of the domain for all texts."""
    texts = (ColumnType.TEXT, ColumnType.ENUMERATION)
    constraints = [question for question in ASKED.values() if question.condition]
    probes = [question for question in constraints if any(column.type in texts for column in question.columns)]
    tried = await locales(server_url)
    assert {"C of libc"} < set(tried)
    for name, options in tried.items():
        async with of_locale(server_url, options) as connection:
            report = await ask_questions(connection, probes, examples=6000, seed=secrets.randbelow(2**32))
        assert report.server.endswith(f"locale {name}")
        assert [str(found) for found in report.disagreements] == [], (name, report.seed)


UNSEEN = [question for question in ASKED.values() if question.condition and "\\u200f" in question.condition]


async def checked_differently(connection: asyncpg.Connection, question: Question) -> list[str]:
    """The texts that the two sides check differently: of each character that nobody sees, and of those beside."""
    around = {code for first, last in INVISIBLE_RANGES for code in range(first - 1, last + 2)} - {0}
    rows = [(text,) for code in sorted(around) for text in (chr(code), f"a{chr(code)}b")]
    found: list[str] = []
    async with probes.asked(connection, question) as postgres:
        for batch in batches(rows):
            answers = await postgres.answers(batch)
            found += [
                str(row[0])
                for row, answer in zip(batch, answers, strict=True)
                if question.accepts(row) != answer.accepts
            ]
    return found


@pytest.mark.asyncio
@pytest.mark.parametrize("question", UNSEEN, ids=lambda question: question.rule.name)
async def test_every_character_that_nobody_sees_is_checked_alike(
    connection: asyncpg.Connection, question: Question
) -> None:
    """Each code point of each range, and those beside, has the same answer alone and within a text."""
    assert await checked_differently(connection, question) == []


@pytest.mark.asyncio
async def test_a_code_point_that_one_side_forgets_is_found(connection: asyncpg.Connection) -> None:
    """Planted: a range of the constraint that ends one code point too early or too late is found."""
    for rule in ("users_email_visible", "users_name_not_blank"):
        for faulty, character in (("e0ffe", "\U000e0fff"), ("e1000", "\U000e1000")):
            found = await checked_differently(connection, weakened(rule, "\\U000e0fff", f"\\U000{faulty}"))
            assert found
            assert all(character in text for text in found)


WEAKENED = {
    "another pattern": (
        weakened("check_slug_format", "^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$", "^[a-z0-9-]+$"),
        "check_slug_format: slug = '-': the domain refuses, PostgreSQL accepts",
    ),
    "a pattern without its end": (
        weakened("check_number_format", "[0-9]+)$", "[0-9]+)"),
        "check_number_format: number = '+10a': the domain refuses, PostgreSQL accepts",
    ),
    "bytes for characters": (
        weakened("check_name_length", "char_length", "octet_length"),
        "check_name_length: name = '\\xe9': the domain refuses, PostgreSQL accepts",
    ),
    "spaces not counted": (
        weakened("check_name_length", "char_length(name)", "char_length(rtrim(name))"),
        "check_name_length: name = 'a ': the domain accepts, PostgreSQL refuses",
    ),
    "a constraint stricter than its text": (
        weakened("check_name_length", "<= 100", "<= 100 AND tableoid::regclass::text LIKE '%values'"),
        "check_name_length: name = 'aa': the domain accepts, PostgreSQL refuses",
    ),
    "a constraint weaker than its text": (
        weakened("check_name_length", "<= 100", "<= 100 OR tableoid::regclass::text LIKE '%constrained'"),
        "check_name_length: name = '': the domain refuses, PostgreSQL accepts",
    ),
    "a bound off by one": (
        weakened("organizations_used_minutes_not_negative", ">= 0", "> 0"),
        "organizations_used_minutes_not_negative: used_minutes = 0: the domain accepts, PostgreSQL refuses",
    ),
    "a bound above": (
        weakened("organizations_storage_quota_range", "9007199254740991", "9007199254740992"),
        "organizations_storage_quota_range: storage_quota = 9007199254740992: the domain refuses, PostgreSQL accepts",
    ),
    "a range of characters that nobody sees forgotten": (
        weakened("users_email_visible", "\\u061c", ""),
        "users_email_visible: email = '\\u061c': the domain refuses, PostgreSQL accepts",
    ),
    "a member forgotten": (
        weakened("users_role_known", "'MANAGER'", "'MANAGERS'"),
        "users_role_known: role = <Role.MANAGER: 'MANAGER'>: the domain accepts, PostgreSQL refuses",
    ),
}


@pytest.mark.asyncio
@pytest.mark.parametrize(("question", "expected"), WEAKENED.values(), ids=WEAKENED.keys())
async def test_a_changed_constraint_is_found(connection: asyncpg.Connection, question: Question, expected: str) -> None:
    """Planted: a constraint that says something else is found, and shown by the simplest value that tells."""
    report = await asked(connection, [question])
    assert expected in [str(found) for found in report.disagreements]


@pytest.mark.asyncio
async def test_a_constraint_that_listens_to_the_locale_is_found(server_url: str) -> None:
    """Planted: a constraint under another collation is found on a database whose locale knows more than ASCII."""
    question = weakened(
        "users_email_lowercase", "email ~ '^(?:[^A-Z]*)$'", "email COLLATE \"default\" ~ '^[^[:upper:]]*$'"
    )
    tried = await locales(server_url)
    knowing = next(options for name, options in tried.items() if name != "C of libc")
    found = {}
    for options in (tried["C of libc"], knowing):
        async with of_locale(server_url, options) as connection:
            found[options] = (await asked(connection, [question], examples=4000)).disagreements
    assert found[tried["C of libc"]] == ()
    (shown,) = found[knowing]
    assert (shown.domain, shown.postgresql) == ("accepts", "refuses")
    ((_, value),) = shown.values
    assert len(value.encode().decode("unicode_escape")) == len("''") + 1


@pytest.mark.asyncio
async def test_a_changed_predicate_is_found(connection: asyncpg.Connection) -> None:
    """Planted: a domain that asks another question than the constraint is found."""
    later = ASKED["check_end_after_start"]
    equal = attrs.evolve(later, accepts=lambda row: row[0] == row[1] or later.accepts(row))
    blind = attrs.evolve(ASKED["audit_logs_actor_named"], accepts=lambda row: True)  # noqa: ARG005  # it looks at nothing
    report = await asked(connection, [equal, blind])
    said = "the domain accepts, PostgreSQL refuses"
    moment = ascii(datetime(2000, 1, 1, tzinfo=UTC))
    assert [str(found) for found in report.disagreements] == [
        f"check_end_after_start: ended_at = {moment}, started_at = {moment}: {said}",
        "audit_logs_actor_named: actor_kind = <ActorKind.USER: 'user'>, user_id = None, job = None: " + said,
    ]


REDEFINED = {
    "times without microseconds": ("users_created_at_storable", "created_at TIMESTAMP(3) WITH TIME ZONE", "gives back"),
    "texts of a fixed width": ("users_name_storable", "name CHAR(200)", "gives back"),
    "shorter texts": ("users_name_storable", "name VARCHAR(100)", "raises StringDataRightTruncationError"),
    "smaller numbers": (
        "organizations_storage_quota_storable",
        "storage_quota INTEGER",
        "raises NumericValueOutOfRangeError",
    ),
}


@pytest.mark.asyncio
@pytest.mark.parametrize(("rule", "definition", "told"), REDEFINED.values(), ids=REDEFINED.keys())
async def test_a_column_that_changes_values_is_found(
    connection: asyncpg.Connection, rule: str, definition: str, told: str
) -> None:
    """Planted: a column that cuts, pads or refuses what the domain takes is found, with what it does."""
    report = await asked(connection, [attrs.evolve(ASKED[rule], definitions=(definition,))])
    shown = report.disagreements[0]
    assert (shown.rule, shown.domain) == (rule, "accepts")
    assert told in shown.postgresql


UNREAD = "accepts what the store can't read"


def without(question: Question, guard: str, other: str = "true") -> Question:
    """The question about a column one of whose constraints says something else, or nothing."""
    assert guard in question.guards
    return attrs.evolve(question, guards=tuple(other if each == guard else each for each in question.guards))


@pytest.mark.asyncio
async def test_a_constraint_that_is_missing_is_found(connection: asyncpg.Connection) -> None:
    """Planted: each constraint that keeps out what the store can't read, of every kind of column, is missed."""
    kinds = {
        (column.type, column.nullable, guard.replace(column.name, "it")): without(question, guard)
        for question in (*ASKED.values(), *questions(TYPED))
        for guard in question.guards
        for column in question.columns
    }
    assert {kind for kind, *_ in kinds} == {*ColumnType} - {ColumnType.KEY}  # a catalogue has the type of its root
    for question in kinds.values():
        async with asked_about(connection, question) as postgres:
            tally = await count_written(postgres, written_of(question, 60, Random(1)))
        assert UNREAD in [found.postgresql for found in tally.disagreements], question.rule.name


PAYLOAD = ASKED["outbox_payload_storable"]
SLACKENED = {
    "a number more": (".5 ||", ".6 ||"),
    "below zero": ("<= -", "<= -1"),
    "one deeper": ("{64}", "{65}"),
    "lists": ("'object'", "ALL (ARRAY['object', 'array'])"),
    "numbers of the top alone": ("$.** ?", "$.* ?"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize(("old", "new"), SLACKENED.values(), ids=SLACKENED.keys())
async def test_a_constraint_that_is_slackened_is_found(connection: asyncpg.Connection, old: str, new: str) -> None:
    """Planted: a constraint of documents that lets in a little more than the store reads is found."""
    (guard, _) = PAYLOAD.guards
    assert old in guard
    question = without(PAYLOAD, guard, guard.replace(old, new))
    async with asked_about(connection, question) as postgres:
        tally = await count_written(postgres, written_of(question, 400, Random(1)))
    assert UNREAD in [found.postgresql for found in tally.disagreements]


@pytest.mark.asyncio
async def test_a_reader_that_is_slackened_is_found(connection: asyncpg.Connection) -> None:
    """Planted: a reader that takes more than the constraint, or reads another value, is found."""
    takes_all = attrs.evolve(PAYLOAD, decode=lambda _: SimpleNamespace(payload=JsonObject({})))
    report = await asked(connection, [takes_all])
    found = [found.postgresql for found in report.disagreements]
    assert "refuses what the store reads" in found
    assert any(said.startswith("gives back") for said in found)


@pytest.mark.asyncio
async def test_nothing_stays(connection: asyncpg.Connection) -> None:
    """A run leaves no table behind, not even when it fails on the way."""
    await asked(connection, [*ASKED.values()][:30])
    broken = attrs.evolve(ASKED["check_name_length"], accepts=lambda row: bool(1 // (len(row) - 1)))
    with pytest.raises(ZeroDivisionError):
        await asked(connection, [broken])
    with pytest.raises(asyncpg.PostgresSyntaxError):
        await asked(connection, [attrs.evolve(broken, condition="name IS")])
    assert await connection.fetchval(OURS) == 0


@pytest.mark.asyncio
async def test_a_database_of_another_encoding_is_refused(server_url: str) -> None:
    """Where no store can be there is nothing to compare, and that is said."""
    async with of_locale(server_url, "ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'") as connection:
        with pytest.raises(DatabaseUnsuitable, match="LATIN1"):
            await asked(connection, [*ASKED.values()][:1])


def test_the_command_prints_a_line_for_each_rule(server_url: str) -> None:
    """People get a line for each rule and a closing line; exit status 0 if nothing disagrees."""
    result = run("parity", "--database-url", server_url, "--examples", "10000", "--seed", "3")
    head, *lines = result.stdout.splitlines()
    assert result.exit_code == 0, result.output
    assert head.split() == ["RULE", "KIND", "TABLE", "TRIED", "ACCEPTED", "REFUSED", "DISAGREED"]
    assert [line.split()[0] for line in lines[:-2]] == list(ASKED)
    assert lines[-1].startswith(f"rules {len(ASKED)}, values 10000, accepted ")
    assert ", disagreements 0, seed 3 (PostgreSQL " in lines[-1]


def test_the_command_asks_about_the_catalogue_that_is_named(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--catalogue` names another one, whose rules are asked about and no others; a wrong name is refused."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "examples" / "clinic" / "src")
    asked_about = [question.rule.name for question in questions(catalogues()["CLINICS"])]
    named = ("parity", "--database-url", server_url, "--examples", "1000", "--seed", "3", "--catalogue")
    result = run(*named, "clinic.catalogue:CLINICS")
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.stdout.splitlines()[1:-2]] == asked_about
    refused = run(*named, "clinic.catalogue:NOBODY")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "NOBODY" in refused.stderr


def test_the_command_ends_with_1_if_something_disagrees(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disagreement is printed below the table, and in JSON with its rule; exit status 1."""
    fault, shown = WEAKENED["another pattern"]
    monkeypatch.setattr(command, "questions", lambda _: (fault, ASKED["check_name_length"]))
    result = run("parity", "--database-url", server_url, "--examples", "2000", "--seed", "3")
    assert result.exit_code == 1
    assert shown in result.stdout.splitlines()
    assert ", disagreements 1, seed 3 " in result.stdout
    result = run("parity", "--database-url", server_url, "--examples", "2000", "--seed", "3", "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert (document["values"], document["disagreements"], document["seed"]) == (2000, 1, 3)
    one, other = document["rules"]
    assert one["disagreements"] == [{"values": {"slug": "'-'"}, "domain": "refuses", "postgresql": "accepts"}]
    assert (other["name"], other["disagreed"], other["disagreements"]) == ("check_name_length", 0, [])
    assert other["tried"] == other["accepted"] + other["refused"]


def test_the_program_of_the_documentation_runs(server_url: str) -> None:
    """The program that the documentation shows asks about every rule and finds nothing."""
    programs = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    program = next(program for program in programs if "check_parity" in program)
    url = make_url(server_url).set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run([sys.executable, "-c", program, url], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("20000 values, 0 disagreements\n", "")
