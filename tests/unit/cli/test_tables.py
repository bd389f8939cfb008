"""Text in aligned columns, whatever script it is in."""

from hypothesis import given
from hypothesis import strategies as st

from gapless.cli.tables import GAP, aligned, shortened, width

CELLS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=8)


@given(st.lists(st.tuples(CELLS, CELLS, st.just("end")), min_size=1, max_size=6))
def test_columns_begin_below_each_other(rows: list[tuple[str, str, str]]) -> None:
    """The last column begins at the same place of the terminal in every line, also behind wide characters."""
    lines = aligned(rows).split("\n")
    starts = {width(line[: -len("end")]) for line in lines}
    assert starts == {max(width(row[0]) for row in rows) + max(width(row[1]) for row in rows) + 2 * len(GAP)}


def test_width_is_that_of_a_terminal() -> None:
    """Ideographs and emoji take two columns, combining marks none, everything else one."""
    assert [width(text) for text in ("abc", "青石", "🍕", "e\u0301", "—…", "")] == [3, 4, 2, 1, 2, 0]


@given(CELLS, st.integers(1, 10))
def test_shortened_text_fits(text: str, greatest: int) -> None:
    """A shortened text needs no more columns than it was given, and a short one stays as it is."""
    short = shortened(text, greatest)
    assert width(short) <= greatest
    assert short == text or short.endswith("…")
    assert (short == text) == (width(text) <= greatest) or text.endswith("…")
