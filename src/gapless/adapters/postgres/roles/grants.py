"""The rights that a role needs, read from the catalogue: one profile for requests, and one for jobs.

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
    """What a role is for."""

    REQUESTS = "requests"
    """Every use case that is no job. It removes no organization, erases nothing and lifts no mark for it, and delivers
    no event."""
    JOBS = "jobs"
    """All of that, and what REQUESTS may not: the purge, the relay, marking for erasure and lifting it, and taking the
    values of a person out of the trail."""


def grant_statements(
    catalogue: Catalogue, role: str, profile: Profile, schema: str, revisions: Sequence[Revisions]
) -> list[str]:
    """The statements that grant a role what its profile needs, one each, without semicolons.

    Who opens a store reads the record of each chain of its revisions.

    Raises:
        InvalidValue: no schema can have that name, or no role; or there is no such profile, or no catalogue.
    """
    schema, profile = checked_schema(schema), _member(profile)
    to = f"TO {quoted_role(checked_role(role))}"
    tables = [(model, rights(catalogue, model, profile)) for model in require_catalogue("catalogue", catalogue).models]
    records = [f"GRANT SELECT ON {qualified(schema, chain.version_table)} {to}" for chain in revisions]
    return [
        f"GRANT USAGE ON SCHEMA {quoted(schema)} {to}",
        *records,
        *(f"GRANT {', '.join(named)} ON {qualified(schema, model.table)} {to}" for model, named in tables),
        *(f"GRANT EXECUTE ON {lock_function(schema, root).target} {to}" for root in catalogue.roots),
    ]


def _member(profile: object) -> Profile:
    """The profile, also of its text: what is taken for one that it is not would grant what nobody has asked for."""
    found = next((each for each in Profile if each is profile or each.value == plain_text(profile)), None)
    if found is None:
        raise InvalidValue(
            "profile",
            f"profile is Profile.REQUESTS or Profile.JOBS, not {shown(profile)!r}.",
            fields=("profile",),
        )
    return found


def rights(catalogue: Catalogue, model: Model[Validated], profile: Profile) -> tuple[str, ...]:
    """What a profile may do to the table of an entity, in SQL's words, with the columns that it may write."""
    is_job = profile is Profile.JOBS
    erasable = () if model.append_only is None else model.append_only.erasable
    erased = (f"UPDATE {_listed(erasable)}",) if erasable and is_job else ()
    if model.entity in catalogue.archives:
        return "SELECT", *erased  # what moves rows there has its owner's rights
    added = f"INSERT {_listed(model.given)}"  # not what the store fills
    if model.append_only is not None:
        return "SELECT", added, *erased
    if model.entity in catalogue.erasures and not is_job:
        return ("SELECT",)
    # Not the columns by which the rules are checked: those are written by the triggers, with their owner's rights.
    changed = (f"UPDATE {_listed(columns)}",) if (columns := changeable(model)) else ()
    if model.entity is OutboxEvent and not is_job:
        return "SELECT", added
    if model in catalogue.roots and not is_job:
        return "SELECT", added, *changed
    return "SELECT", added, *changed, "DELETE"


def _listed(columns: tuple[Column, ...]) -> str:
    return f"({', '.join(quoted(column.name) for column in columns)})"
