"""Progress on stderr."""

import pytest

from gapless.cli.progress import progress


@pytest.mark.parametrize(("length", "lines"), [(0, 0), (1, 1), (3, 3), (236, 4)])
def test_plain_lines_where_nobody_watches(length: int, lines: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal there are at most four plain lines, on stderr, the last of them at the end."""
    with progress("organizations", length) as advance:
        for _ in range(length):
            advance()
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == lines
    assert not length or said.err.endswith(f"organizations: {length} of {length}\n")


def test_a_bar_where_a_person_watches(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal there is a bar, on stderr, that ends full."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress("organizations", 2) as advance:
        advance()
        advance()
    said = capsys.readouterr()
    assert said.out == ""
    assert "100%" in said.err
