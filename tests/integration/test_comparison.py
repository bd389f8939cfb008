"""The comparison of two commits: it finds a planted fault of each kind, and leaves nothing behind."""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.comparison import __main__ as program
from benchmarks.comparison import side, works
from benchmarks.comparison.checkout import CommitUnknown, Source, checked_out
from benchmarks.comparison.comparison import Comparison
from benchmarks.comparison.side import SideFailed
from benchmarks.comparison.verdict import HERE, Decision, Extent, decided
from benchmarks.measurement import SidesDiffer

pytestmark = pytest.mark.soak  # the benchmarks decide nothing about the library

SECONDS = 60.0
MEMORY, ROLES, UNAUDITED = "memory_event", "role_change", "a unit in memory, an unaudited event"
TINY = Extent(works=(MEMORY,), rounds=6, processes=1, steps=2)
ONCE = Extent(works=(ROLES,), rounds=1, steps=2)

# Each round takes 1,000 ns of this clock, and what a planted fault lets pass: no test depends on the machine.
CLOCK = """
import time
_passed = [0]
def _cpu():
    _passed[0] += 500
    return _passed[0]
time.process_time_ns = _cpu
"""
SLOW = """
from gapless.adapters.memory import MemoryStore
_unit = MemoryStore.unit
def _slow(*arguments, **named):
    _passed[0] += 100
    return _unit(*arguments, **named)
MemoryStore.unit = _slow
"""
ROLE = """
_change = Members.change_role
async def _planted(self, organization_id, user_id, role, *, actor):
    {}
    return await _change(self, organization_id, user_id, {}, actor=actor)
Members.change_role = _planted
"""
ONE_MORE_REQUEST = ROLE.format("await self.get(organization_id, user_id)", "role")
ANOTHER_ROLE = "from gapless import Role\n" + ROLE.format("pass", "Role.OPERATOR if role is Role.MANAGER else role")
DEATH = "import os\nfrom gapless.adapters.memory import MemoryStore\nMemoryStore.unit = lambda *_, **__: os._exit(3)\n"
FAILURE = "from gapless.adapters.memory import MemoryStore\nMemoryStore.unit = lambda *_, **__: 1 / 0\n"
LACK = "from gapless.kit.ports import UnitOfWork\ndel UnitOfWork.outbox\n"

Plant = Callable[[str, str], Source]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Copies this source under a name, with this text behind the module that opens an application."""

    def planted(name: str, fault: str) -> Source:
        folder = tmp_path / name
        shutil.copytree(HERE.folder / "gapless", folder / "gapless")
        with (folder / "gapless" / "bootstrap.py").open("a") as opening:
            opening.write(fault)
        return Source(name=name, folder=folder)

    return planted


def test_rounds_are_shared() -> None:
    """All processes together take as many rounds as are asked for, and none takes more than one more than another."""
    for rounds, processes in itertools.product(range(1, 20), range(1, 6)):
        shares = Extent(rounds=rounds, processes=processes).shares
        assert (sum(shares), len(shares)) == (rounds, min(rounds, processes))
        assert max(shares) - min(shares) <= 1


def test_every_work_is_compared() -> None:
    """Each module that is a piece of work is in the list."""
    folder = Path(str(works.__file__)).parent
    assert sorted(works.MODULES) == sorted(
        path.stem for path in folder.glob("*.py") if "\nSTORE = " in path.read_text()
    )


@pytest.mark.asyncio
async def test_equal_sides(server_url: str, plant: Plant) -> None:
    """Two sides with the same source do every piece of work alike, send the same requests, and none is worse."""
    decision = await decided(plant("here", CLOCK), plant("there", CLOCK), server_url, Extent(rounds=1, steps=2))
    assert [comparison.requests for comparison in decision.comparisons] == [
        *((1, 1), (4, 4), (1, 1), (4, 4), (3, 3), None, None)
    ]
    assert {comparison.median_ratio for comparison in decision.comparisons} == {1.0}
    assert (decision.complaints, decision.unavailable) == ([], {})


@pytest.mark.asyncio
async def test_planted_slowdown(server_url: str, plant: Plant) -> None:
    """A side that burns CPU is called worse, by name and by how much; the other way round it is no worse."""
    slow, usual = plant("slow", CLOCK + SLOW), plant("usual", CLOCK)
    decision = await decided(slow, usual, server_url, TINY)
    assert decision.comparisons[0].median_ratio == 700 / 500
    (complaint,) = decision.complaints
    assert complaint == (
        f"{UNAUDITED}: this checkout takes 1.40 times the client CPU of usual; the whole interval, 1.40 to 1.40, is "
        "above the limit of 1.05."
    )
    assert (await decided(usual, slow, server_url, TINY)).complaints == []


@pytest.mark.asyncio
async def test_planted_request(server_url: str, plant: Plant) -> None:
    """A side that sends one more request is called worse, and by how many."""
    chatty, usual = plant("chatty", CLOCK + ONE_MORE_REQUEST), plant("usual", CLOCK)
    decision = await decided(chatty, usual, server_url, ONCE)
    assert decision.complaints == ["change a role: this checkout sends 5 requests, usual sends 4."]


@pytest.mark.asyncio
async def test_sides_that_differ(server_url: str, plant: Plant) -> None:
    """If the two sides leave different data, nothing is checked, and the error shows both."""
    with pytest.raises(SidesDiffer, match=r"usual left .*MANAGER.*; other left .*OPERATOR"):
        await decided(plant("usual", ""), plant("other", ANOTHER_ROLE), server_url, ONCE)


@pytest.mark.asyncio
async def test_what_only_one_side_has(server_url: str, plant: Plant) -> None:
    """What the other commit lacks is said and not compared; what this one lacks, or both, can't be checked."""
    usual, poor = plant("usual", ""), plant("poor", LACK)
    extent = Extent(works=("memory_user", MEMORY), rounds=2, processes=2, steps=2)
    decision = await decided(usual, poor, server_url, extent)
    assert [comparison.name for comparison in decision.comparisons] == ["a unit in memory, an audited user"]
    assert list(decision.unavailable) == [UNAUDITED]
    assert "has no attribute 'outbox'" in decision.unavailable[UNAUDITED]
    with pytest.raises(SideFailed, match="poor can't do memory_event"):
        await decided(poor, usual, server_url, TINY)
    with pytest.raises(SideFailed, match="poor can do none of the work"):
        await decided(usual, poor, server_url, TINY)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "said"),
    [(DEATH, "bad has ended at prepare"), (FAILURE, "ZeroDivisionError")],
    ids=["its process dies", "its work fails"],
)
async def test_side_that_fails(server_url: str, plant: Plant, fault: str, said: str) -> None:
    """A side whose process dies, or whose work fails, is named; it is not taken for one that lacks something."""
    with pytest.raises(SideFailed, match=said):
        await decided(HERE, plant("bad", fault), server_url, TINY)


@pytest.mark.asyncio
async def test_side_without_its_source(server_url: str, tmp_path: Path) -> None:
    """A worker that imports the installed gapless instead of that of its commit is refused."""
    with pytest.raises(SideFailed, match="imports gapless from"):
        await decided(HERE, Source(name="empty", folder=tmp_path), server_url, TINY)


def git(repository: Path, *arguments: str) -> str:
    """Runs git, as somebody."""
    someone = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false")
    called = [str(shutil.which("git")), "-C", str(repository), *someone, *arguments]
    return subprocess.run(called, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a commit of this source."""
    folder = tmp_path / "repository"
    shutil.copytree(HERE.folder, folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    git(tmp_path, "init", "--quiet", str(folder))
    git(folder, "add", "src")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


def test_checkout(repository: Path) -> None:
    """The source of a commit is there as it was, the repository stays as it is, and nothing is left behind."""
    first = git(repository, "rev-parse", "HEAD")
    changed = repository / "src" / "gapless" / "__init__.py"
    before = changed.read_text()
    changed.write_text("raise SystemExit\n")
    git(repository, "commit", "--quiet", "--all", "--message", "second")
    with contextlib.suppress(KeyboardInterrupt), checked_out(repository, "HEAD~1") as source:
        assert first.startswith(source.name)
        assert (source.folder / "gapless" / "__init__.py").read_text() == before
        raise KeyboardInterrupt
    assert not source.folder.exists()
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "worktree", "list").count("\n") == 0


@pytest.mark.parametrize("commit", ["nonsense", "--all", "HEAD:src", ""])
def test_unknown_commit(repository: Path, commit: str) -> None:
    """What is no commit is refused by name."""
    with pytest.raises(CommitUnknown, match=f"'{commit}' is no commit of"), checked_out(repository, commit):
        pass


def test_interrupted(repository: Path, tmp_path: Path) -> None:
    """Told to end in the middle, the program ends its workers and leaves no checkout behind."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    call = f"import sys; from pathlib import Path; from benchmarks.comparison.__main__ import main; \
        sys.exit(main(['HEAD', '--work', '{MEMORY}', '--rounds', '1000000'], Path({str(repository)!r})))"
    environment = {**os.environ, "TMPDIR": str(folder)}
    started = subprocess.Popen([sys.executable, "-c", call], cwd=side.ROOT, env=environment, stderr=subprocess.PIPE)
    deadline = time.monotonic() + SECONDS
    while not any(folder.glob("gapless-bench-*/src/gapless")) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert any(folder.glob("gapless-bench-*"))
    started.send_signal(signal.SIGTERM)
    _, said = started.communicate(timeout=SECONDS)
    assert (started.returncode, list(folder.iterdir())) == (program.NOT_DECIDED, [])
    assert said.decode().startswith("Interrupted")


@pytest.mark.asyncio
async def test_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The program ends with 0 if it is no worse, with 1 and the reason if it is worse, with 2 if nobody can say."""
    factors = {"same": 1.0, "slow": 1.2}

    async def compared(repository: Path, commit: str, extent: Extent) -> Decision:
        if commit not in factors:
            raise SidesDiffer(f"{repository.name} is not {commit}")
        times = [factors[commit] * extent.limit / 1.1] * extent.rounds
        missing = {"another work": "AttributeError: nothing"}
        comparison = Comparison(
            name="some work", against=commit, requests=(4, 4), here_us=times, there_us=[1.0] * extent.rounds
        )
        return Decision(against=commit, server="18.0", comparisons=[comparison], unavailable=missing)

    monkeypatch.setattr(program, "compared", compared)
    assert await asyncio.to_thread(program.main, ["same", "--rounds", "7"]) == program.NO_WORSE
    printed = capsys.readouterr().out
    assert printed.endswith("No worse than same.\n")
    assert "same lacks something: another work (AttributeError: nothing)" in printed
    assert await asyncio.to_thread(program.main, ["slow"]) == program.WORSE
    assert "Worse than slow:\nsome work: this checkout takes 1.15 times" in capsys.readouterr().out
    assert await asyncio.to_thread(program.main, ["slow", "--json", "--limit", "1.1"]) == program.WORSE
    read = json.loads(capsys.readouterr().out)
    assert read["comparisons"][0]["interval"]["least"] == pytest.approx(1.2)
    assert read["complaints"]
    assert await asyncio.to_thread(program.main, ["else"]) == program.NOT_DECIDED
    assert "is not else" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["HEAD", "--rounds", "0"], ["HEAD", "--limit", "nan"], ["HEAD", "--work", "x"]]
)
def test_wrong_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What can't be right is refused before anything begins."""
    with pytest.raises(SystemExit):
        program.main(arguments)
    assert "usage" in capsys.readouterr().err
