"""How the triggers of rules over many rows name the parents of rows: by their keys, in one array.

The key of one column stands in an array of its type. Keys of several columns stand in an array of JSON lists, because
PL/pgSQL has no variable for an array of rows.
"""

from __future__ import annotations

import attrs

from gapless.adapters.postgres.sql.text import quoted, type_name
from gapless.kit import Catalogue, Model, Reference
from gapless.kit.links import Links
from gapless.kit.model import Validated


@attrs.frozen
class Parents:
    """The rows of a table as parents of those that refer to them by one reference.

    Attributes:
        model: the model of the parents.
        links: the columns that refer, each with the column of the parents that has the same value.
        key_links: those of them that lead to the parents' key, in its order.
    """

    model: Model[Validated]
    links: Links
    key_links: Links

    @classmethod
    def of(cls, catalogue: Catalogue, model: Model[Validated], through: Reference) -> Parents:
        """Those of a reference that a model declares."""
        parent, links = catalogue.parent(through), catalogue.links(model, through)
        by_name = {column.name: (child, column) for child, column in links}
        return cls(parent, links, tuple(by_name[name] for name in parent.key))

    @property
    def type(self) -> str:
        """The type of a key in an array."""
        return type_name(self.key_links[0][1]) if self._is_one else "jsonb"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that lead to the key."""
        return tuple(quoted(child.stored) for child, _ in self.key_links)

    @property
    def key(self) -> str:
        """The key of the parent of a row, from the columns of that row."""
        return self.columns[0] if self._is_one else f"jsonb_build_array({', '.join(self.columns)})"

    @property
    def order(self) -> str:
        """The columns of the parents' key, by which they are locked in one order."""
        return ", ".join(quoted(column.stored) for _, column in self.key_links)

    def among(self, keys: str, parent: str = "") -> str:
        """The condition that a parent is one of those whose keys an array has.

        Args:
            keys: the array.
            parent: the name of the parent in the statement, with a dot; "" if its columns have no name in front.
        """
        names = [f"{parent}{quoted(column.stored)}" for _, column in self.key_links]
        if self._is_one:
            return f"{names[0]} = ANY ({keys})"
        parts = [f"(listed.key ->> {place})::{type_name(column)}" for place, (_, column) in enumerate(self.key_links)]
        listed = f"SELECT {', '.join(parts)} FROM unnest({keys}) AS listed (key)"  # noqa: S608  # names of declarations
        return f"({', '.join(names)}) IN ({listed})"

    def is_parent_of(self, child: str, parent: str) -> str:
        """The condition that a row refers to a parent."""
        return " AND ".join(f"{child}.{quoted(own.stored)} = {parent}.{quoted(key.stored)}" for own, key in self.links)

    def is_same(self, one: str, other: str) -> str:
        """The condition that two names stand for one parent."""
        return " AND ".join(f"{one}.{quoted(key.stored)} = {other}.{quoted(key.stored)}" for _, key in self.key_links)

    @property
    def _is_one(self) -> bool:
        return len(self.key_links) == 1
