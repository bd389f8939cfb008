"""What is built of one state of the sources is the same to the byte, wherever, whenever and by whomever."""

import hashlib
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from tests.integration.environments import ROOT, built

SOURCES = ("src", "CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", ".gitignore")


def copied(folder: Path) -> Path:
    """The sources in another folder."""
    folder.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


def aged(folder: Path) -> Path:
    """The same folder with other times and rights, as another checkout has them."""
    for number, path in enumerate(sorted(folder.rglob("*"))):
        os.utime(path, (10**9 + number, 10**9 + number))
        path.chmod(0o700 if path.is_dir() else 0o600)
    return folder


def digest(path: Path) -> str:
    """What the file is known by."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_is_built_twice_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wheel and sources built in two folders, in other years, rights, zones and orders, are the same; so is theirs."""
    first, second = copied(tmp_path / "first"), aged(copied(tmp_path / "somewhere else"))
    wheel, sources = built("wheel", first, tmp_path / "wheel"), built("sdist", first, tmp_path / "sources")
    for name, value in {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7", "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    again, sources_again = built("wheel", second, tmp_path / "wheel2"), built("sdist", second, tmp_path / "sources2")
    assert (wheel.name, digest(wheel)) == (again.name, digest(again))
    assert (sources.name, digest(sources)) == (sources_again.name, digest(sources_again))
    with tarfile.open(sources) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11 has it since 3.11.4
        archive.extractall(tmp_path / "unpacked")  # noqa: S202  # it is ours
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert digest(built("wheel", unpacked, tmp_path / "wheel3")) == digest(wheel)


def test_a_build_that_depends_on_its_time_is_found(tmp_path: Path) -> None:
    """Planted: sources whose build keeps their times give other bytes in another folder."""
    planted = copied(tmp_path / "first")
    project = (planted / "pyproject.toml").read_text(encoding="utf-8")
    kept = project.replace("[tool.hatch.build]\n", "[tool.hatch.build]\nreproducible = false\n")
    assert kept != project
    (planted / "pyproject.toml").write_text(kept, encoding="utf-8")
    before = digest(built("wheel", planted, tmp_path / "before"))
    assert digest(built("wheel", aged(planted), tmp_path / "after")) != before
