"""`gapless revision`: what it writes, prints and answers, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import run
from tests.integration.postgres.revisions.packages import Package
from tests.integration.postgres.revisions.wards import Form, catalogue_of

DECLARED = """
from gapless.kit import Revisions
from tests.integration.postgres.revisions.wards import Form, catalogue_of

WARDS = catalogue_of(Form(most=3))
LESS = catalogue_of(Form(most=3, longest=20))
MORE = catalogue_of(Form(most=3, rooms="before"))
CHAIN = Revisions(package={package!r}, catalogue=WARDS, schema="wards")
SHORTER = Revisions(package={package!r}, catalogue=LESS, schema="wards")
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """An empty package of revisions, and a module that declares what they are to make."""
    found = Package(tmp_path, monkeypatch)
    (tmp_path / f"{found.name}_declared.py").write_text(DECLARED.format(package=found.name), encoding="utf-8")
    return found


def test_the_first_revision_and_the_next(package: Package) -> None:
    """Each call writes two files and says what the revision does; without a difference nothing is written."""
    chain, folder = f"{package.name}_declared:CHAIN", package.folder
    first = run("revision", "--revisions", chain, "--service", "ward")
    assert (first.exit_code, first.stdout) == (0, f"{folder / 'ward_0001.sql'}\n{folder / 'ward_0001.json'}\n")
    assert first.stderr == "ward_0001: New tables wards, visits.\n"
    again = run("revision", "--revisions", chain)
    assert (again.exit_code, again.stdout) == (0, "")
    assert again.stderr == "The catalogue is what the last revision has made.\n"
    shorter = run("revision", "--revisions", f"{package.name}_declared:SHORTER", "-m", "Labels are short.")
    assert (shorter.exit_code, shorter.stderr) == (0, "ward_0002: Labels are short.\n")
    assert (folder / "ward_0002.sql").read_text(encoding="utf-8").startswith("-- Labels are short.\n\n-- step: ")


def test_what_is_only_asked_for(package: Package) -> None:
    """`--check` ends with 1 if there is a difference, and `--print` prints the revision; neither writes a file."""
    package.write(catalogue_of(Form(most=3)))
    files = {*package.folder.iterdir()}
    shorter, same = f"{package.name}_declared:SHORTER", f"{package.name}_declared:CHAIN"
    asked = run("revision", "--revisions", shorter, "--check")
    assert (asked.exit_code, asked.stdout) == (1, "")
    assert asked.stderr == "The catalogue is other than what the last revision has made.\n"
    assert run("revision", "--revisions", same, "--check").exit_code == 0
    printed = run("revision", "--revisions", shorter, "--print", "--one-transaction")
    assert (printed.exit_code, "-- step" in printed.stdout) == (0, False)
    assert printed.stdout.startswith("-- Changed rule visits_label_length.\n\nDO $$")
    assert {*package.folder.iterdir()} == files


def test_a_catalogue_and_a_folder(package: Package, tmp_path: Path) -> None:
    """Without a chain a catalogue and a folder are named, both of them; a folder that is not there is told."""
    catalogue, folder = f"{package.name}_declared:WARDS", str(package.folder)
    done = run("revision", "--catalogue", catalogue, "--into", folder, "--service", "ward")
    assert (done.exit_code, done.stderr) == (0, "ward_0001: New tables wards, visits.\n")
    more = ("revision", "--catalogue", f"{package.name}_declared:MORE", "--into", folder, "--fill", "visits.room=1")
    assert run(*more).stderr == "ward_0002: New table rooms; new column visits.room; new rule visits_room_fkey.\n"
    nowhere = run("revision", "--catalogue", catalogue, "--into", str(tmp_path / "nowhere"), "--service", "ward")
    assert nowhere.exit_code == 2
    assert nowhere.stderr.endswith("nowhere, which is not there. [declaration_error]\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "Name the chain, --revisions MODULE:NAME"),
        (("--catalogue", "x:Y"), "Name the chain, --revisions MODULE:NAME"),
        (("--revisions", "x:Y", "--catalogue", "x:Y"), "Name the chain, --revisions MODULE:NAME"),
        (("--rename", "a"), "--rename a: say --rename NAME=…"),
        (("--fill", "a= "), "--fill a= : say --fill NAME=…"),
        (("--fill", "a=1", "--fill", "a=2"), "--fill says two things of a"),
    ],
)
def test_usage_is_refused_with_2(options: tuple[str, ...], said: str) -> None:
    """What can't be meant is refused by the option, before anything is read."""
    done = run("revision", *options)
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize("what", ["--describe", "--check"])
@pytest.mark.parametrize(
    "decision", ["--rename=a=b", "--drop=rooms", "--fill=visits.note='x'", "--tolerate=visits_most"]
)
def test_what_writes_no_revision_takes_no_decision(package: Package, what: str, decision: str) -> None:
    """A decision that nothing would carry out is refused, and not passed over."""
    package.write(catalogue_of(Form(most=3)))
    found = run("revision", "--revisions", f"{package.name}_declared:CHAIN", what, decision)
    assert (found.exit_code, found.stdout) == (2, "")
    assert f"{what} writes no revision: leave out --rename, --drop, --fill and --tolerate" in found.stderr


def test_a_missing_description_is_written_once(package: Package) -> None:
    """`--describe` writes what lies behind the newest revision, and not over what is there."""
    package.write(catalogue_of(Form(most=3)))
    file = package.folder / "ward_0001.json"
    text = file.read_text(encoding="utf-8")
    file.unlink()
    chain = f"{package.name}_declared:CHAIN"
    refused = run("revision", "--revisions", chain)
    assert refused.exit_code == 2
    assert "ward_0001 has no description" in refused.stderr
    done = run("revision", "--revisions", chain, "--describe")
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{file}\n", "ward_0001 is described.\n")
    assert file.read_text(encoding="utf-8") == text
    again = run("revision", "--revisions", chain, "--describe")
    assert again.exit_code == 2
    assert "ward_0001 has a description" in again.stderr
