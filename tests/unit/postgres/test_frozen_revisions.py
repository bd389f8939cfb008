"""The revisions of the package never change: databases were made by them."""

from __future__ import annotations

import hashlib
from importlib.resources import files

from gapless.adapters.postgres.migrations.chain import read_chain
from gapless.domain.migrations import REVISIONS

FROZEN = {
    "gapless_0001": "f4c7453791f82aac34948dfbd4cfc1787faea7d6c2b9ecaf7d5df9c1319b3c58",
}
"""The digest of each revision: a new one gets a line, and no line changes."""


def test_what_was_frozen_is_as_it_was() -> None:
    """Each revision has the text that it had when it was frozen; a change of what is declared is one more revision."""
    folder = files(REVISIONS.package)
    found = {
        revision.name: hashlib.sha256((folder / revision.file).read_bytes()).hexdigest()
        for revision in read_chain(REVISIONS).revisions
    }
    assert found == FROZEN, "A revision is never changed: write another one, and add its digest here."
