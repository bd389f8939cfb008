"""Rows for tests of what the server does with few and with many: those of the plans, less of them."""

import re

from tests.integration.postgres.test_plans import FILLING

_MANY = re.compile(r"generate_series\(1, [1-9][0-9]{4}\)")


def filling(rows: int) -> str:
    """The statements that fill the tables, with so many rows in the place of tens of thousands."""
    return _MANY.sub(f"generate_series(1, {rows})", FILLING.replace("3 * n", "n"))  # the first calls have the notes
