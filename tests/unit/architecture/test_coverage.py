"""What `make coverage` asks for sees through greenlets and into processes, and refuses what no test runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROGRAM = """
import subprocess
import sys
from typing import TYPE_CHECKING

import greenlet
from called import called

if TYPE_CHECKING:
    from elsewhere import Nothing

def inside_a_process():
    return 1

def with_a_branch(taken):
    if taken:
        taken = 2
    return taken

def go_on_with(other):
    other.switch()

if sys.argv[1:]:
    inside_a_process()
else:
    other = greenlet.greenlet(called)
    go_on_with(other)
    go_on_with(other)
    go_on_with(other)
    with_a_branch(True)
    subprocess.run([sys.executable, __file__, "again"], check=True)
"""
CALLED = """
import greenlet

def called():
    back()
    steps = 1
    back()
    steps += 1

def back():
    greenlet.getcurrent().parent.switch()
"""


def coverage(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs coverage.py with the settings of pyproject.toml, apart from a coverage of this very test."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-m", "coverage", arguments[0], f"--rcfile={ROOT / 'pyproject.toml'}", *arguments[1:]]
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)


def test_what_nothing_runs_is_found(tmp_path: Path) -> None:
    """Planted: a condition that is never false and a module without a test are reported, and fail the report."""
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "called.py").write_text(CALLED)
    (tmp_path / "untested.py").write_text("x = 1\n" * 100)
    ran = coverage(tmp_path, "run", f"--source={tmp_path}", "program.py")
    assert ran.returncode == 0, ran.stderr
    assert coverage(tmp_path, "combine", "--quiet").returncode == 0
    report = coverage(tmp_path, "report", "--show-missing", "--include=program.py,called.py,untested.py")
    lines = PROGRAM.splitlines()
    never = f"{lines.index('    if taken:') + 1}->{lines.index('    return taken') + 1}"
    missing = [line.split()[0::6] for line in report.stdout.splitlines() if ".py" in line]
    assert missing == [["program.py", never], ["untested.py", "1-100"]]
    assert report.returncode == 2, report.stdout
