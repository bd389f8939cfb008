"""The commit of a unit: the rules that are checked then, in the order of the catalogue."""

from __future__ import annotations

from gapless.adapters.postgres.sql.text import qualified
from gapless.kit import Catalogue, Invariant, Model
from gapless.kit.model import Validated
from gapless.kit.object_names import checking_name, numbered_rules


def commit_script(catalogue: Catalogue, schema: str) -> str:
    """The script that commits, after the rules that are checked at commit, in the order of the catalogue.

    Those of the unit's own root are checked in their order by the server itself, which fires the triggers of one row in
    the order of their names. Of several rows it would take first what was put in question first.

    Args:
        catalogue: the catalogue.
        schema: the PostgreSQL schema of its tables.
    """
    rules = numbered_rules(catalogue.models)
    if all(_is_of_one_row(catalogue, model, rule) for _, model, rule in rules):
        return "COMMIT"
    # The order at commit is a promise of both stores (decision 0056).
    names = [qualified(schema, checking_name(number, rule)) for number, _, rule in rules]
    return "; ".join([*(f"SET CONSTRAINTS {name} IMMEDIATE" for name in names), "COMMIT"])


def _is_of_one_row(catalogue: Catalogue, model: Model[Validated], rule: Invariant) -> bool:
    """Whether all that a unit writes is counted below one row: its own root, and not one to which rows lead across."""
    return catalogue.parent(rule.through).is_root and not catalogue.leads_across(model, rule.through)
