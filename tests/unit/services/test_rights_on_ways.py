"""A cleanup finds the rows of a root through others, and says that it reads these as well."""

from __future__ import annotations

from gapless.application.cleanup_rights import uses_of
from gapless.kit import Catalogue
from tests.clinics.cases import CASES, Case, Scan
from tests.clinics.deletable import DELETABLE
from tests.clinics.gardens import GARDENS
from tests.roles import needed

UNLINKED_ALONE = Catalogue(tuple(model for model in CASES.models if model.entity is not Scan))
"""Notes lose their links to released shelves, and nothing behind a case is removed."""


def test_the_rows_on_the_way_to_a_root_are_read() -> None:
    """Who removes or changes rows needs to read each row through which they belong to their root."""
    for catalogue in (CASES, UNLINKED_ALONE, DELETABLE, GARDENS):
        passed = set[type]()
        rights = set(needed(catalogue, uses_of(catalogue)))
        written = {table for right, table in rights if right.startswith(("DELETE", "UPDATE"))}
        for model in catalogue.models:
            for step in catalogue.way(model) if model.stored in written else ():
                assert ("SELECT", step.parent.stored) in rights, model.name
                passed.add(step.parent.entity)
        assert (Case in passed) is (Case in catalogue.by_entity), "of which a cleanup removes and changes nothing"
