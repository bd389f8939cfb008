"""How the in-memory store enforces each kind of rule, and at which moment of a write."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Protocol

import attrs

from gapless.adapters.memory.enforcers.admission import AdmissionCheck
from gapless.adapters.memory.enforcers.append_only import AppendOnlyEnforcer
from gapless.adapters.memory.enforcers.exclusion import ExclusionEnforcer
from gapless.adapters.memory.enforcers.invariants import InvariantCheck
from gapless.adapters.memory.enforcers.reference import ReferenceEnforcer
from gapless.adapters.memory.enforcers.transition import TransitionEnforcer
from gapless.adapters.memory.enforcers.unique import UniqueEnforcer
from gapless.adapters.memory.keys import Key
from gapless.adapters.memory.state import Committed, Overlay
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
from gapless.kit.model import Validated
from gapless.kit.registry import Registry


class Moment(enum.Enum):
    """When the rules of a kind are checked, in the order of a statement; then comes the commit."""

    BEFORE = "before anything changes"
    ROW = "as a row changes, by its values"
    SHARED = "as a row changes, by those of others"
    PARENTS = "once all rows have changed"
    CHANGES = "at the end of the statement, by what each row was before"
    ADMISSION = "at the end of the statement, by the parents"
    COMMIT = "at the commit"
    WRITE = "by the repository, which gives no other value"
    NEVER = "never: it refuses nothing"


class SharedEnforcer(Protocol):
    """Enforces what two rows may not share, and owns an index of which row has what.

    What a unit has taken is its own until the commit. Then everything that its rows had before is released, and what
    they have now is kept.
    """

    @property
    def name(self) -> str:
        """The name of the rule."""
        ...

    def hold(self, overlay: Overlay, before: Validated | None, after: Validated | None, key: Key) -> None:
        """Takes what a changed row has, and gives back what it had; raises RuleViolated if another row has it."""
        ...

    def require_free(self, overlay: Overlay) -> None:
        """Raises ConcurrencyConflict if somebody else has meanwhile taken what the unit took."""
        ...

    def release(self, committed: Committed, before: Validated, key: Key, /) -> None:
        """Forgets what a committed row had."""
        ...


@attrs.frozen
class Enforcement:
    """How the in-memory store enforces a kind of rule.

    Attributes:
        moment: when the rule is checked.
        made: makes the enforcer from the catalogue, the model that declares the rule, and the rule; None if the store
            enforces all rules of the kind together.
        instead: what keeps the rules of a kind that has no file here, in a sentence.
    """

    moment: Moment
    made: Callable[..., object] | None = None
    instead: str = ""


_BY_THE_VALIDATION = "A statement validates each row by its values, as the constructor of the entity does."
_BY_THE_PROTOCOL = "The protocol of a write changes no such field, and raises the version by one."

ENFORCERS = Registry(
    interpreter="The in-memory store",
    place="adapters/memory/enforcers/registry.py",
    needed="its Enforcement",
    by_kind={
        AppendOnly: Enforcement(Moment.BEFORE, AppendOnlyEnforcer.of),
        DataType: Enforcement(Moment.ROW, instead=_BY_THE_VALIDATION),
        Required: Enforcement(Moment.ROW, instead=_BY_THE_VALIDATION),
        EnumMember: Enforcement(Moment.ROW, instead=_BY_THE_VALIDATION),
        Check: Enforcement(Moment.ROW, instead=_BY_THE_VALIDATION),
        PrimaryKey: Enforcement(
            Moment.ROW, instead="A statement looks for another row under the key of one that is added."
        ),
        Unique: Enforcement(Moment.SHARED, UniqueEnforcer.of),
        Exclusion: Enforcement(Moment.SHARED, ExclusionEnforcer.of),
        Reference: Enforcement(Moment.PARENTS, ReferenceEnforcer.of),
        Transition: Enforcement(Moment.CHANGES, TransitionEnforcer.of),
        AdmissionGuard: Enforcement(Moment.ADMISSION, AdmissionCheck.of),
        AtLeastOne: Enforcement(Moment.COMMIT, InvariantCheck.of),
        AtMost: Enforcement(Moment.COMMIT, InvariantCheck.of),
        Immutable: Enforcement(Moment.WRITE, instead=_BY_THE_PROTOCOL),
        VersionStep: Enforcement(Moment.WRITE, instead=_BY_THE_PROTOCOL),
        Numbered: Enforcement(Moment.WRITE),
        Stamped: Enforcement(Moment.WRITE),
        Index: Enforcement(
            Moment.NEVER, instead="It refuses nothing; a search makes and uses what it declares (access_paths.py)."
        ),
    },
)
