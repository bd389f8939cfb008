"""The list of the gaps: what closes each is computed, and a gap that loses it turns up as open."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner, Result

from gapless.adapters.postgres.schema.creation import create_statements
from gapless.domain.catalogue import GAPLESS
from gapless.kit import Catalogue, Rule
from gapless.kit.errors import DeclarationError
from tests.gaps.__main__ import gaps as command
from tests.gaps.definitions import NOWHERE, by_postgres
from tests.gaps.listing import ADDED, GAPS, SCHEMA, Evidence, Gap, all_gaps, as_lines, unknown_marks
from tests.gaps.use_cases import USE_CASES

TESTS = Path(__file__).parents[1]
STATEMENTS = create_statements(GAPLESS, SCHEMA)
ALL = Evidence(
    catalogue=GAPLESS,
    statements=STATEMENTS,
    use_cases=USE_CASES,
    proofs={name: (f"tests/test_{name}.py::test_it",) for name in GAPS},
)
SEEDED = [(rule.source.id, model, rule) for model, rule in GAPLESS if rule.source and rule.source.id in GAPS]


def opened(found: Evidence) -> set[str]:
    """The ids of the gaps that are open."""
    return {gap.id for gap in all_gaps(found) if not gap.closed}


def the(gap: str, found: Evidence = ALL) -> Gap:
    """The gap of this id."""
    return next(one for one in all_gaps(found) if one.id == gap)


def without(name: str) -> Catalogue:
    """The catalogue without the rule of this name."""
    kept = {model.table: tuple(rule for rule in model.rules if rule.name != name) for model in GAPLESS.models}
    return Catalogue(tuple(attrs.evolve(model, rules=kept[model.table]) for model in GAPLESS.models))


def run(*arguments: str) -> Result:
    """Runs the command."""
    return CliRunner().invoke(command, arguments)


def test_every_gap_of_this_repository_is_closed() -> None:
    """Every gap has what closes it, its definition in PostgreSQL and a test that is marked with its id."""
    result = run("--tests", str(TESTS))
    left = [line for line in result.stdout.splitlines() if " OPEN " in line]
    assert (left, result.stderr, result.exit_code) == ([], "", 0)
    assert result.stdout.splitlines()[-1] == "52 gaps, 46 from the source, 6 ours, 52 closed"


def test_the_gaps_are_those_of_the_source() -> None:
    """There are 52 gaps in the order of their ids, and six of them are ours, as the catalogue says too."""
    gaps = all_gaps(ALL)
    assert opened(ALL) == set()
    assert [gap.id for gap in gaps] == sorted(gap.id for gap in gaps)
    assert (len(gaps), gaps[0].id, gaps[41].id, gaps[-1].id) == (52, "GAP-172", "GAP-213", "INTEGRITY-010")
    assert {gap.id for gap in gaps if gap.origin == "gapless"} == ADDED
    assert {rule.source.origin for _, _, rule in SEEDED if rule.source and rule.source.id not in ADDED} == {"seed"}
    assert {rule.source.origin for _, _, rule in SEEDED if rule.source and rule.source.id in ADDED} == {"gapless"}


def test_what_is_said_of_a_gap() -> None:
    """A gap says what it is in the words of its rule, where it is enforced, and what proves it."""
    assert the("GAP-177") == Gap(
        id="GAP-177",
        closed=True,
        origin="seed",
        what="A slug is made of lower-case letters and digits, in words joined by single hyphens.",
        entity="constructor",
        memory="at the write",
        postgresql="CHECK check_slug_format",
        tests=("tests/test_GAP-177.py::test_it",),
    )


def test_where_a_gap_is_enforced() -> None:
    """A use case is told in its own words with the rules it stands on, an index has no enforcer but the database."""
    role = the("INTEGRITY-002")
    assert role.what == "Members.change_role: Gives a user another role; a lower role revokes the user's sessions."
    assert (role.entity, role.memory, role.postgresql) == (
        "use case",
        "unit of work; at commit",
        "unit of work; TRIGGER last_owner",
    )
    index = the("GAP-194")
    assert (index.entity, index.memory, index.postgresql) == (NOWHERE, NOWHERE, "INDEX idx_calls_org_date")
    assert the("GAP-207").postgresql == "FOREIGN KEY ON DELETE SET NULL calls_handled_by_user_id_fkey"
    assert the("GAP-213").postgresql == "TRIGGER audit_logs_append_only"
    assert the("INTEGRITY-008").what.count("Members.") == 4


def test_every_use_case_says_which_gap_it_closes() -> None:
    """The use cases of a gap name it in what they say of themselves, so that the list can't name the wrong ones."""
    for gap, use_case in USE_CASES.items():
        for method in use_case.methods:
            assert f"({gap})" in (inspect.getdoc(method) or ""), method


every_rule = pytest.mark.parametrize(("gap", "rule"), [pytest.param(gap, rule, id=gap) for gap, _, rule in SEEDED])


@every_rule
def test_without_its_rule_a_gap_is_open(gap: str, rule: Rule) -> None:
    """A catalogue that lost a rule leaves the gap of that rule open, and no other."""
    found = attrs.evolve(ALL, catalogue=without(rule.name))
    assert opened(found) == {gap}
    assert (the(gap, found).what, the(gap, found).postgresql) == (NOWHERE, NOWHERE)


@every_rule
def test_without_its_definition_a_gap_is_open(gap: str, rule: Rule) -> None:
    """Statements that make nothing of a rule's name leave the gap of that rule open, and no other."""
    found = attrs.evolve(ALL, statements=[text.replace(rule.name, "other") for text in STATEMENTS])
    assert opened(found) == {gap}
    assert the(gap, found).postgresql == NOWHERE


@every_rule
def test_without_its_test_a_gap_is_open(gap: str, rule: Rule) -> None:
    """A gap that no test is marked with is open, though its rule is there."""
    found = attrs.evolve(ALL, proofs={name: tests for name, tests in ALL.proofs.items() if name != gap})
    assert opened(found) == {gap}
    assert the(gap, found).what == rule.message
    assert the(gap, found).tests == ()


@pytest.mark.parametrize("gap", USE_CASES)
def test_without_its_use_case_or_test_a_gap_is_open(gap: str) -> None:
    """The gap of a use case is open without that use case, without its methods, and without a test."""
    others = {name: use_case for name, use_case in USE_CASES.items() if name != gap}
    unfinished = {**USE_CASES, gap: attrs.evolve(USE_CASES[gap], methods=())}
    untried = {name: tests for name, tests in ALL.proofs.items() if name != gap}
    assert opened(attrs.evolve(ALL, use_cases=others)) == {gap}
    assert opened(attrs.evolve(ALL, use_cases=unfinished)) == {gap}
    assert opened(attrs.evolve(ALL, proofs=untried)) == {gap}


@pytest.mark.parametrize("name", sorted({name for use_case in USE_CASES.values() for name in use_case.rules}))
def test_use_cases_stand_on_their_rules(name: str) -> None:
    """The gaps of the use cases that stand on a rule are open without it, in the catalogue or in PostgreSQL."""
    standing = {gap for gap, use_case in USE_CASES.items() if name in use_case.rules}
    assert opened(attrs.evolve(ALL, catalogue=without(name))) == standing
    assert opened(attrs.evolve(ALL, statements=[text.replace(name, "other") for text in STATEMENTS])) == standing


def changed(part: str, by: str) -> list[str]:
    """The statements with a part of one of them replaced."""
    assert any(part in text for text in STATEMENTS), part
    return [text.replace(part, by) for text in STATEMENTS]


WEAKENED: dict[str, tuple[str, Callable[[], list[str]]]] = {
    "a check on another table": (
        "GAP-172",
        lambda: changed("CREATE TABLE gapless.users (", "CREATE TABLE gapless.u ("),
    ),
    "another action on deletion": (
        "GAP-203",
        lambda: changed(
            "REFERENCES gapless.organizations (id) ON DELETE RESTRICT", "REFERENCES gapless.organizations (id)"
        ),
    ),
    "an index on another table": (
        "GAP-201",
        lambda: changed("idx_invoices_org_date ON gapless.invoices", "idx_invoices_org_date ON gapless.users"),
    ),
    "a trigger that a replica silences": (
        "GAP-213",
        lambda: changed("ALTER TABLE gapless.audit_logs ENABLE ALWAYS", "ALTER TABLE gapless.audit_logs ENABLE"),
    ),
    "a trail that can be truncated": (
        "GAP-213",
        lambda: [text for text in STATEMENTS if "audit_logs_append_only_truncate" not in text],
    ),
    "a rule that nobody checks": (
        "INTEGRITY-002",
        lambda: [text for text in STATEMENTS if "judge_01_last_owner" not in text],
    ),
    "a function that no trigger calls": (
        "INTEGRITY-009",
        lambda: [text for text in STATEMENTS if "TRIGGER update_storage_quota" not in text],
    ),
}


@pytest.mark.parametrize("fault", WEAKENED)
def test_a_definition_of_the_right_name_may_be_the_wrong_one(fault: str) -> None:
    """A name alone closes nothing: it has to be the name of the right thing, on the right table."""
    gap, statements = WEAKENED[fault]
    assert gap in opened(attrs.evolve(ALL, statements=statements()))


def test_every_rule_of_the_catalogue_is_found_in_postgres() -> None:
    """Rules of all kinds are found among the statements, and a kind that nobody knows is no reason to guess."""
    for model, rule in GAPLESS:
        assert by_postgres(STATEMENTS, SCHEMA, model, rule).endswith(f" {rule.name}")
        assert by_postgres([], SCHEMA, model, rule) == NOWHERE
    with pytest.raises(DeclarationError, match="table of gaps knows no rule of the kind Rule"):
        by_postgres(STATEMENTS, SCHEMA, GAPLESS.models[0], Rule("a_rule", "A rule of no kind."))


def test_the_list_for_people() -> None:
    """Each gap has a line below the head, the first of its tests, how many more there are, and totals stand below."""
    proofs = {**ALL.proofs, "GAP-172": ("a.py::test_a", "b.py::test_b", "c.py::test_c"), "GAP-173": ()}
    head, *lines, totals = as_lines(all_gaps(attrs.evolve(ALL, proofs=proofs))).splitlines()
    assert head.split() == ["ID", "STATE", "ORIGIN", "ENTITY", "MEMORY", "POSTGRESQL", "TEST", "WHAT"]
    assert [line.split()[0] for line in lines] == list(GAPS)
    assert lines[0][head.index("TEST") :].startswith("a.py::test_a and 2 more  ")
    assert lines[0].endswith("An address has at most 254 characters.")
    assert [line.split()[1] for line in lines[:3]] == ["closed", "OPEN", "closed"]
    assert lines[1][head.index("TEST") :].startswith(NOWHERE)
    assert totals == "52 gaps, 46 from the source, 6 ours, 51 closed"


def test_the_list_for_programs(tmp_path: Path) -> None:
    """Programs get one object a gap with the promised keys, every test of it, and nothing else on stdout."""
    for name in ("test_a.py", "test_b.py"):
        (tmp_path / name).write_text('@pytest.mark.gap("GAP-172")\ndef test_it(): ...\n')
    result = run("--tests", str(tmp_path), "--json")
    listed = json.loads(result.stdout)
    assert {tuple(gap) for gap in listed} == {
        ("id", "closed", "origin", "what", "entity", "memory", "postgresql", "tests")
    }
    assert listed[0]["tests"] == [f"{tmp_path}/test_a.py::test_it", f"{tmp_path}/test_b.py::test_it"]
    assert [gap["id"] for gap in listed if gap["closed"]] == ["GAP-172"]


def test_open_gaps_are_findings(tmp_path: Path) -> None:
    """A folder without tests closes nothing: everything is listed, and the exit status is 1."""
    result = run("--tests", str(tmp_path))
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.splitlines()[-1] == "52 gaps, 46 from the source, 6 ours, 0 closed"


def test_an_unknown_id_is_a_finding(tmp_path: Path) -> None:
    """A mark with an id that nothing has is told on stderr: whoever wrote it meant another one."""
    marks = "".join(f'@pytest.mark.gap("{name}")\n' for name in (*GAPS, "X-03", "GAP-1772"))
    (tmp_path / "test_a.py").write_text(f"{marks}def test_it(): ...\n")
    result = run("--tests", str(tmp_path))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].endswith(" 52 closed")
    assert result.stderr == f"{tmp_path}/test_a.py::test_it: no gap has the id GAP-1772.\n"
    assert unknown_marks(ALL) == ()


@pytest.mark.parametrize("source", ["def test_it(:\n", "\0", "@pytest.mark.gap(ID)\ndef test_it(): ...\n"])
def test_a_folder_that_can_not_be_read_is_a_usage_error(tmp_path: Path, source: str) -> None:
    """A folder that is not there ends with 2, and so does one with a file that can't be read: it is named."""
    (tmp_path / "test_a.py").write_text(source)
    for folder in (tmp_path, tmp_path / "nowhere", tmp_path / "test_a.py"):
        result = run("--tests", str(folder))
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Error: " in result.stderr
        assert folder.name in result.stderr.replace("\n", "")
