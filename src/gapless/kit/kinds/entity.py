"""The rules that follow from the declaration of an entity: its key, what never changes, how its version grows."""

from __future__ import annotations

import attrs

from gapless.kit.columns import Column
from gapless.kit.kinds.rule import Rule


@attrs.frozen(eq=False)
class PrimaryKey(Rule):
    """The key of the table. Follows from the declaration of the entity."""

    key: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the key."""
        return self.key


@attrs.frozen(eq=False)
class Immutable(Rule):
    """These fields of a row never change: its key with its root, and when it was created.

    Follows from the declaration of the entity.
    """

    fields: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The fields."""
        return self.fields


@attrs.frozen(eq=False)
class VersionStep(Rule):
    """The version of a row stays as it is, or grows by one. Follows from the declaration of the entity."""

    version: Column

    @property
    def columns(self) -> tuple[Column, ...]:
        """The version."""
        return (self.version,)
