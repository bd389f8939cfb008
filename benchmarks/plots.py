"""Draws what was found as SVG: lines of growth, and bars of ratios with their goals.

The same values give the same bytes. A drawing has no background: its colours can be read on white and on black.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from textwrap import wrap

import attrs
import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.typing import RcKeyType

from benchmarks.growths import Growth

INK = "#7d7d7d"
"""Of texts and axes: a grey that stands out from white as from black."""
COLOURS = ("#2f81d6", "#c46210", "#2e9454", "#c04ba0", "#8f7a00", "#d1495b")
MARKERS = "os^Dv*"
"""Lines differ by these as well, for who sees colours otherwise."""
STYLE: dict[RcKeyType, object] = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "grid.alpha": 0.3,
    "grid.color": INK,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "savefig.transparent": True,
    "svg.fonttype": "none",  # texts stay texts, which can be searched and read aloud
    "svg.hashsalt": "gapless",  # otherwise each drawing has other ids
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
}
UNSAID = {"Creator": None, "Date": None}
"""What would differ between two drawings of the same values."""
WIDTH, LINE_HEIGHT, BAR_HEIGHT = 9.0, 4.2, 0.42
NAME_WIDTH = 60
ROOM, LEAST_RANGE = 1.5, 30
"""How far the axis of costs reaches beyond them, and to how many times the least: noise must not look like growth."""
LABEL = 0.45
"""How much of the axis of ratios is for the labels beside the bars, compared with what is for the bars."""
NUMBER = FuncFormatter(lambda value, _: f"{value:,.10g}")


@attrs.frozen(kw_only=True)
class Bar:
    """One ratio.

    Attributes:
        name: what is compared.
        value: how long the bar is.
        least, greatest: between which the rounds lie.
        goal: where its goal is; None if it has none.
        label: what is written beside it.
        is_trusted: whether it says something; if not, it is an outline.
    """

    name: str
    value: float
    least: float
    greatest: float
    goal: float | None
    label: str
    is_trusted: bool


def lines(growth: Growth) -> str:
    """The costs over the sizes, both by powers of ten; in several diagrams if there are more lines than colours."""
    names = [*growth.lines]
    groups = [names[at : at + len(COLOURS)] for at in range(0, len(names), len(COLOURS))]
    with _figure(WIDTH, LINE_HEIGHT * ceil(len(groups) / 2)) as figure:
        columns = min(len(groups), 2)
        axes = figure.subplots(ceil(len(groups) / columns), columns, sharey=True, squeeze=False)
        for place, each in enumerate(axes.flat):
            if place < len(groups):
                _lines(each, growth, groups[place])
            else:
                each.set_axis_off()
        return _svg(figure)


def bars(rows: Sequence[Bar], said: str) -> str:
    """The ratios as bars, by powers of ten, from 1 on: to the right of it ours takes more.

    Args:
        rows: from above to below.
        said: what the axis is.
    """
    with _figure(WIDTH, 1.1 + BAR_HEIGHT * len(rows)) as figure:
        axes = figure.subplots()
        for place, bar in enumerate(rows):
            _bar(axes, place, bar)
        axes.axvline(1, color=INK, linewidth=1)
        axes.set_xscale("log")
        axes.set_xlim(*_reach(rows))
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(NUMBER)
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel(said)
        axes.set_yticks(range(len(rows)), ["\n".join(wrap(bar.name, NAME_WIDTH)) for bar in rows], fontsize="small")
        axes.set_ylim(len(rows) - 0.4, -0.6)
        return _svg(figure)


def _reach(rows: Sequence[Bar]) -> tuple[float, float]:
    """From where to where the axis of the ratios goes: to the right there is room for what stands beside the bars."""
    least = min(1.0, *(min(bar.value, bar.least, bar.goal or 1) for bar in rows))
    greatest = max(1.0, *(_end(bar) for bar in rows))
    return least / ROOM, greatest * max(greatest / least, LEAST_RANGE) ** LABEL


def _end(bar: Bar) -> float:
    """Where a bar ends, with all that belongs to it, and its label begins."""
    return max(bar.value, bar.greatest, bar.goal or 0, 1)


def _lines(axes: Axes, growth: Growth, names: Sequence[str]) -> None:
    for place, name in enumerate(names):
        axes.plot(
            growth.sizes,
            growth.lines[name],
            color=COLOURS[place],
            marker=MARKERS[place],
            markersize=4,
            linewidth=1.4,
            label=name,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(visible=True)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(NUMBER)
        axis.set_minor_formatter(NullFormatter())
    axes.set_ylabel(growth.unit)
    values = [value for line in growth.lines.values() for value in line]
    axes.set_ylim(min(values) / ROOM, max(max(values) * ROOM, min(values) * LEAST_RANGE))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=1, fontsize="small")


def _bar(axes: Axes, place: int, bar: Bar) -> None:
    colour = COLOURS[0] if bar.goal is None or bar.value <= bar.goal else COLOURS[1]
    face = colour if bar.is_trusted else "none"
    # From 1 on, because the axis has no zero.
    axes.barh(place, bar.value - 1, left=1, height=0.6, facecolor=face, edgecolor=colour)
    axes.plot([bar.least, bar.greatest], [place, place], color=INK, linewidth=1.2)
    if bar.goal is not None:
        axes.plot([bar.goal, bar.goal], [place - 0.42, place + 0.42], color=COLOURS[2], linewidth=2.2)
    axes.annotate(
        bar.label, (_end(bar), place), xytext=(6, 0), textcoords="offset points", va="center", fontsize="small"
    )


@contextmanager
def _figure(width: float, height: float) -> Iterator[Figure]:
    with mpl.rc_context(STYLE):
        yield Figure(figsize=(width, height), layout="constrained")


def _svg(figure: Figure) -> str:
    written = io.BytesIO()
    figure.savefig(written, format="svg", metadata=UNSAID)
    return written.getvalue().decode()
