import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gapless.domain.catalogue import GAPLESS
from gapless.kit.errors import GaplessError
from gapless.testing.parity import questions

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROGRAM, *OTHERS = (ROOT / "examples" / name for name in ("tickets.py", "rentals.py", "drafts.py"))
SERVICES = ("own_service", "clinic")
SERVICE = sorted(file for name in SERVICES for file in (ROOT / "examples" / name).rglob("*.py"))
LAWS = ROOT / "src" / "gapless" / "testing" / "laws"
DECLARED = [LAWS / "files.py", LAWS / "bookings.py"]
"""What the laws declare, as a host does, and run on every store."""


def blocks(page: Path) -> list[str]:
    """The Python that a page shows; that of docs/adding.md is run by tests/adding, in a copy of the tree."""
    if page.name == "adding.md":
        return []
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
        "6 hours",
    ]


@pytest.mark.parametrize(("page", "block"), programs_and_parts())
def test_all_code_in_the_documentation_is_run(page: str, block: str) -> None:
    """Whatever Python a page shows is a program, or stands to the letter in one, or is a fixture of a host's own."""
    is_fixture = block.startswith("@pytest.fixture")
    is_part = any(
        flattened(block) in flattened(program.read_text()) for program in (PROGRAM, *OTHERS, *DECLARED, *SERVICE)
    )
    assert is_fixture or "asyncio.run" in block or is_part, page


def samples(page: Path) -> list[str]:
    """The Python of a page, and the calls of gapless in its sentences."""
    calls = re.findall(r"`(?:await )?(gapless\.\w[\w.]*\([^`]*\))`", page.read_text())
    return [*blocks(page), *(call.replace("…", "...") for call in calls)]


def named(tree: ast.AST) -> dict[str, object]:
    """What a sample imports of gapless, by its names there."""
    found: dict[str, object] = {"gapless": importlib.import_module("gapless")}
    for each in ast.walk(tree):
        if isinstance(each, ast.ImportFrom) and (each.module or "").startswith("gapless"):
            module = importlib.import_module(str(each.module))
            found |= {name.asname or name.name: getattr(module, name.name) for name in each.names}
    return found


def called(node: ast.expr, names: dict[str, object]) -> object | None:
    """What is called, if it is of gapless."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = called(node.value, names)
        if inspect.ismodule(owner) and not hasattr(owner, node.attr):
            return importlib.import_module(f"{owner.__name__}.{node.attr}")
        return None if owner is None else getattr(owner, node.attr)
    return None


def unknown_arguments(sample: str) -> Iterator[str]:
    """The keyword arguments of a sample that what it calls does not have."""
    tree = ast.parse(sample)
    names = named(tree)
    for node in ast.walk(tree):
        target = called(node.func, names) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and callable(target):
            parameters = inspect.signature(target).parameters
            is_open = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
            for keyword in node.keywords:
                if keyword.arg is not None and keyword.arg not in parameters and not is_open:
                    yield f"{ast.unparse(node.func)}({keyword.arg}=)"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_sample_compiles_and_its_arguments_exist(page: Path) -> None:
    """Each sample of a page is Python, and what it calls of gapless has the arguments that it names."""
    for sample in samples(page):
        assert list(unknown_arguments(sample)) == [], sample


def test_an_argument_that_is_none_is_found() -> None:
    """A planted argument that does not exist is found, however what has it was imported."""
    planted = "from gapless.adapters.memory import MemoryStore\nMemoryStore(lock_seconds=1)\ngapless.open(url, pool=3)"
    assert sorted(unknown_arguments(planted)) == ["MemoryStore(lock_seconds=)", "gapless.open(pool=)"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page leads to a file of the repository."""
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


def absent_files(text: str) -> Iterator[str]:
    """The files that a text names from the root of the repository, and that are not there."""
    for name in re.findall(r"(?<![\w/.])(?:\.ci|docs|examples|scripts|src|tests)/[\w./-]*\w\.(?:md|py|toml)\b", text):
        if not (ROOT / name).exists():
            yield name


def test_named_files_are_there() -> None:
    """What pages, settings, workflows and modules name by its path is there; adding.md names what somebody adds."""
    written = [page for page in PAGES if page.name != "adding.md"]
    settings = [ROOT / "Makefile", ROOT / "pyproject.toml", *(ROOT / ".github").rglob("*.*"), *(ROOT / ".ci").glob("*")]
    modules = [path for folder in ("src", "scripts", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    texts = {path: path.read_text(encoding="utf-8") for path in (*written, *settings, *modules) if path.is_file()}
    assert [(path.name, name) for path, text in texts.items() for name in absent_files(text)] == []
    assert list(absent_files("See tests/unit/test_documentation.py and tests/test_of_yesterday.py.")) == [
        "tests/test_of_yesterday.py"
    ]


def anchors(page: Path) -> set[str]:
    """What a link may lead to in a page: its headings, as they are written in an address."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_headings(page: Path) -> None:
    """Every link into a page names one of its headings."""
    for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text()):
        assert anchor in anchors(page.parent / target if target else page), (target, anchor)


@pytest.mark.parametrize("module", ["gapless", "gapless.postgres"])
def test_every_public_name_is_documented(module: str) -> None:
    """The README or a page of the documentation speaks of each name that a module exports."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    spoken = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`\n]+`", " ".join(page.read_text() for page in pages)))))
    names = {name for name in importlib.import_module(module).__all__ if not name.startswith("__")}
    assert names - spoken == set()


def kinds_of(error: type[GaplessError]) -> Iterator[type[GaplessError]]:
    """An error and all that are of its kind."""
    yield error
    for kind in error.__subclasses__():
        yield from kinds_of(kind)


def test_the_table_says_which_errors_are_retryable() -> None:
    """The table of operations.md tells each error as it is, and leaves out none that another try may spare."""
    rows = re.findall(
        r"^\| .* \| `(\w+)` \| (yes|no)\b.*\|$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE
    )
    told = {name: word == "yes" for name, word in rows}
    known = {kind.__name__: kind.retryable for kind in kinds_of(GaplessError) if kind.__module__.startswith("gapless.")}
    assert told == {name: known[name] for name in told}
    assert {name for name, is_retryable in known.items() if is_retryable} <= set(told)


def test_the_figures_of_parity_are_of_these_rules() -> None:
    """The report that testing.md shows is about as many rules, within a tenth, as the catalogue asks about."""
    (shown,) = re.findall(r"^rules (\d+), values", (ROOT / "docs" / "testing.md").read_text(), re.MULTILINE)
    asked = len(questions(GAPLESS))
    assert abs(int(shown) - asked) <= asked // 10, "Run `make values`, and write into docs/testing.md what it prints."
