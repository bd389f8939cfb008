"""Lists the gaps: `make gaps`, or `python -m tests.gaps [--json]` in a checkout, which alone has the tests to read."""

from __future__ import annotations

from pathlib import Path

import click

from gapless.cli.failures import FINDINGS, failures_told
from tests.gaps.listing import all_gaps, as_lines, evidence, to_json, unknown_marks


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--tests",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("tests"),
    show_default=True,
    help="The folder of the tests. They are read, and not run.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON array instead of lines.")
def gaps(tests: Path, as_json: bool) -> None:
    """List the 52 gaps that gapless closes: where each is enforced, and which test proves it.

    A gap without its rule or use case, without its definition in PostgreSQL or without a test is open: exit status 1.
    """
    with failures_told():
        found = evidence(tests)
    listed = all_gaps(found)
    click.echo(to_json(listed) if as_json else as_lines(listed))
    for unknown in unknown_marks(found):
        click.echo(f"{', '.join(found.proofs[unknown])}: no gap has the id {unknown}.", err=True)
    if unknown_marks(found) or not all(gap.closed for gap in listed):
        raise click.exceptions.Exit(FINDINGS)


if __name__ == "__main__":
    gaps(prog_name="python -m tests.gaps")
