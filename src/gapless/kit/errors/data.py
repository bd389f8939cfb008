"""Errors about what a caller passed: data that a rule refuses, values of another form, questions without an answer."""

from __future__ import annotations

from gapless.kit.errors.root import Detail, GaplessError
from gapless.kit.plain import shown
from gapless.kit.sources import Source


class RuleViolated(GaplessError):
    """A declared rule refuses the data. The error is the same in the entity, the in-memory store and PostgreSQL.

    `message` and `source` are the rule's own. `detail` says in one sentence what is wrong with the value; it is "" if
    a store refused the data, because a store does not tell.
    """

    code = "rule_violated"

    def __init__(
        self,
        *,
        rule: str,
        entity: str,
        fields: tuple[str, ...],
        message: str,
        source: Source | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(message, fields=fields)
        self.rule = rule
        self.entity = entity
        self.source = source
        self.detail = detail

    def __str__(self) -> str:
        where = f"{self.entity}.{', '.join(self.fields)}" if self.fields else self.entity
        return " ".join(part for part in (f"{self.rule} ({where}):", self.message, self.detail) if part)

    def details(self) -> dict[str, Detail]:
        """The rule's name, its id in the source ("" if it has none), the entity, the fields, and what is wrong."""
        return {
            "rule": self.rule,
            "source": "" if self.source is None else self.source.id,
            "entity": self.entity,
            "fields": list(self.fields),
            "detail": self.detail,
        }


class InvalidValue(GaplessError):
    """A value does not have the form that it must have; `kind` says what was expected."""

    code = "invalid_value"

    def __init__(self, kind: str, message: str, *, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message, fields=fields)
        self.kind = kind

    def details(self) -> dict[str, Detail]:
        """The kind of value that was expected, and the parameters or columns that held another one."""
        return {"kind": self.kind, "fields": list(self.fields)}


class UnknownField(GaplessError):
    """The data names a field that the entity does not have."""

    code = "unknown_field"

    def __init__(self, entity: str, field: str) -> None:
        super().__init__(f"{entity} has no field '{shown(field)}'.", fields=(shown(field),))
        self.entity = entity
        self.field: str = shown(field)

    def details(self) -> dict[str, Detail]:
        """The entity and the field."""
        return {"entity": self.entity, "field": self.field}


class TenantMismatch(GaplessError):
    """A row of one root was given to a unit of work of another root."""

    code = "tenant_mismatch"

    def __init__(self, entity: str) -> None:
        super().__init__(f"This {entity} does not belong to the root of the unit of work.")
        self.entity = entity

    def details(self) -> dict[str, Detail]:
        """The entity."""
        return {"entity": self.entity}


class AuditRecordRequired(GaplessError):
    """A write of an audited entity came without the audit record that says who did what."""

    code = "audit_entry_required"

    def __init__(self, entity: str) -> None:
        super().__init__(f"{entity} is audited: pass an AuditRecord as `audit` with each write.")
        self.entity = entity


class QueryRefused(GaplessError):
    """A query asks for something that the stores do not promise to answer alike."""

    code = "query_refused"

    def details(self) -> dict[str, Detail]:
        """The parameters or columns that the query is refused for, if there are any."""
        return {"fields": list(self.fields)}


class DeclarationError(GaplessError):
    """A rule or an entity is declared in a way that can't be enforced; raised while the declaration is read."""

    code = "declaration_error"
