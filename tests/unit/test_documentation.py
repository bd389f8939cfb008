import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROGRAM = ROOT / "examples" / "tickets.py"


def blocks(page: Path) -> list[str]:
    """The Python that a page shows."""
    return re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)


def flattened(code: str) -> str:
    """The code without its indentation, so that a part of it is found wherever it stands."""
    return "\n".join(line.strip() for line in code.strip().splitlines())


def programs_and_parts() -> list[tuple[str, str]]:
    """Every block of Python in the documentation, beside the page that shows it."""
    return [(str(page.relative_to(ROOT)), block) for page in PAGES for block in blocks(page)]


def test_the_readme_example_runs() -> None:
    """The program that the README shows runs as it stands and prints what its comment says."""
    program = next(block for block in blocks(ROOT / "README.md") if "asyncio.run" in block)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("last_owner - An organization keeps at least one owner")


def test_the_readme_example_has_twenty_lines() -> None:
    """The README keeps its promise of twenty lines."""
    program = next(block for block in blocks(ROOT / "README.md") if "asyncio.run" in block)
    assert len([line for line in program.splitlines() if line.strip()]) <= 20


def test_the_example_program_runs_in_memory() -> None:
    """A host's own entity gets its rules on the in-memory store."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "memory:"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "?: tickets_title_length",
        "Noise on the line: tickets_open_quota",
        "3 open",
    ]


@pytest.mark.parametrize(("page", "block"), programs_and_parts())
def test_all_code_in_the_documentation_is_run(page: str, block: str) -> None:
    """Whatever Python a page shows is a program that a test runs, or stands to the letter in one."""
    assert "asyncio.run" in block or flattened(block) in flattened(PROGRAM.read_text()), page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page leads to a file of the repository."""
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target
