"""Grants the rights that a role needs, read from the catalogue: one profile is for requests, and one for jobs.

See docs/decisions/0031-what-a-role-may-do.md.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from gapless.adapters.postgres.schema.locks import lock_function
from gapless.adapters.postgres.sql.text import checked_role, checked_schema, qualified, quoted, quoted_role
from gapless.kit import Catalogue, Model, Revisions
from gapless.kit.catalogue import require_catalogue
from gapless.kit.columns import Column
from gapless.kit.errors import InvalidValue
from gapless.kit.model import Validated
from gapless.kit.outbox import OutboxEvent
from gapless.kit.plain import plain_text, shown
from gapless.kit.writes import changeable


class Profile(enum.Enum):
    """What a role is used for."""

    REQUESTS = "requests"
    """Every use case that is not a job. Such a role can't remove a root, can't erase values, can't mark an
    root for erasure or lift the mark, and can't deliver events."""
    JOBS = "jobs"
    """Every use case, jobs included: the purge, the relay, marking a root for erasure and lifting the mark,
    and erasing the values of a person from the audit trail."""


def grant_statements(
    catalogue: Catalogue, role: str, profile: Profile, schema: str, revisions: Sequence[Revisions]
) -> list[str]:
    """Writes the statements that grant a role what its profile needs, without semicolons at their ends.

    Every role may read the record of each chain of revisions, because the opening of a store reads them.

    Raises:
        InvalidValue: the schema or the role has no valid name, or `profile` is not a Profile, or `catalogue` is not a
            Catalogue.
    """
    schema, profile = checked_schema(schema), _member(profile)
    to = f"TO {quoted_role(checked_role(role))}"
    tables = [(model, rights(catalogue, model, profile)) for model in require_catalogue("catalogue", catalogue).models]
    records = [f"GRANT SELECT ON {qualified(schema, chain.version_table)} {to}" for chain in revisions]
    return [
        f"GRANT USAGE ON SCHEMA {quoted(schema)} {to}",
        *records,
        *(f"GRANT {', '.join(named)} ON {qualified(schema, model.stored)} {to}" for model, named in tables),
        *(f"GRANT EXECUTE ON {lock_function(schema, root).target} {to}" for root in catalogue.roots),
    ]


def _member(profile: object) -> Profile:
    """The profile, or the profile of that text; any other value is refused, so that it grants nothing by mistake."""
    found = next((each for each in Profile if each is profile or each.value == plain_text(profile)), None)
    if found is None:
        raise InvalidValue(
            "profile",
            f"profile is Profile.REQUESTS or Profile.JOBS, not {shown(profile)!r}.",
            fields=("profile",),
        )
    return found


def rights(catalogue: Catalogue, model: Model[Validated], profile: Profile) -> tuple[str, ...]:
    """The rights of a profile to the table of an entity, in SQL's words, with the columns that it may write."""
    is_job = profile is Profile.JOBS
    erasable = () if model.append_only is None else model.append_only.erasable
    erased = (f"UPDATE {_listed(erasable)}",) if erasable and is_job else ()
    if model.entity in catalogue.archives:
        return "SELECT", *erased  # the function that moves rows there has its owner's rights
    added = f"INSERT {_listed(model.given)}"  # the store fills the other columns
    if model.append_only is not None:
        return "SELECT", added, *erased
    if model.entity in catalogue.erasures and not is_job:
        return ("SELECT",)
    # Only triggers write the columns by which rules are checked, with the rights of their owner (decision 0031).
    changed = (f"UPDATE {_listed(columns)}",) if (columns := changeable(model)) else ()
    if model.entity is OutboxEvent and not is_job:
        return "SELECT", added
    if model in catalogue.roots and not is_job:
        return "SELECT", added, *changed
    return "SELECT", added, *changed, "DELETE"


def _listed(columns: tuple[Column, ...]) -> str:
    return f"({', '.join(quoted(column.stored) for column in columns)})"
