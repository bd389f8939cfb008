"""The page of the benchmarks: it is what its results render, to the byte, and can be read on white and on black."""

import json
import re
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from benchmarks import page, plots
from benchmarks.comparisons import Comparison, Goal
from benchmarks.ground import ground
from benchmarks.growths import Growth
from benchmarks.markdown import escaped
from benchmarks.page import DOCS, PAGE, RESULTS, duration, rendered, sections_told, settled
from benchmarks.results import Json, as_json, from_json
from benchmarks.runs import RunsDiffer, merged

pytestmark = pytest.mark.soak  # the benchmarks decide nothing about the library

BACKGROUNDS = ("#ffffff", "#0d1117")
GREATEST_CONTRAST, LEAST_CONTRAST = 21, 3.5
QUIET = attrs.evolve(ground("18.0"), load=0.2, own_load=0.0)
RATIOS = [1.0, 1.0, 1.02, 1.0, 0.99, 1.123456789]
UNITS = Comparison(
    section="units",
    name="a | unit [of](work)",
    ground=QUIET,
    latency_ms=1.5,
    wall_us={"ours": [1250.0 * ratio for ratio in RATIOS], "other": [1250.0] * 6, "third": [10.0, 1, 1, 1, 1, 9]},
    cpu_us={"ours": [3.0] * 6, "other": [2.0] * 6},
    requests={"ours": 4, "other": 6},
    goals=[Goal(ours="ours", other="other", greatest=1.2, requests=4, reason="a test needs one")],
)
DOUBTED = Comparison(
    section="units",
    name="another",
    ground=QUIET,
    wall_us={"ours": [1.0, 2.0], "other": [1.0, 1.0]},
    goals=[Goal(ours="ours", other="other", greatest=1.2, reason="as above")],
)
ROWS = Growth(
    section="growth",
    name="rows",
    unit="ms",
    sizes=[10, 1_000_000],
    lines={f"case {place}": [0.5, 0.5 + place] for place in range(len(plots.COLOURS) + 1)},
    ground=attrs.evolve(QUIET, load=9.5),
)
FOUND: list[Comparison | Growth] = [UNITS, DOUBTED, ROWS]
RENDERING = """
import json, sys
from benchmarks.page import rendered
print(json.dumps(rendered(json.load(sys.stdin), {"units": "What units cost."})))
"""


def results() -> dict[str, Json]:
    """What was found, as the page reads it."""
    return settled(FOUND)


def contrast(one: str, other: str) -> float:
    """How much one colour stands out from another, 1 to 21, as the guidelines for accessible pages define it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_page_is_what_the_results_render() -> None:
    """The page, its drawings and its results stand in the documentation to the byte, or none of them does."""
    there = [DOCS / PAGE, *sorted((DOCS / page.FOLDER).glob("*"))]
    found = {str(path.relative_to(DOCS)): path.read_text(encoding="utf-8") for path in there if path.exists()}
    wanted = rendered(json.loads(found[RESULTS]), sections_told()) if RESULTS in found else {}
    assert found == wanted, "Run `make bench-page`."


def test_the_same_results_give_the_same_bytes() -> None:
    """Another process, with another order of sets, renders the same page and drawings."""
    done = subprocess.run(
        [sys.executable, "-c", RENDERING],
        input=json.dumps(results()),
        capture_output=True,
        check=True,
        text=True,
        cwd=DOCS.parent,
    )
    assert json.loads(done.stdout) == rendered(results(), {"units": "What units cost."})


def test_what_the_page_says() -> None:
    """It says of each goal whether it is reached, what is not trusted and why, and shows each drawing that is there."""
    files = rendered(results(), {"units": "What units cost."})
    text = files[PAGE]
    row = r"| a \| unit \[of\](work), 1.5 ms more a round trip | ours : other | 1.00 (0.99 to 1.12) | 1.00 | "
    assert f"{row}\\<= 1.20, 4 req. | 4 | reached |" in text
    assert "| another | ours : other | 1.50 (1.00 to 2.00) | 1.50 | \\<= 1.20 |  | missed (not trusted) |" in text
    assert "- another, ours : other: less than 5 rounds." in text
    assert "- rows: the machine was busy with something else, its load was 9.5." in text
    assert "| ours | 4 | 1.25 ms | 3 µs |  |  |  |" in text
    assert "What units cost." in text
    assert "| ms | 10 | 1,000,000 |\n|---|--:|--:|\n| case 0 | 0.5 | 0.5 |" in text
    shown = re.findall(r"!\[[^]]*\]\((.*?)\)", text)
    assert sorted(shown) == sorted(files.keys() - {PAGE, RESULTS})


def test_several_runs_count_together() -> None:
    """The rounds of all runs count, each run's ratio stands beside theirs, and a growth is the median of the runs."""
    slow = attrs.evolve(UNITS, wall_us={**UNITS.wall_us, "ours": [2500.0] * 6})
    steep = attrs.evolve(ROWS, lines={name: [cost + 4 for cost in costs] for name, costs in ROWS.lines.items()})
    other_run: list[Comparison | Growth] = [steep, slow, DOUBTED]
    units, doubted, rows = merged([FOUND, other_run, FOUND])
    assert isinstance(units, Comparison)
    assert [ratio.median for ratio in units.ratios_of_runs("ours", "other")] == [1.0, 2.0, 1.0]
    assert units.ratio("ours", "other").rounds == [*RATIOS, *[2.0] * 6, *RATIOS]
    assert isinstance(rows, Growth)
    assert rows.lines == ROWS.lines
    text = rendered(settled([units, doubted, rows]), {})[PAGE]
    assert "| 1.02 (0.99 to 2.00) | 1.00, 2.00, 1.00 | " in text


def test_a_run_on_a_busy_machine_does_not_count() -> None:
    """Rounds of a run in which the machine had something else to do are left out, unless there are no others."""
    busy = attrs.evolve(UNITS, ground=attrs.evolve(QUIET, load=9.5), wall_us={**UNITS.wall_us, "ours": [9.0] * 6})
    assert merged([[busy], [UNITS]]) == [UNITS]
    (together,) = merged([[busy], [busy]])
    assert isinstance(together, Comparison)
    assert (together.runs, together.ground.load) == ([6, 6], 9.5)


@pytest.mark.parametrize(
    "other",
    [
        [UNITS, DOUBTED],
        [attrs.evolve(UNITS, requests={"ours": 5, "other": 6}), DOUBTED, ROWS],
        [attrs.evolve(UNITS, cpu_us={}), DOUBTED, ROWS],
        [UNITS, attrs.evolve(DOUBTED, ground=attrs.evolve(QUIET, cores=64)), ROWS],
        [UNITS, DOUBTED, attrs.evolve(ROWS, sizes=[10, 20])],
    ],
)
def test_runs_that_measured_something_else_are_refused(other: list[Comparison | Growth]) -> None:
    """Runs of other works, sides, sizes, requests or machines are not put together."""
    with pytest.raises(RunsDiffer):
        merged([FOUND, other])


def test_what_was_read_is_written_again() -> None:
    """Results that are read and written again are the same, digit by digit."""
    results = settled(FOUND)
    assert settled(from_json(results)) == results


def test_drawings() -> None:
    """A drawing has every line and bar by name, has no background, and names neither a time nor a program."""
    files = rendered(results(), {})
    drawn = {name: text for name, text in files.items() if name.endswith(".svg")}
    assert [*drawn] == ["benchmarks/goals.svg", "benchmarks/units.svg", "benchmarks/growth-1.svg"]
    assert all(name in drawn["benchmarks/growth-1.svg"] for name in ("case 0", "case 6", "1,000,000"))
    assert "1.50, goal 1.2, not trusted" in drawn["benchmarks/units.svg"]
    for text in drawn.values():
        assert "dc:date" not in text
        assert "Matplotlib" not in text
        assert "fill: #ffffff" not in text


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_colours_stand_out(background: str) -> None:
    """Each colour of the drawings can be told from a white page and from a black one; pale yellow and navy can't."""
    for colour in (plots.INK, *plots.COLOURS):
        assert contrast(colour, background) >= LEAST_CONTRAST, colour
    assert min(contrast(colour, background) for colour in ("#ffffaa", "#000033")) < LEAST_CONTRAST
    assert contrast("#ffffff", "#000000") == pytest.approx(GREATEST_CONTRAST)


def test_everything_is_trusted() -> None:
    """If nothing is in doubt, the page says so."""
    trusted = attrs.evolve(UNITS, wall_us={"ours": [2.0] * 6, "other": [1.0] * 6})
    text = rendered(as_json([trusted]), {})[PAGE]
    assert text.endswith("## Not trusted\n\nEverything is trusted.\n")


def test_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program writes all files into the documentation, anew from there, and removes drawings that are not of it."""
    monkeypatch.setattr(page, "DOCS", tmp_path)
    (tmp_path / page.FOLDER).mkdir()
    (tmp_path / page.FOLDER / "gone.svg").touch()
    (tmp_path / "bench.json").write_text(json.dumps(as_json(FOUND)), encoding="utf-8")
    assert page.main([str(tmp_path / "bench.json")]) == 0
    files = rendered(results(), sections_told())
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")} - {"bench.json"}
    assert written == {*files}
    (tmp_path / PAGE).unlink()
    assert page.main([]) == 0
    assert (tmp_path / PAGE).read_text(encoding="utf-8") == files[PAGE]


@pytest.mark.parametrize(
    ("microseconds", "said"), [(0.1234, "0.123 µs"), (999, "999 µs"), (1234.5, "1.23 ms"), (12_345_678, "12.3 s")]
)
def test_durations(microseconds: float, said: str) -> None:
    """A time has three digits, and the unit that people would choose."""
    assert duration(microseconds) == said


def test_escaped() -> None:
    """What Markdown would read as a table, a link or a mark of code is shown as it is."""
    assert escaped("a|b [c](d) `e` *f* <g>") == r"a\|b \[c\](d) \`e\` \*f\* \<g\>"
