"""The command line: what it prints where, and how it ends."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from gapless.cli.commands import gapless
from gapless.domain.catalogue import GAPLESS
from tests.commands import run

NOBODY = "postgresql://gapless@127.0.0.1:1/gapless"
# What each command of production is told, and how it ends where nobody listens.
PRODUCTION = {
    "rules": ([], 0),
    "grants": (["desk"], 0),
    "migrate": (["--sql"], 0),
    "revision": (["--revisions", "gapless.domain.migrations:REVISIONS", "--check"], 0),
    "check": (["--database-url", NOBODY], 3),
    "cleanup": (["--retention-days", "30", "--database-url", NOBODY], 3),
}


def test_version_and_help() -> None:
    """The version is that of the package; the help names every command and the exit statuses."""
    assert run("--version").output == f"gapless {metadata.version('gapless')}\n"
    text = run("--help").output
    assert all(word in text for word in ("check", "demo", "migrate", "rules", "Exit status"))


def test_rules_as_json_have_exactly_the_keys() -> None:
    """Programs get one object a rule, in the catalogue's order, with the promised keys and no others."""
    listed = json.loads(run("rules", "--json").stdout)
    assert [rule["name"] for rule in listed] == [rule.name for _, rule in GAPLESS]
    assert {tuple(rule) for rule in listed} == {("id", "origin", "name", "kind", "table", "fields", "message")}
    assert listed[-1]["kind"] == "index"
    by_name = {rule["name"]: rule for rule in listed}
    assert by_name["check_slug_format"] == {
        "id": "GAP-177",
        "origin": "seed",
        "name": "check_slug_format",
        "kind": "check",
        "table": "organizations",
        "fields": ["slug"],
        "message": "A slug is made of lower-case letters and digits, in words joined by single hyphens.",
    }
    assert by_name["check_email_format"]["origin"] == "gapless"
    assert by_name["last_owner"]["kind"] == "at_least_one"


def test_rules_for_people_are_aligned() -> None:
    """People get one line a rule below a head, each column below its word."""
    head, *lines = run("rules").stdout.splitlines()
    assert len(lines) == len(list(GAPLESS))
    for line, (model, rule) in zip(lines, GAPLESS, strict=True):
        assert line[head.index("NAME") :].startswith(f"{rule.name} ")
        assert line[head.index("TABLE") :].startswith(f"{model.table} ")
        assert line.endswith(rule.message)


@pytest.mark.parametrize(
    "arguments",
    [
        ("migrate",),
        ("migrate", "--check"),
        ("migrate", "--sql", "--schema", "no\0name"),
        ("demo", "--data", "/nowhere"),
        ("nothing",),
        ("rules", "--yaml"),
    ],
)
def test_usage_is_refused_with_2(arguments: tuple[str, ...]) -> None:
    """What is asked for in a wrong way ends with 2 and a message on stderr, and prints nothing on stdout."""
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments", [("migrate",), ("migrate", "--plan"), ("migrate", "--sql"), ("migrate", "--check")]
)
def test_no_server_ends_with_3(arguments: tuple[str, ...]) -> None:
    """A server that does not answer ends with 3 and one message with its code."""
    result = run(*arguments, "--database-url", NOBODY)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr.endswith(" [database_unreachable]\n")
    assert result.stderr.count("\n") == 1


def test_demo_without_a_server_ends_with_3(tmp_path: Path) -> None:
    """So it does for the demonstration."""
    for name in ("organizations.jsonl", "members.jsonl", "numbers.jsonl", "knowledge.jsonl"):
        (tmp_path / name).touch()
    result = run("demo", "--data", str(tmp_path), "--database-url", NOBODY)
    assert result.exit_code == 3
    assert result.stderr.endswith(" [database_unreachable]\n")


def test_a_url_of_something_else_is_refused() -> None:
    """A URL that is none of PostgreSQL ends with 3, and is not repeated: it may hold a password."""
    result = run("migrate", "--database-url", "mysql://root:secret@host/name")
    assert result.exit_code == 3
    assert "secret" not in result.stderr


def test_script_needs_no_database() -> None:
    """Without a database the whole script goes to stdout, and the note that says so to stderr."""
    result = run("migrate", "--sql", "--schema", "elsewhere")
    assert result.exit_code == 0
    assert "CREATE TABLE elsewhere.users" in result.stdout
    assert result.stderr == "No database is named: the script is for an empty one.\n"


def test_without_click_one_sentence_says_what_to_do() -> None:
    """Without the extra, the command ends with 2 and the remedy, and not with a traceback."""
    program = "import sys; sys.modules['click'] = None; from gapless.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "The command line needs click: pip install 'gapless[cli]'\n"


def test_a_poor_terminal_is_no_reason_to_fail() -> None:
    """A stream that can't show our dashes gets question marks."""
    program = "import sys; sys.argv = ['gapless', 'rules']; from gapless.cli import main; main()"
    environment = {"PYTHONIOENCODING": "ascii:strict", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr


def test_other_missing_modules_are_not_hidden() -> None:
    """Only a missing click is explained so; any other missing module is a fault of the installation."""
    program = "import sys; sys.modules['gapless.cli.failures'] = None; from gapless.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize("arguments", [("rules",), ("rules", "--json"), ("migrate", "--sql"), ("--help",)])
def test_output_that_cannot_be_written(arguments: tuple[str, ...]) -> None:
    """On a disk that is full a command ends with 2 and a message, and not with a traceback."""
    program = f"import sys; sys.argv = ['gapless', *{arguments}]; from gapless.cli import main; main()"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "Error: The output can't be written: No space left on device."
    assert "Traceback" not in done.stderr


def test_production_needs_neither_test_kit_nor_demonstration() -> None:
    """Without the two packages each command of production runs, and only those that they bring do not."""
    asked = {**{name: arguments for name, (arguments, _) in PRODUCTION.items()}, "demo": [], "parity": []}
    program = f"""
import json, sys
sys.modules["gapless.testing"] = sys.modules["gapless.demo"] = None
from click.testing import CliRunner
from gapless.cli.commands import gapless
ended = {{name: CliRunner().invoke(gapless, [name, *told]) for name, told in {asked!r}.items()}}
print(json.dumps({{name: [done.exit_code, type(done.exception).__name__] for name, done in ended.items()}}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    ended = json.loads(done.stdout)
    assert {*gapless.commands} == {*PRODUCTION}
    assert {name: ended[name][0] for name in PRODUCTION} == {name: status for name, (_, status) in PRODUCTION.items()}
    assert ended["demo"] == ended["parity"] == [1, "ModuleNotFoundError"]


@pytest.mark.parametrize("seconds", ["-0.5", "-1"])
def test_no_time_is_less_than_none(seconds: str) -> None:
    """A time to wait that is negative is refused before anything is asked of a server."""
    done = run("migrate", "--database-url", NOBODY, "--seconds", seconds)
    assert done.exit_code == 2
    assert "--seconds" in done.stderr
