"""The commit of a unit: the rules that are checked then, in the order of the catalogue."""

from __future__ import annotations

from gapless.adapters.postgres.sql.text import qualified
from gapless.kit import Catalogue
from gapless.kit.object_names import checking_name, numbered_rules


def commit_script(catalogue: Catalogue, schema: str) -> str:
    """The script that commits, after the rules that are checked at commit, in the order of the catalogue.

    Those of the root's row are checked in their order by the server itself, which fires the triggers of one row in the
    order of their names. Of several rows it would take first what was put in question first.

    Args:
        catalogue: the catalogue.
        schema: the PostgreSQL schema of its tables.
    """
    rules = [(number, rule) for number, _, rule in numbered_rules(catalogue.models)]
    if all(catalogue.parent(rule.through).is_root for _, rule in rules):
        return "COMMIT"
    # The order at commit is a promise of both stores (decision 0056).
    names = [qualified(schema, checking_name(number, rule)) for number, rule in rules]
    return "; ".join([*(f"SET CONSTRAINTS {name} IMMEDIATE" for name in names), "COMMIT"])
