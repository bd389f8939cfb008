"""How rules of each kind are broken, as far as it follows from what they declare.

A rule of which nothing follows needs a violation that is written; see `gapless.testing.violations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from gapless.kit import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    Check,
    DataType,
    EnumMember,
    Exclusion,
    Immutable,
    Index,
    Numbered,
    PrimaryKey,
    Reference,
    Required,
    Stamped,
    Transition,
    Unique,
    VersionStep,
)
from gapless.kit.registry import Registry
from gapless.testing.counterexamples.append_only import tampered
from gapless.testing.counterexamples.attempts import Violation
from gapless.testing.counterexamples.changes import refused_changes
from gapless.testing.counterexamples.checks import broken_rows
from gapless.testing.counterexamples.fields import missing, unknown, unrepresentable
from gapless.testing.counterexamples.guards import refused_admissions
from gapless.testing.counterexamples.keys import other_values, skipped_versions, taken_key
from gapless.testing.counterexamples.least import last_one_gone
from gapless.testing.counterexamples.most import one_too_many
from gapless.testing.counterexamples.references import dangling
from gapless.testing.counterexamples.uniques import overlapping, shared_values


def _nothing(*_: object) -> Iterator[Violation]:
    return iter(())


@attrs.frozen
class Breaking:
    """How rules of a kind are broken.

    Attributes:
        derived: what follows from the declaration, of the factories of a catalogue, a model and a rule.
        refuses: whether there is something that rules of the kind refuse: an index and what a store fills let
            everything pass.
    """

    derived: Callable[..., Iterator[Violation]] = _nothing
    refuses: bool = True


VIOLATED = Registry(
    interpreter="What tries to break every rule",
    place="testing/counterexamples/registry.py",
    needed="how its rules are broken",
    by_kind={
        DataType: Breaking(unrepresentable),
        Required: Breaking(missing),
        EnumMember: Breaking(unknown),
        Check: Breaking(broken_rows),
        PrimaryKey: Breaking(taken_key),
        Unique: Breaking(shared_values),
        Exclusion: Breaking(overlapping),
        Reference: Breaking(dangling),
        Immutable: Breaking(other_values),
        VersionStep: Breaking(skipped_versions),
        Transition: Breaking(refused_changes),
        AdmissionGuard: Breaking(refused_admissions),
        AppendOnly: Breaking(tampered),
        AtLeastOne: Breaking(last_one_gone),
        AtMost: Breaking(one_too_many),
        Index: Breaking(refuses=False),
        Numbered: Breaking(refuses=False),
        Stamped: Breaking(refuses=False),
    },
)
