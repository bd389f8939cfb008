"""Errors of units of work: others changed the data, the time was over, or the unit was used wrongly."""

from __future__ import annotations

from gapless.kit.errors.root import Detail, GaplessError
from gapless.kit.plain import shown


class ConcurrencyConflict(GaplessError):
    """Somebody else changed the same data at the same time; no rule is broken. Try again in a fresh unit of work."""

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
    """The connection was lost during COMMIT. The unit of work may have been kept: look before you try again."""

    code = "commit_unknown"

    def __init__(self) -> None:
        super().__init__(
            "The connection was lost during COMMIT, so the unit of work may or may not have been kept. "
            "Read what it would have written before you try again."
        )


class UnitOfWorkError(GaplessError):
    """A unit of work was used in a way that its contract does not allow."""

    code = "unit_of_work_error"


class UnitOfWorkFailed(UnitOfWorkError):
    """A write of this unit of work failed before. Leave the unit, and open a fresh one."""

    code = "unit_of_work_failed"

    def __init__(
        self, message: str = "A write of this unit of work has failed: nothing of it is kept. Open a fresh one."
    ) -> None:
        super().__init__(message)


class UnitOfWorkClosed(UnitOfWorkError):
    """The unit of work is not open: it was not entered yet, it was committed, or it was left."""

    code = "unit_of_work_closed"

    def __init__(self) -> None:
        super().__init__("The unit of work is not open: use it inside of its `async with` block, and before commit().")


class UnitOfWorkBusy(UnitOfWorkError):
    """Two tasks used one unit of work at once; each task opens its own."""

    code = "unit_of_work_busy"

    def __init__(self) -> None:
        super().__init__("Another task is using this unit of work: open one unit of work for each task.")


class SqlUnanswered(UnitOfWorkError):
    """A statement of the host's own was asked in memory, where nobody reads SQL, and no function answers it."""

    code = "sql_unanswered"

    def __init__(self) -> None:
        super().__init__(
            'The in-memory store reads no SQL: give gapless.open("memory:", sql=answer) a function that answers what '
            "this reading asks, or open the application on PostgreSQL."
        )


class UnitOfWorkNested(UnitOfWorkError):
    """A task opened a unit of work inside another one of the same root, and would wait for its lock forever."""

    code = "unit_of_work_nested"

    def __init__(self, entity: str, id: object) -> None:
        super().__init__(
            f"This task already has a unit of work of {entity} {shown(id)} open, which holds its lock. "
            "Commit or leave it first, or do both in one unit."
        )
        self.entity = entity
        self.id: str = shown(id)

    def details(self) -> dict[str, Detail]:
        """The entity whose lock is held, and its id."""
        return {"entity": self.entity, "id": self.id}
