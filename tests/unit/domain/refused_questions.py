"""What no store answers, and which counts it takes no part in: each as docs/limits.md calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gapless.kit import Cursor, assign, increment, model_of
from gapless.kit.aggregates import MOST_GROUPS, counted_groups, grouped, ordered, summed
from gapless.kit.assignments import assigned
from gapless.kit.queries import query
from gapless.testing.laws.files import Document
from tests.unit.domain.test_assignments import Seat

DOCUMENTS, SEATS = model_of(Document), model_of(Seat)

REFUSED_QUESTIONS: Mapping[str, Callable[[], object]] = {
    "a sum of what is no number": lambda: summed(DOCUMENTS, lambda row: row.title),
    "a sum of more than one field, or of what is computed": lambda: summed(
        DOCUMENTS, lambda row: (row.pages, row.size)
    ),
    "the greatest or the least of what has no order": lambda: ordered(DOCUMENTS, lambda row: row.status, "greatest"),
    "numbers by the values of a document or a list": lambda: grouped(DOCUMENTS, lambda row: row.readers),
    "numbers by more than 10,000 different values": lambda: counted_groups(
        DOCUMENTS, DOCUMENTS.column("pages"), [(place, 1) for place in range(MOST_GROUPS + 1)]
    ),
    "a page between two places": lambda: query(DOCUMENTS, after=Cursor(), before=Cursor()),
    "a count in a field by which rows meet others": lambda: assigned(SEATS, lambda row: (increment(row.hall),)),
    "a field that is assigned to another field": lambda: assigned(
        DOCUMENTS, lambda row: (assign(row.pages, row.pages),)
    ),
}
"""By what the page calls it."""
