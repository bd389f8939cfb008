"""What Python would answer by itself of a node, and what no store answers alike, raises where it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from gapless.kit.errors import DeclarationError


class SymbolicValue:
    """Stands for a value that nobody knows while a condition is declared."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise DeclarationError(
            "A predicate has no truth value while it is declared: use all_of, any_of, negate, between and one_of "
            "instead of and, or, not, chained comparisons and in."
        )

    def __len__(self) -> NoReturn:
        raise DeclarationError("A field of a symbolic row has no len(): use length(field).")

    def __iter__(self) -> NoReturn:
        raise DeclarationError("A field of a symbolic row can't be iterated.")

    def __str__(self) -> NoReturn:
        raise DeclarationError("A field of a symbolic row can't become a text: compare the field itself.")

    def __format__(self, form: str) -> NoReturn:
        raise DeclarationError("A field of a symbolic row can't become a text: compare the field itself.")

    if not TYPE_CHECKING:  # the type checker is to refuse attributes that a node does not have

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):  # Python's own protocols ask for such names, and expect this answer
                raise AttributeError(name)
            raise DeclarationError(f"A field of a symbolic row has no {name!r}: use what gapless.kit offers.")

    if not TYPE_CHECKING:  # the type checker is to refuse these by itself

        def _no_quotient(self, *_: object) -> NoReturn:
            raise DeclarationError(
                "A condition has no division and no remainder, which every store rounds in its own way: multiply the "
                "other side, as in row.part * 3 <= row.whole."
            )

        def _no_such_operator(self, *_: object) -> NoReturn:
            raise DeclarationError(
                "A condition compares, and calculates by + - *, and knows no other operator: write negate for ~, "
                "all_of for &, and any_of for |."
            )

        __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _no_quotient
        __divmod__ = __rdivmod__ = _no_quotient
        __pow__ = __rpow__ = __abs__ = __round__ = __getitem__ = __lshift__ = __rshift__ = _no_such_operator
        __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = _no_such_operator
