"""The wheel as others get it: what is in it, and a fresh project that is tested with it and with nothing of ours."""

import asyncio
import json
import shutil
import sysconfig
import venv
import zipfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from gapless.domain.catalogue import GAPLESS
from gapless.testing.violations import can_refuse
from tests.bulk import ask_each
from tests.commands import commands, first_companies
from tests.integration.databases import connected, copied_database
from tests.integration.environments import ROOT, built, ended, run, unpacked
from tests.violations import rules_where

EXAMPLE = ROOT / "examples" / "own_service"
SHOW = """
import gapless, gapless.testing.plugin
from importlib.metadata import distributions, entry_points
print(gapless.__file__)
print(*[found.value for found in entry_points(group="pytest11", name="gapless")])
print(len([found for found in distributions() if found.name == "gapless"]))
"""
EACH = """
import contextlib, io, json, runpy, sys
script, rows = sys.argv[1], json.loads(sys.argv[2])
told = []
for arguments in rows:
    said, status = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True), None
    sys.argv = [script, *arguments]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            runpy.run_path(script, run_name="__main__")
        except SystemExit as ended:
            status = ended.code
    told.append((status, said.buffer.getvalue().decode()))
print(json.dumps(told))
"""
"""Runs the script of the command with one list of arguments after the other."""
# What each command is told so that it does its work, and what it then says.
ALONE = {
    "revision": (("--revisions", "gapless.domain.migrations:REVISIONS", "--check"), ""),
    "rules": ((), "check_slug_format"),
    "grants": (("desk",), 'GRANT USAGE ON SCHEMA gapless TO "desk";'),
}
ON_A_DATABASE = {
    "migrate": ((), "Schema gapless is up to date; it lacked "),
    "check": ((), "Schema gapless enforces every rule of the catalogue."),
    "cleanup": (("--retention-days", "30"), "Removed for good:"),
}
ON_A_SERVER_OF_THEIR_OWN = {
    "parity": (("--examples", "1"), "disagreements 0, seed "),
}
COMPANIES = 15
SISTERS, PURGED, BLOCKED = 3, 4, 1
"""The sisters of every fifth company are purged, and the fourteenth; the seventh has invoices."""
RULES = sum(can_refuse(rule) for _, rule in GAPLESS)
DEMO_SCHEMAS = "SELECT count(*) FROM pg_namespace WHERE starts_with(nspname, 'gapless_demo_')"


def output_of(python: Path, folder: Path, *arguments: str) -> tuple[str, str]:
    """What the installed command prints on stdout and on stderr, where nothing of the checkout is."""
    (script,) = python.parents[1].glob("lib/python*/site-packages/bin/gapless")
    done = ended(python, "-I", script, *arguments, folder=folder)
    return done.stdout, done.stderr


def says(python: Path, folder: Path, *rows: Sequence[str]) -> list[str]:
    """All that the installed command says, of each of these arguments; one process asks for all: it starts slowly."""
    (script,) = python.parents[1].glob("lib/python*/site-packages/bin/gapless")
    told = json.loads(run(python, "-I", "-c", EACH, script, json.dumps(rows), folder=folder))
    for arguments, (status, said) in zip(rows, told, strict=True):
        assert not status, f"{' '.join(arguments)}: {said}"
    return [said for _, said in told]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sources as they are."""
    return built("wheel", ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment: gapless from the wheel, the rest from the environment that runs this."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, symlinks=True)
    (packages,) = home.glob("lib/python*/site-packages")
    unpacked(wheel, packages)
    others = home / "others"
    others.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        # Without the editable installation: neither its path nor its entry points are to be found.
        if not package.name.startswith(("gapless", "_gapless", "__editable__")):
            (others / package.name).symlink_to(package)
    (packages / "others.pth").write_text(f"{others}\n")
    return home / "bin" / "python"


def test_wheel_holds_every_file(wheel: Path) -> None:
    """All of the package is in the wheel: its modules, the frozen SQL of its migrations, the mark of its types."""
    sources = {path for path in (ROOT / "src" / "gapless").rglob("*") if path.is_file() and path.suffix != ".pyc"}
    expected = {path.relative_to(ROOT / "src").as_posix() for path in sources}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == expected
    assert {"gapless/py.typed", "gapless/embedded/watchdog.py"} < held
    assert [name for name in held if name.endswith("gapless_0001.sql")]


@pytest.mark.soak
def test_fresh_project(python: Path, tmp_path: Path) -> None:
    """A project elsewhere, with an entity of its own, is tested on both stores by what the wheel brings, and passes."""
    project = tmp_path / "own_service"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    module, plugins, installed = run(python, "-c", SHOW, folder=project).splitlines()
    assert Path(module).is_relative_to(python.parents[1])
    assert (plugins, installed) == ("gapless.testing.plugin", "1")
    report = run(python, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "--tb=short", folder=project)
    assert "[memory]" in report
    assert "[postgres]" in report


@pytest_asyncio.fixture
async def empty_database(server_url: str, database_name: str) -> AsyncIterator[str]:
    """The address of a database that was never migrated."""
    async with copied_database(server_url, "template0", f"{database_name}_wheel") as url:
        yield url


def test_every_command_is_put_to_work() -> None:
    """No command of the command line is left out below: say of a new one what it is told, and what it then says."""
    assert {*ALONE, *ON_A_DATABASE, *ON_A_SERVER_OF_THEIR_OWN, "demo"} == {*commands()}


def test_installed_command_has_every_command(python: Path, tmp_path: Path) -> None:
    """The help of the installed command names the same commands as in the checkout, and each has a help of its own."""
    listed, *helps = says(python, tmp_path, ("--help",), *((command, "--help") for command in commands()))
    lines = listed.partition("\nCommands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == list(commands())
    for command, told in zip(commands(), helps, strict=True):
        assert told.startswith(f"Usage: gapless {command} [OPTIONS]")


def test_installed_commands_that_need_no_server(python: Path, tmp_path: Path) -> None:
    """Each command that needs no database does its work, and the script of all migrations needs none either."""
    asked = [(command, *arguments) for command, (arguments, _) in ALONE.items()]
    *told, script = says(python, tmp_path, *asked, ("migrate", "--sql"))
    for (command, (_, said)), answer in zip(ALONE.items(), told, strict=True):
        assert said in answer, command
    assert "CREATE TABLE gapless.organizations" in script


def test_installed_commands_on_a_database(python: Path, tmp_path: Path, empty_database: str) -> None:
    """Each command that works on a database does so: it is migrated, then compared, then cleaned up."""
    place = ("--database-url", empty_database)
    told = says(python, tmp_path, *((command, *about, *place) for command, (about, _) in ON_A_DATABASE.items()))
    for (command, (_, said)), answer in zip(ON_A_DATABASE.items(), told, strict=True):
        assert said in answer, command


def test_installed_service_migrates_its_own_tables(python: Path, empty_database: str) -> None:
    """The revisions of gapless and those of a service beside them are carried out in a schema of another name.

    Each keeps its record, and the database then enforces the rules of both.
    """
    place = ("--schema", "elsewhere", "--database-url", empty_database)
    theirs = ("--revisions", "own_service.migrations:REVISIONS")
    enforced = "Schema elsewhere enforces every rule"
    expected: dict[tuple[str, ...], str] = {
        ("migrate", *place): "it lacked 1 revision",
        ("migrate", *theirs, "--plan", *place): "1 revision pending",
        ("migrate", *theirs, "--sql", *place): "CREATE TABLE elsewhere.appointments",
        ("migrate", *theirs, *place): "appointments_0001  Appointments.",
        ("check", *place): enforced,
        ("check", *theirs, *place): enforced,
        ("check", "--catalogue", "own_service.appointments:CALENDAR", *place): enforced,
        ("grants", "desk", *theirs, "--schema", "elsewhere"): "ON elsewhere.own_service_version",
    }
    told = says(python, EXAMPLE / "src", *expected)
    ask_each(zip(expected.items(), told, strict=True), lambda row: is_in(row[0][1], row[1]), name=lambda row: row[0][0])


def is_in(expected: str, said: str) -> None:
    """Fails unless this is part of what was said."""
    assert expected in said


@pytest.mark.parametrize("command", ON_A_SERVER_OF_THEIR_OWN)
def test_installed_commands_on_a_server_of_their_own(python: Path, tmp_path: Path, command: str) -> None:
    """Each command that starts a server does so, and finds what it looks for, the companies to play among it."""
    arguments, said = ON_A_SERVER_OF_THEIR_OWN[command]
    assert said in "".join(output_of(python, tmp_path, command, *arguments))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.soak  # the usual run plays it in its own process: tests/integration/test_demo.py
@pytest.mark.asyncio
async def test_installed_demo_finds_no_difference(python: Path, tmp_path: Path, empty_database: str) -> None:
    """On real input both stores agree, every enforcer refuses what it can, and nothing is left behind."""
    data = first_companies(COMPANIES, tmp_path)
    arguments = ("demo", "--data", str(data), "--json", "--database-url", empty_database)
    report, progress = await asyncio.to_thread(output_of, python, tmp_path, *arguments)
    job = json.loads(report)["main_job"]
    assert job["differences"] == []
    assert (job["organizations"], job["purged"], job["blocked"]) == (COMPANIES + SISTERS, PURGED, BLOCKED)
    assert job["use_cases"] > job["refused"] > 20 * COMPANIES
    assert json.loads(report)["closing"] == {
        "rules": RULES,
        "refused_by_entity": rules_where(lambda made: made.entity is not None),
        "refused_by_memory": rules_where(lambda made: made.store is not None),
        "refused_by_postgresql": rules_where(lambda made: made.store is not None or made.sql is not None),
        "differences": 0,
    }
    assert {index["is_there"] for index in json.loads(report)["indexes"]} == {True}
    assert f"organizations: {COMPANIES} of {COMPANIES}" in progress.splitlines()
    async with connected(empty_database) as connection:
        assert await connection.fetchval(DEMO_SCHEMAS) == 0


def test_the_installed_demo_has_what_it_plays(python: Path, tmp_path: Path) -> None:
    """The companies that the demonstration plays come with the wheel."""
    listed = run(
        python, "-c", "from gapless.demo.data import load, shipped; print(len(load(shipped())))", folder=tmp_path
    )
    assert int(listed) > COMPANIES
