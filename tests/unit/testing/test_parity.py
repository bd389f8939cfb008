"""Value parity without a server: what is asked, what is drawn, how it is made simpler, and how the command fails."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from random import Random
from typing import cast
from uuid import UUID

import attrs
import pytest
from click.testing import CliRunner, Result

from gapless.adapters.postgres.schema.creation import create_statements
from gapless.cli.commands import gapless
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import Role, User
from gapless.domain.values import E164_PATTERN, EMAIL_PATTERN, SLUG_PATTERN
from gapless.kit import Check, DataType, EnumMember, model_of
from gapless.kit.columns import Column, ColumnType
from gapless.kit.json_object import JsonObject
from gapless.kit.patterns import to_python
from gapless.testing.parity import Question, questions
from gapless.testing.parity.generators import rows_of
from gapless.testing.parity.pattern_texts import described_text
from gapless.testing.parity.questions import Row
from gapless.testing.parity.runner import LEAST_ROWS, batches, shares
from gapless.testing.parity.simpler import simpler_rows, simpler_values
from tests.bulk import ask_each

ASKED = questions(GAPLESS)
STATEMENTS = "\n".join(create_statements(GAPLESS, "gapless"))
PATTERNS = [SLUG_PATTERN, E164_PATTERN, EMAIL_PATTERN, "[^A-Z]*", "a|(b|[]x-]{2,3})?c{2}", "[[:space:]^]{1,}%", ""]
NOBODY = "postgresql://gapless@127.0.0.1:1/gapless"


def drawn(question: Question, count: int = 400, seed: int = 1) -> list[Row]:
    """Rows for a question."""
    return [*rows_of(question, count, Random(seed))]


def named(question: Question) -> str:
    """The name of a test case."""
    return question.rule.name


def test_every_rule_over_one_row_is_asked() -> None:
    """Every Check, every EnumMember and the stored value of every column is asked about, and nothing else."""
    assert [question.rule for question in ASKED] == [
        rule for _, rule in GAPLESS if isinstance(rule, (Check, EnumMember, DataType))
    ]
    columns = [question.columns for question in ASKED if question.condition is None]
    assert columns == [(column,) for model in GAPLESS.models for column in model.columns]


def test_what_is_asked_is_the_constraint() -> None:
    """The condition, and the type and collation of each column, stand to the letter in the statements of the tables."""

    def holds(question: Question) -> None:
        assert f"CONSTRAINT {question.rule.name} CHECK ({question.condition})" in STATEMENTS
        table = STATEMENTS.split(f"CREATE TABLE gapless.{question.model.table} (")[1].split("CREATE ")[0]
        for definition, column in zip(question.definitions, question.columns, strict=True):
            assert f"    {definition}{'' if column.nullable else ' NOT NULL'},\n" in table

    ask_each([question for question in ASKED if question.condition], holds, name=named)


def test_rows_are_what_an_entity_would_validate() -> None:
    """Values are in their normal form, null only where they can be, and representable unless that is the question."""

    def holds(question: Question) -> None:
        for row in drawn(question):
            for column, value in zip(question.columns, row, strict=True):
                assert column.normalised(value) is value
                assert value is not None or column.nullable
                assert question.condition is None or column.represents(value)

    ask_each(ASKED, holds, name=named)


def test_rows_stand_on_both_sides_of_the_edge() -> None:
    """Some rows pass and others do not, whatever the rule."""

    def holds(question: Question) -> None:
        answers = {question.accepts(row) for row in drawn(question)}
        assert answers == {True, False}

    ask_each(ASKED, holds, name=named)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("check_name_length", {1, 2, 3, 99, 100, 101}),
        ("calls_outcome_length", {49, 50, 51}),
        ("organizations_storage_quota_range", {-1, 0, 1, 2**53 - 2, 2**53 - 1, 2**53}),
        ("check_call_quality_range", {0, 1, 2, 4, 5, 6, -(2**31), 2**31 - 1}),
        ("users_role_known", {*Role, "OWNER\n", "owner", "OWNER\u00a0", " OWNER", "OWNE"}),
    ],
)
def test_every_bound_is_tried_on_both_sides(rule: str, expected: set[object]) -> None:
    """The values on, before and behind each bound are among the rows, whatever the seed."""
    question = next(question for question in ASKED if question.rule.name == rule)
    for seed in range(3):
        values = [row[0] for row in drawn(question, 2000, seed)]
        lengths = {len(value) for value in values if isinstance(value, str)}
        assert expected <= (lengths if "length" in rule else set(values))


def test_a_seed_draws_the_same_rows() -> None:
    """The same seed draws the same rows, and another one others."""
    question = next(question for question in ASKED if question.rule.name == "check_email_format")
    assert drawn(question) == drawn(question)
    assert drawn(question) != drawn(question, seed=2)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_texts_of_a_pattern_are_described_by_it(pattern: str) -> None:
    """A text that is drawn from a pattern matches it, and there are many of them."""
    random = Random(1)
    texts = {described_text(pattern, random) for _ in range(500)}
    assert all(to_python(pattern).fullmatch(text) for text in texts)
    assert len(texts) > (5 if pattern else 0)


def test_texts_reach_what_locales_differ_on() -> None:
    """Among the texts of one rule are spaces and digits beyond ASCII, odd letters, marks, and four bytes of UTF-8."""
    question = next(question for question in ASKED if question.rule.name == "check_slug_format")
    characters = {character for row in drawn(question, 5000) for character in str(row[0])}
    assert set("\n\x0b\x85\xa0\u2028\u3000\u0660²\u212aıſİß\u0301\u200d\uff10\U0001f600") <= characters


def test_shares_add_up() -> None:
    """The rows are shared out without a rest, each question gets some, and a predicate more than a column."""
    every = {examples: shares(ASKED, examples) for examples in (1, 20_000, 1_000_000)}
    for examples, counts in every.items():
        assert sum(counts) == max(examples, LEAST_ROWS * len(ASKED))
        assert min(counts) >= LEAST_ROWS
    by_name = dict(zip(map(named, ASKED), every[1_000_000], strict=True))
    assert by_name["check_name_length"] > 2 * by_name["users_name_storable"] > by_name["users_is_active_storable"]


def test_batches_hold_every_row_and_no_more_characters_than_fit() -> None:
    """Batches keep the order, grow to thousands of rows, and end early where the texts are long."""
    short = [(number,) for number in range(9000)]
    assert [row for batch in batches(short) for row in batch] == short
    assert max(map(len, batches(short))) == 4000
    long: list[Row] = [("a" * 500_000,)] * 7
    assert [len(batch) for batch in batches(long)] == [3, 3, 1]


def simplest(column: Column, value: object, telling: str) -> object:
    """Where making a value simpler leads while an expression is true of it, which is called `v`."""
    while True:
        simpler = (each for each in simpler_values(column, value) if each is not None and eval(telling, {"v": each}))  # noqa: S307  # the expressions stand below
        found = next(simpler, None)
        if found is None:
            return value
        value = found


@pytest.mark.parametrize(
    ("type", "value", "telling", "expected"),
    [
        (ColumnType.TEXT, "Grüße,\n\U0001f600\u00a0zusammen", "len(v) > 2", "aaa"),
        (ColumnType.TEXT, "x" * 5000, "len(v) >= 150", "a" * 150),
        (ColumnType.TEXT, "before\u212aafter", "not v.isascii()", "é"),
        (ColumnType.INTEGER, 2**31 - 1, "v > 77", 78),
        (ColumnType.INTEGER, -(2**31), "v < -2", -3),
        (ColumnType.BIG_INTEGER, -(2**63), "v", 1),
        (ColumnType.BOOLEAN, True, "True", False),
        (ColumnType.UUID, UUID(int=2**128 - 1), "v.int > 5", UUID(int=6)),
        (ColumnType.UUIDS, tuple(UUID(int=number) for number in range(40)), "len(v) == 2 or len(v) > 4", 2),
        (ColumnType.TIME, datetime(1066, 10, 14, 9, tzinfo=UTC), "True", datetime(2000, 1, 1, tzinfo=UTC)),
        (
            ColumnType.TIME,
            datetime(2024, 2, 29, 12, 5, 7, 123, tzinfo=UTC),
            "v.microsecond",
            datetime(2000, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        ),
        (
            ColumnType.JSON,
            JsonObject({"key": [1, {"b": 2.5}], "other": None}),
            "'2.5' in v.text",
            JsonObject({"": 2.5}),
        ),
    ],
)
def test_simplifying_leads_to_the_simplest(type: ColumnType, value: object, telling: str, expected: object) -> None:
    """Going from value to simpler value ends, and ends at the least that still tells."""
    found = simplest(Column("column", type, nullable=False), value, telling)
    assert (len(found) if isinstance(found, tuple) else found) == expected


@pytest.mark.parametrize("hours", [-60_000, -36, -0.5, 0, 0.5, 36, 60_000])
def test_simpler_times_are_closer(hours: float) -> None:
    """Every simpler time is closer to the simplest one, or as far from it on the other side."""
    column = Column("column", ColumnType.TIME, nullable=False)
    origin = datetime(2000, 1, 1, tzinfo=UTC)
    at = origin + timedelta(hours=hours, microseconds=1)
    distances = [cast(datetime, time) - origin for time in simpler_values(column, at)]
    assert distances
    assert max(map(abs, distances)) <= abs(at - origin)
    assert all(abs(each) < abs(at - origin) or each == origin - at for each in distances)


def test_simpler_members_are_those_before() -> None:
    """A member gives way to one that is declared before it, and a text that is none to a shorter one."""
    role = model_of(User).column("role")
    assert [*simpler_values(role, Role.MANAGER)] == [Role.OWNER, Role.ADMIN]
    assert simplest(role, "OWNERS", "type(v) is str") == ""


def test_simpler_rows_keep_equal_values_equal() -> None:
    """Null comes first; where two columns hold the same, both change alone and both change together."""
    one, other = Column("one", ColumnType.INTEGER, nullable=True), Column("other", ColumnType.INTEGER, nullable=False)
    rows = [*simpler_rows((one, other), (1, 1))]
    assert rows == [(None, 1), (None, None), (0, 1), (0, 0), (1, 0), (0, 0)]


def test_what_can_not_be_stored_stays_so() -> None:
    """A value that no column keeps is made simpler without becoming one that is kept."""
    column = Column("column", ColumnType.TEXT, nullable=True)
    assert simplest(column, "one\0two", "True") == "\0"
    assert attrs.evolve(column, nullable=False).represents("\0") is False


def run(*arguments: str, programs: str | None = None) -> Result:
    """Runs the command, with no database in the environment."""
    environment = {"GAPLESS_DATABASE_URL": None, "GAPLESS_PG_BIN": programs}
    return CliRunner().invoke(gapless, ("parity", *arguments), env=environment)


@pytest.mark.parametrize("arguments", [("--examples", "0"), ("--examples", "many"), ("--seed", "-1"), ("--yaml",)])
def test_usage_is_refused_with_2(arguments: tuple[str, ...]) -> None:
    """What is asked for in a wrong way ends with 2, and prints nothing on stdout."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_no_database_ends_with_3() -> None:
    """Without a server to ask, or without the programs of one, the command ends with 3 and a sentence."""
    for result in (run("--database-url", NOBODY), run(programs="/nowhere")):
        assert (result.exit_code, result.stdout) == (3, "")
        assert "Error: " in result.stderr


def test_the_commands_need_no_test_tools() -> None:
    """What `gapless parity` and `gapless demo` load needs neither pytest nor Hypothesis, which an extra brings."""
    modules = "gapless.testing.parity.command, gapless.demo.runner"
    program = f"import sys; sys.modules['pytest'] = sys.modules['hypothesis'] = None; import {modules}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
