"""The errors that a caller of gapless sees: one tree, each with a stable code.

GaplessError
├── RuleViolated               a declared rule refuses the data
│   └── CallsInProgress        ... an organization can't be deleted while calls are going on
├── InvalidValue               a text is no slug, number, address, id or JSON document
├── UnknownField               data names a field that the entity does not have
├── NotFound                   no such row, or one of another organization, or a deleted one
├── RowUnreadable              a row holds what no rule would have let in, so that nobody can read it
├── InvalidState               the row is there, and what is asked does not fit the state it is in
│   ├── PlanNotSmaller         ... a downgrade to a plan that is not smaller was asked for
│   ├── PlanTooSmall           ... a plan has less room than the organization uses
│   │   └── DowngradeExceedsPlan   ... a downgrade would leave more members than the plan has seats
│   ├── PeriodMismatch         ... a billing period does not begin when the present one ends
│   └── RetentionExpired       ... a restore came after the retention was over
├── TenantMismatch             a row of one organization was handed to a unit of another
├── ConcurrencyConflict        somebody else changed it meanwhile; a fresh unit of work may well succeed
├── DeadlineExceeded           the unit of work ran out of its time
├── CommitUnknown              the connection was lost during COMMIT: kept or not, nobody knows
├── UnitOfWorkError            a unit of work was used in a way that its contract excludes
│   ├── UnitOfWorkFailed       ... after one of its writes had failed
│   ├── UnitOfWorkClosed       ... before it was opened, or after its end
│   ├── UnitOfWorkBusy         ... by two tasks at once
│   └── UnitOfWorkNested       ... inside an open unit of the same organization, which holds the lock
├── AuditEntryRequired         an audited entity was written without its audit entry
├── QueryRefused               a query asks for what the stores do not promise to answer alike
├── DeclarationError           a rule or an entity is declared in a way that can't be enforced
└── StoreUnavailable           the store can't be opened or used
    ├── DatabaseUnreachable    no server answers there, or the connection was lost
    ├── TooManyConnections     none is free: the server takes no more of them, or the pool has no more to give
    ├── PreparedStatementLost  somebody reset the connection, or a pooler that nobody told of stands before the server
    ├── StoreReadOnly          the database only reads, and a unit of work writes
    ├── DatabaseFull           the server's disk is full
    ├── AccessDenied           the server refuses the role, the password or the database
    ├── DatabaseUnsuitable     the server is too old, or its encoding is not UTF8
    ├── DatabaseOnStandby      the server is a standby, and the URL does not ask for one
    ├── DatabaseNotMigrated    migrations are pending
    ├── DatabaseTooNew         the database was migrated by a newer gapless
    ├── MigrationBlocked       others hold locks that a migration needs, for longer than it waits
    ├── ClockSkewed            the clock here and that of the store tell different times
    ├── DatabaseDiffers        the database lacks a rule of the catalogue, or has it otherwise
    └── WrongEventLoop         the application was opened on another event loop
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from gapless.domain.plain import shown
from gapless.domain.row_keys import RowKey

MOST_NAMED = 3
"""How many rows a sentence names; the error holds all of them."""

Detail = str | int | bool | None | list[str]


class GaplessError(Exception):
    """The root of everything that gapless raises on purpose.

    `code` is stable and meant for programs; `message` is one sentence for people and never holds a row's contents. Of
    what the caller gave it repeats at most 80 characters. `fields` are the columns of the entity, or the parameters of
    the use case, that a form would mark; none if the error is about no input.
    """

    code: ClassVar[str] = "gapless_error"
    retryable: ClassVar[bool] = False
    """Whether the same use case, tried again in a fresh unit of work, may succeed."""

    def __init__(self, message: str, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message, self.fields = message, fields

    def __reduce__(self) -> tuple[object, ...]:
        # By its state and not by its arguments, so that every error of the tree crosses the border of a process.
        return _remade, (type(self), self.args, self.__dict__)

    def details(self) -> dict[str, Detail]:
        """What a program may want to know beyond the code."""
        return {}

    def to_dict(self) -> dict[str, Detail]:
        """The error as an HTTP API can return it: `code`, `message` and the details of its class."""
        return {"code": self.code, "message": self.message, **self.details()}


def _remade(kind: type[GaplessError], arguments: tuple[object, ...], state: dict[str, object]) -> GaplessError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


class RuleViolated(GaplessError):
    """A declared rule refuses the data; the same whoever noticed: the entity, a store in memory or PostgreSQL.

    `message` is the rule's sentence. `detail` says what is wrong with this very value, in one sentence; it is "" where
    only a store noticed, which does not tell.
    """

    code = "rule_violated"

    def __init__(
        self, *, rule: str, entity: str, fields: tuple[str, ...], sentence: str, source: str = "", detail: str = ""
    ) -> None:
        super().__init__(sentence, fields=fields)
        self.rule, self.entity, self.source, self.detail = rule, entity, source, detail

    def __str__(self) -> str:
        where = f"{self.entity}.{', '.join(self.fields)}" if self.fields else self.entity
        return " ".join(part for part in (f"{self.rule} ({where}):", self.message, self.detail) if part)

    def details(self) -> dict[str, Detail]:
        """The rule's name, its id in the source ("" if it has none), the entity, the fields, what is wrong there."""
        return {
            "rule": self.rule,
            "source": self.source,
            "entity": self.entity,
            "fields": list(self.fields),
            "detail": self.detail,
        }


class CallsInProgress(RuleViolated):
    """An organization can't be deleted while calls are going on in it; `active_calls` says how many."""

    code = "calls_in_progress"

    def __init__(self, *, rule: str, entity: str, fields: tuple[str, ...], active_calls: int, source: str = "") -> None:
        sentence = f"An organization is not deleted while calls are going on in it: {active_calls} at the moment."
        super().__init__(rule=rule, entity=entity, fields=fields, sentence=sentence, source=source)
        self.active_calls = active_calls

    def details(self) -> dict[str, Detail]:
        """As of every broken rule, and the number of calls."""
        return {**super().details(), "active_calls": self.active_calls}


class InvalidValue(GaplessError):
    """A text or a document is not what it is meant to be; `kind` says what was expected."""

    code = "invalid_value"

    def __init__(self, kind: str, message: str, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message, fields=fields)
        self.kind = kind

    def details(self) -> dict[str, Detail]:
        """The kind of value that was expected, and the parameters or columns that it was given for."""
        return {"kind": self.kind, "fields": list(self.fields)}


class UnknownField(GaplessError):
    """The data names a field that the entity does not have."""

    code = "unknown_field"

    def __init__(self, entity: str, field: str) -> None:
        super().__init__(f"{entity} has no field '{shown(field)}'.", fields=(shown(field),))
        self.entity, self.field = entity, shown(field)

    def details(self) -> dict[str, Detail]:
        """The entity and the field."""
        return {"entity": self.entity, "field": self.field}


class NotFound(GaplessError):
    """There is no such row for this organization: missing, another's, or deleted and not asked for by name."""

    code = "not_found"

    def __init__(self, entity: str, id: object, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(f"There is no {entity} {shown(id)}.", fields=fields)
        self.entity, self.id = entity, shown(id)

    def details(self) -> dict[str, Detail]:
        """The entity, the id that was looked for, and the parameter if that was one of several in it."""
        return {"entity": self.entity, "id": self.id, "fields": list(self.fields)}


class RowUnreadable(GaplessError):
    """Rows that were asked for hold what their columns don't let in, such as an infinite time: mend them by SQL.

    They were written with the checks off, or before a check was there; or a newer version wrote them.
    """

    code = "row_unreadable"

    def __init__(self, entity: str, rows: tuple[RowKey, ...]) -> None:
        named = "; ".join(map(str, rows[:MOST_NAMED]))
        more = f"; and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
        which = f": {named}{more}" if rows else ""
        super().__init__(
            f"A row holds what its columns don't let in, so that no {entity} can be made of it{which}. "
            "Mend it by SQL; docs/operations.md says how."
        )
        self.entity, self.rows = entity, rows

    def details(self) -> dict[str, Detail]:
        """The entity, and each of the rows by its table and key."""
        return {"entity": self.entity, "rows": [str(row) for row in self.rows]}


class InvalidState(GaplessError):
    """The row is there, but what is asked does not fit the state that it is in."""

    code = "invalid_state"

    def __init__(self, entity: str, id: object, message: str, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message, fields=fields)
        self.entity, self.id = entity, shown(id)

    def details(self) -> dict[str, Detail]:
        """The entity and its id, and the parameters that another value would have been right for."""
        return {"entity": self.entity, "id": self.id, "fields": list(self.fields)}


class PlanNotSmaller(InvalidState):
    """A downgrade to a plan that is not smaller than what the organization has; `change_plan` takes such a plan."""

    code = "plan_not_smaller"

    def __init__(self, entity: str, id: object, plan: str, greater: tuple[str, ...]) -> None:
        what = f"it has more {', '.join(greater)}" if greater else "it has as much of everything"
        super().__init__(
            entity,
            id,
            f"The plan {plan!r} is not smaller than what the organization has: {what}. Take it by a change of plan.",
            fields=("plan",),
        )
        self.plan, self.greater = plan, greater

    def details(self) -> dict[str, Detail]:
        """The entity and its id, the plan, and which of its limits are greater."""
        return {**super().details(), "plan": self.plan, "greater": list(self.greater)}


class PlanTooSmall(InvalidState):
    """A plan has less room than the organization uses; `used` and `allowed` have the numbers of what is `exceeded`."""

    code = "plan_too_small"

    def __init__(
        self, entity: str, id: object, plan: str, exceeded: Mapping[str, tuple[int, int]], sentence: str
    ) -> None:
        super().__init__(entity, id, sentence, fields=("plan",))
        self.plan = plan
        self.exceeded = tuple(exceeded)
        self.used = {name: used for name, (used, _) in exceeded.items()}
        self.allowed = {name: allowed for name, (_, allowed) in exceeded.items()}

    def details(self) -> dict[str, Detail]:
        """The entity and its id, the plan, which of its limits are exceeded, and for each what is used and allowed."""
        numbers: dict[str, Detail] = {}
        for name in self.exceeded:
            numbers[f"used_{name}"] = self.used[name]
            numbers[f"allowed_{name}"] = self.allowed[name]
        return {**super().details(), "plan": self.plan, "exceeded": list(self.exceeded), **numbers}


class DowngradeExceedsPlan(PlanTooSmall):
    """A downgrade can't be executed: the members that it would leave are more than the seats of the new plan."""

    code = "downgrade_exceeds_plan"

    def __init__(self, entity: str, id: object, plan: str, members: int, seats: int) -> None:
        super().__init__(
            entity,
            id,
            plan,
            {"team_members": (members, seats)},
            f"The downgrade would leave {members} members, and the plan has {seats} seats: deactivate members, or "
            "schedule it again and name who loses the seat.",
        )
        self.members, self.seats = members, seats

    def details(self) -> dict[str, Detail]:
        """The entity and its id, how many active members would be left, and how many seats the plan has."""
        return {**super().details(), "members": self.members, "seats": self.seats}


class PeriodMismatch(InvalidState):
    """A billing period does not follow the present one: the two would overlap, or leave a gap between them."""

    code = "period_mismatch"

    def __init__(self, entity: str, id: object, given: str, expected: str, sentence: str) -> None:
        super().__init__(entity, id, sentence, fields=("period_start",))
        self.given, self.expected = given, expected

    def details(self) -> dict[str, Detail]:
        """The entity and its id, when the period was to begin, and when it has to, both in ISO 8601 and UTC."""
        return {**super().details(), "given": self.given, "expected": self.expected}


class RetentionExpired(InvalidState):
    """A deleted row can't be restored any more: its retention is over."""

    code = "retention_expired"


class TenantMismatch(GaplessError):
    """A row of one organization was handed to a unit of work that belongs to another."""

    code = "tenant_mismatch"

    def __init__(self, entity: str) -> None:
        super().__init__(f"This {entity} belongs to another organization than the unit of work.")
        self.entity = entity

    def details(self) -> dict[str, Detail]:
        """The entity."""
        return {"entity": self.entity}


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


class AuditEntryRequired(GaplessError):
    """An audited entity was written without the entry that says who did what."""

    code = "audit_entry_required"

    def __init__(self, entity: str) -> None:
        super().__init__(f"{entity} is audited: a write takes its audit entry.")
        self.entity = entity


class QueryRefused(GaplessError):
    """A query asks for something that the stores do not promise to answer alike."""

    code = "query_refused"

    def details(self) -> dict[str, Detail]:
        """The parameters or columns that the question is refused for, as far as it is about any."""
        return {"fields": list(self.fields)}


class DeclarationError(GaplessError):
    """A rule or an entity is declared in a way that can't be enforced; raised when the declaration is read."""

    code = "declaration_error"


class StoreUnavailable(GaplessError):
    """The store can't be opened or used; the message says what to do about it."""

    code = "store_unavailable"


class DatabaseUnreachable(StoreUnavailable):
    """No PostgreSQL answers at that address, or the connection to it was lost before anything was kept."""

    code = "database_unreachable"
    retryable = True


class TooManyConnections(StoreUnavailable):
    """No connection is free: the server takes no more of them, or all of the pool's were in use for too long."""

    code = "too_many_connections"
    retryable = True


class PreparedStatementLost(StoreUnavailable):
    """A statement that was prepared on the connection is gone: somebody reset it, or a pooler stands before the server.

    The connection is thrown away, so the next attempt does not meet it again, unless there is a pooler.
    """

    code = "prepared_statement_lost"
    retryable = True


class StoreReadOnly(StoreUnavailable):
    """The database only reads: it is a standby by now, or set to read only. Readings work, units of work do not."""

    code = "store_read_only"
    retryable = True


class DatabaseFull(StoreUnavailable):
    """The server's disk is full; nothing of the unit of work was kept."""

    code = "database_full"


class AccessDenied(StoreUnavailable):
    """The server answers, and refuses the role, the password, the database or a right."""

    code = "access_denied"


class DatabaseUnsuitable(StoreUnavailable):
    """The server is older than PostgreSQL 15, or the database is not encoded in UTF8."""

    code = "database_unsuitable"


class DatabaseOnStandby(StoreUnavailable):
    """The server is a standby; who only wants to read asks for one by `target_session_attrs` in the URL."""

    code = "database_on_standby"


class DatabaseNotMigrated(StoreUnavailable):
    """The database lacks tables or migrations of this version of gapless."""

    code = "database_not_migrated"


class DatabaseTooNew(StoreUnavailable):
    """The database was migrated by a newer gapless than this one."""

    code = "database_too_new"


class MigrationBlocked(StoreUnavailable):
    """Others hold locks that a migration needs, and did not let go of them in its time; nothing half done is left.

    `holders` says who they are, as far as the role may see it: process, role, application, since when.
    """

    code = "migration_blocked"
    retryable = True

    def __init__(self, schema: str, seconds: float, holders: tuple[str, ...]) -> None:
        who = "; ".join(holders) or "nobody is to be seen who holds it"
        super().__init__(
            f"A lock in schema {schema} was not to be had within {seconds:g} seconds: {who}. "
            "Wait until that has ended, or end it (pg_terminate_backend), and migrate again."
        )
        self.holders = holders

    def details(self) -> dict[str, Detail]:
        """Who holds the locks."""
        return {"holders": list(self.holders)}


class DatabaseDiffers(StoreUnavailable):
    """The database does not enforce what the catalogue declares; `differences` says what, one sentence each."""

    code = "database_differs"

    def __init__(self, differences: tuple[str, ...]) -> None:
        said = f"The database is not what the catalogue declares: {'; '.join(differences)}."
        super().__init__(f"{said} Mend it by a migration; `gapless check` and docs/operations.md say more.")
        self.differences = differences

    def details(self) -> dict[str, Detail]:
        """What is missing or different."""
        return {"differences": list(self.differences)}


class ClockSkewed(StoreUnavailable):
    """The clock here and the store's own tell times that differ by more than the limit; `ours` and `theirs` say which.

    By a wrong clock, what was deleted a minute ago would be removed for good, and what happened would be told wrongly.
    """

    code = "clock_skewed"

    def __init__(self, ours: datetime, theirs: datetime, limit: float) -> None:
        super().__init__(
            f"The clock here says {ours.isoformat()} and the store's own {theirs.isoformat()}, more than {limit:g} s "
            "apart: set the one that is wrong. One that is meant to differ, as in a test, is let by Limits(clock=None)."
        )
        self.ours, self.theirs = ours, theirs

    def details(self) -> dict[str, Detail]:
        """Both times, in ISO 8601."""
        return {"ours": self.ours.isoformat(), "theirs": self.theirs.isoformat()}


class WrongEventLoop(StoreUnavailable):
    """The application was opened on another event loop than the one that uses it."""

    code = "wrong_event_loop"

    def __init__(self) -> None:
        super().__init__(
            "The application was opened on another event loop: open it on the loop that uses it, one for each thread."
        )
