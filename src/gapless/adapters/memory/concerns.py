"""Which enforcers a change of a row concerns because of other rows: those of whose columns one may differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from gapless.adapters.memory.enforcers.admission import AdmissionCheck
from gapless.adapters.memory.enforcers.invariants import InvariantCheck
from gapless.adapters.memory.enforcers.reference import ReferenceEnforcer
from gapless.kit.columns import Column
from gapless.kit.predicates import Node, fields_of

MOST_KEPT = 256
"""For how many sets of columns the enforcers of a table are kept."""


@attrs.frozen(eq=False)
class Concerns:
    """The enforcers that see whether a row has come to another row, or has left it, or lets others in no more.

    Attributes:
        links: those of its references.
        inner_links: of these, those to one of several rows, and not to the root of the row.
        releasable_links: of these, those to rows that can be released, in the order of PostgreSQL's triggers.
        admission_checks: those of its admission guards.
        invariant_checks: those of the invariants that count it.
        pending: those of the invariants that it can make pending as a parent.
        watched: whether the table has rules that look at a change whatever its columns.
        is_plain: whether a statement of such changes has nothing to ask: neither other rows nor the rows before.
    """

    links: tuple[ReferenceEnforcer, ...]
    inner_links: tuple[ReferenceEnforcer, ...]
    releasable_links: tuple[ReferenceEnforcer, ...]
    admission_checks: tuple[AdmissionCheck, ...]
    invariant_checks: tuple[InvariantCheck, ...]
    pending: tuple[InvariantCheck, ...]
    watched: bool
    is_plain: bool = attrs.field(init=False)
    _kept: dict[frozenset[str], Concerns] = attrs.field(factory=dict, init=False)

    @is_plain.default
    def _has_nothing_to_ask(self) -> bool:
        return not (self.watched or self.links or self.admission_checks)

    def of(self, changes: Mapping[str, object]) -> Concerns:
        """Those that a change of these columns alone concerns: to the others the row is the same as before.

        Args:
            changes: the columns whose values may differ.
        """
        names = frozenset(changes)
        found = self._kept.get(names)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            found = self._kept[names] = self._narrowed(names)
        return found

    def _narrowed(self, names: frozenset[str]) -> Concerns:
        def links(those: tuple[ReferenceEnforcer, ...]) -> tuple[ReferenceEnforcer, ...]:
            return tuple(link for link in those if _is_of(link.rule.fields, names))

        return Concerns(
            links=links(self.links),
            inner_links=links(self.inner_links),
            releasable_links=links(self.releasable_links),
            admission_checks=tuple(
                check for check in self.admission_checks if _enters(check.rule.through.fields, check.rule.of, names)
            ),
            invariant_checks=tuple(
                check for check in self.invariant_checks if _enters(check.rule.through.fields, check.rule.of, names)
            ),
            pending=tuple(check for check in self.pending if _is_of(fields_of(check.rule.while_parent), names)),
            watched=self.watched,
        )


def _enters(through: Iterable[Column], counted: Node, names: frozenset[str]) -> bool:
    """Whether a row with other values in these columns may belong to another parent, or to none."""
    return _is_of(through, names) or _is_of(fields_of(counted), names)


def _is_of(columns: Iterable[Column], names: frozenset[str]) -> bool:
    return any(column.name in names for column in columns)
