"""What something costs with few and with many rows stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from benchmarks.ground import Ground


@attrs.frozen(kw_only=True)
class Growth:
    """How costs grow with a size.

    Attributes:
        section: the section of the benchmarks that it belongs to.
        name: what grows, such as the calls of one organization.
        unit: what the values are in, such as ms.
        sizes: how many there are, rising.
        lines: by what is done, its cost at each size.
        ground: what was measured on.
    """

    section: str
    name: str
    unit: str
    sizes: Sequence[int]
    lines: Mapping[str, Sequence[float]]
    ground: Ground
