"""The wheel as others get it: what is in it, and a fresh project that is tested with it and with nothing of ours."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "own_service"
SHOW = """
import gapless, gapless.testing.plugin
from importlib.metadata import distributions, entry_points
print(gapless.__file__)
print(*[found.value for found in entry_points(group="pytest11", name="gapless")])
print(len([found for found in distributions() if found.name == "gapless"]))
"""


def run(*command: str | Path, folder: Path) -> str:
    """What a program prints, which must end well and knows none of our paths and servers."""
    ours = ("PYTHONPATH", "PYTEST_ADDOPTS", "GAPLESS_DATABASE_URL")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sources as they are."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", out, folder=ROOT)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment: gapless from the wheel, the rest from the environment that runs this."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, symlinks=True)
    (packages,) = home.glob("lib/python*/site-packages")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
    run(*pip, "--no-index", "--no-deps", "--target", packages, wheel, folder=home)
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
    assert {"gapless/py.typed", "gapless/embedded/sitter.py"} < held
    assert [name for name in held if name.endswith("gapless_0001.sql")]


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
