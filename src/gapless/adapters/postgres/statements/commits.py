"""The commit of a unit: the rules that are checked then, in the order of the catalogue."""

from __future__ import annotations

from itertools import groupby

from gapless.adapters.postgres.sql.text import qualified
from gapless.kit import Catalogue
from gapless.kit.object_names import checking_name, numbered_rules


def commit_script(catalogue: Catalogue, schema: str) -> str:
    """The script that commits, after the rules that are checked at commit, in the order of the catalogue.

    Those of one table are checked in their order by the server itself, which fires triggers in the order of their
    names. Of several tables it would take first what was put in question first.

    Args:
        catalogue: the catalogue.
        schema: the PostgreSQL schema of its tables.
    """
    numbered = numbered_rules(catalogue.models)
    rules = [(catalogue.parent(rule.through).table, checking_name(number, rule)) for number, _, rule in numbered]
    groups = [[qualified(schema, name) for _, name in group] for _, group in groupby(rules, lambda pair: pair[0])]
    # The order at commit is a promise of both stores (decision 0056).
    checks = [f"SET CONSTRAINTS {', '.join(names)} IMMEDIATE" for names in groups] if len(groups) > 1 else []
    return "; ".join([*checks, "COMMIT"])
