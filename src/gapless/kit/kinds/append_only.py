"""The rule that rows never change."""

from __future__ import annotations

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import columns_named
from gapless.kit.kinds.reference import Reference
from gapless.kit.kinds.rule import Rule


@attrs.frozen(eq=False)
class AppendOnly(Rule):
    """The rows never change; only the removal of their parent removes them. Without a parent they stay forever.

    It may be necessary all the same to erase values of persons. A write may therefore take something away from the
    columns in `erasable`: a text becomes null, a document loses members or becomes null. It may change nothing else,
    and put nothing back.

    Attributes:
        through: the reference to the root whose removal removes the rows; None if nothing removes them.
        archive: the entity with the same fields that keeps the rows after their parent was removed.
        erased_by: an entity; if it has a row in the same root, the rows are not archived.
        erasable: the columns from which a write may take something away: texts that may be null, and documents.
    """

    through: Reference | None = None
    archive: type | None = attrs.field(default=None, kw_only=True)
    erased_by: type | None = attrs.field(default=None, kw_only=True)
    erasable: tuple[Column, ...] = attrs.field(default=(), converter=columns_named, kw_only=True)
