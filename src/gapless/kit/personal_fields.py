"""Marks the fields that hold values of a person, once, where they are declared.

Such a value stands in no `repr`, and so in no traceback that shows local variables. The erasure of a person takes it
out of the audit trail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

_IS_PERSONAL = "gapless.personal"

if TYPE_CHECKING:
    # A type checker recognises a function that declares a field only by its name; of any other function it can't tell
    # whether the field has a default.
    from attrs import field as impersonal
    from attrs import field as personal
else:

    def personal(*, default: object = attrs.NOTHING) -> object:
        """Declares a field of an entity that holds a value of a person, such as a name or an address.

        Args:
            default: the value of the field if none is given; without a default one must be given.
        """
        return attrs.field(default=default, repr=False, metadata={_IS_PERSONAL: True})

    def impersonal(*, default: object = attrs.NOTHING) -> object:
        """Declares that a field holds no value of a person, though its type would allow one; it changes nothing else.

        Args:
            default: the value of the field if none is given; without a default one must be given.
        """
        return attrs.field(default=default, metadata={_IS_PERSONAL: False})


def is_personal(field: attrs.Attribute[object]) -> bool | None:
    """Whether a field holds values of a person; None if its declaration does not say so, which counts as no."""
    said: bool | None = field.metadata.get(_IS_PERSONAL)
    return said


__all__ = ["impersonal", "is_personal", "personal"]
