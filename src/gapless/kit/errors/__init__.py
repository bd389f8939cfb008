"""The errors that a caller of gapless sees: one tree, each with a stable code.

GaplessError
├── RuleViolated               a declared rule refuses the data
├── InvalidValue               a text is no slug, number, address, id or JSON document
├── UnknownField               data names a field that the entity does not have
├── NotFound                   no such row, or one of another root, or a deleted one
├── RowUnreadable              a row holds values that no rule would have let in, so nobody can read it
├── InvalidState               the row is there, but its state does not allow what is asked
│   └── RetentionExpired       ... a restore came after the end of the retention
├── TenantMismatch             a row of one root was given to a unit of another
├── ConcurrencyConflict        somebody else changed the data meanwhile; a fresh unit of work may well succeed
├── DeadlineExceeded           the unit of work did not end within its time
├── CommitUnknown              the connection was lost during COMMIT: nobody knows whether the unit was kept
├── UnitOfWorkError            a unit of work was used in a way that its contract does not allow
│   ├── UnitOfWorkFailed       ... after one of its writes had failed
│   ├── UnitOfWorkClosed       ... before it was opened, or after its end
│   ├── UnitOfWorkBusy         ... by two tasks at once
│   ├── UnitOfWorkNested       ... inside an open unit of the same root, which holds the lock
│   └── SqlUnanswered          ... for a SELECT of the host's own in memory, where no function answers it
├── AuditRecordRequired         an audited entity was written without its audit record
├── QueryRefused               a query asks for what the stores do not promise to answer alike
├── DeclarationError           a rule or an entity is declared in a way that can't be enforced
└── StoreUnavailable           the store can't be opened or used
    ├── DatabaseUnreachable    no server answers there, or the connection was lost
    ├── TooManyConnections     no connection is free, at the server or in the pool
    ├── PreparedStatementLost  the connection was reset, or there is an undeclared pooler before the server
    ├── StoreReadOnly          the database can only be read, and a unit of work writes
    ├── DatabaseFull           the server's disk is full
    ├── StatementRefused       the database refuses this statement for a reason of its own, such as a host's trigger
    ├── AccessDenied           the server refuses the role, the password or the database
    ├── DatabaseUnsuitable     the server is too old, not in UTF8, behind an undeclared pooler, or another for jobs
    ├── DatabaseOnStandby      the server is a standby, and the URL does not ask for one
    ├── DatabaseNotMigrated    migrations are pending
    ├── DatabaseTooNew         the database was migrated by a newer gapless
    ├── MigrationBlocked       others hold locks that a migration needs, for longer than it waits
    ├── RevisionFailed         PostgreSQL refuses what a revision does; nothing of that transaction was kept
    ├── ClockSkewed            the clock of this machine and the store's clock differ too much
    ├── DatabaseDiffers        the database lacks a rule of the catalogue, or has another one in its place
    └── WrongEventLoop         the application was opened on another event loop
"""

from gapless.kit.errors.data import (
    AuditRecordRequired,
    DeclarationError,
    InvalidValue,
    QueryRefused,
    RuleViolated,
    TenantMismatch,
    UnknownField,
)
from gapless.kit.errors.root import (
    Detail,
    GaplessError,
)
from gapless.kit.errors.rows import (
    InvalidState,
    NotFound,
    RetentionExpired,
    RowUnreadable,
)
from gapless.kit.errors.stores import (
    AccessDenied,
    ClockSkewed,
    DatabaseDiffers,
    DatabaseFull,
    DatabaseNotMigrated,
    DatabaseOnStandby,
    DatabaseTooNew,
    DatabaseUnreachable,
    DatabaseUnsuitable,
    MigrationBlocked,
    PreparedStatementLost,
    RevisionFailed,
    StatementRefused,
    StoreReadOnly,
    StoreUnavailable,
    TooManyConnections,
    WrongEventLoop,
)
from gapless.kit.errors.units import (
    CommitUnknown,
    ConcurrencyConflict,
    DeadlineExceeded,
    SqlUnanswered,
    UnitOfWorkBusy,
    UnitOfWorkClosed,
    UnitOfWorkError,
    UnitOfWorkFailed,
    UnitOfWorkNested,
)

__all__ = [
    "AccessDenied",
    "AuditRecordRequired",
    "ClockSkewed",
    "CommitUnknown",
    "ConcurrencyConflict",
    "DatabaseDiffers",
    "DatabaseFull",
    "DatabaseNotMigrated",
    "DatabaseOnStandby",
    "DatabaseTooNew",
    "DatabaseUnreachable",
    "DatabaseUnsuitable",
    "DeadlineExceeded",
    "DeclarationError",
    "Detail",
    "GaplessError",
    "InvalidState",
    "InvalidValue",
    "MigrationBlocked",
    "NotFound",
    "PreparedStatementLost",
    "QueryRefused",
    "RetentionExpired",
    "RevisionFailed",
    "RowUnreadable",
    "RuleViolated",
    "SqlUnanswered",
    "StatementRefused",
    "StoreReadOnly",
    "StoreUnavailable",
    "TenantMismatch",
    "TooManyConnections",
    "UnitOfWorkBusy",
    "UnitOfWorkClosed",
    "UnitOfWorkError",
    "UnitOfWorkFailed",
    "UnitOfWorkNested",
    "UnknownField",
    "WrongEventLoop",
]
