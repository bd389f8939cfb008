"""Rows that never change."""

from __future__ import annotations

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.fields import columns_named
from gapless.kit.kinds.reference import Reference
from gapless.kit.kinds.rule import Rule


@attrs.frozen(eq=False)
class AppendOnly(Rule):
    """Rows are never changed, and removed only with their parent; without a parent never.

    Values of persons may have to leave them all the same. A change of what is `erasable` may take something away, and
    nothing else: a text becomes null, a document loses members or becomes null; nothing else changes, or comes back.

    Attributes:
        through: the reference to the organization, whose removal takes the rows along; None if nothing does.
        archive: the entity that keeps, under the same fields, the rows which go with their parent.
        erased_by: the entity a row of which, in the same organization, says that nothing is to be kept.
        erasable: the columns of which something may be taken away: texts that may be null, and documents.
    """

    through: Reference | None = None
    archive: type | None = attrs.field(default=None, kw_only=True)
    erased_by: type | None = attrs.field(default=None, kw_only=True)
    erasable: tuple[Column, ...] = attrs.field(default=(), converter=columns_named, kw_only=True)
