"""Errors of units of work: others were in the way, time ran out, or the unit was used wrongly."""

from __future__ import annotations

from gapless.kit.errors.root import Detail, GaplessError
from gapless.kit.plain import shown


class ConcurrencyConflict(GaplessError):
    """Somebody else was there at the same time. It says nothing about the rules: try again in a fresh unit of work."""

    code = "concurrency_conflict"
    retryable = True

    def __init__(self, message: str = "Somebody else changed the same data at the same time.") -> None:
        super().__init__(message)


class DeadlineExceeded(GaplessError):
    """The unit of work did not end within its time; nothing of it was kept."""

    code = "deadline_exceeded"
    retryable = True

    def __init__(self, seconds: float, reason: str = "") -> None:
        message = f"The unit of work did not end within its {seconds:g} seconds."
        super().__init__(f"{message} {reason}" if reason else message)
        self.seconds = seconds


class CommitUnknown(GaplessError):
    """The connection was lost during COMMIT. Look before trying again: the unit of work may have been kept."""

    code = "commit_unknown"

    def __init__(self) -> None:
        super().__init__("The connection was lost during COMMIT: whether the unit of work was kept is not known.")


class UnitOfWorkError(GaplessError):
    """A unit of work was used in a way that its contract excludes."""

    code = "unit_of_work_error"


class UnitOfWorkFailed(UnitOfWorkError):
    """A write of this unit of work has failed before: it can only be left."""

    code = "unit_of_work_failed"

    def __init__(
        self, message: str = "A write of this unit of work has failed: nothing of it is kept, open a fresh one."
    ) -> None:
        super().__init__(message)


class UnitOfWorkClosed(UnitOfWorkError):
    """The unit of work is not open: not yet entered, committed already, or left."""

    code = "unit_of_work_closed"

    def __init__(self) -> None:
        super().__init__("The unit of work is not open.")


class UnitOfWorkBusy(UnitOfWorkError):
    """Two tasks used one unit of work at once; each task opens its own."""

    code = "unit_of_work_busy"

    def __init__(self) -> None:
        super().__init__("The unit of work is in use by another task: one task, one unit of work.")


class UnitOfWorkNested(UnitOfWorkError):
    """A unit of work was opened inside an open one of the same organization, for which it would wait in vain."""

    code = "unit_of_work_nested"

    def __init__(self, entity: str, id: object) -> None:
        super().__init__(
            f"This task has a unit of work of {entity} {shown(id)} open already, which holds its lock: "
            "commit or leave it first, or do both in one unit."
        )
        self.entity, self.id = entity, shown(id)

    def details(self) -> dict[str, Detail]:
        """The entity whose lock is held, and its id."""
        return {"entity": self.entity, "id": self.id}
