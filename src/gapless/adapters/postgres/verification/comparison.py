"""Compares a database with a catalogue, and gives what is missing or different: the most important first, by rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TypeAlias

import attrs
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from gapless.adapters.postgres.ddl.invariants import recheck_column
from gapless.adapters.postgres.schema.creation import fingerprinted
from gapless.adapters.postgres.sql.fingerprints import fingerprint_in
from gapless.adapters.postgres.sql.interim import is_interim
from gapless.adapters.postgres.sql.objects import DatabaseObject, Function, Marked
from gapless.adapters.postgres.sql.text import quoted
from gapless.adapters.postgres.verification.columns import TABLES, column_differences, table_differences
from gapless.adapters.postgres.verification.differences import Difference, Weight
from gapless.adapters.postgres.verification.found import FoundDatabase, database_of
from gapless.adapters.postgres.verification.objects import found_of, has_part, is_elsewhere, object_differences
from gapless.kit import Catalogue, Model, Revisions, Rule
from gapless.kit.errors import DatabaseDiffers, DatabaseNotMigrated
from gapless.kit.model import Validated

Marks: TypeAlias = tuple[tuple[Marked, str], ...]
Key: TypeAlias = tuple[str, str]
"""The table of the entity that declares a rule, and the rule's name."""
SWITCHED = (Weight.DISABLED, Weight.NOT_VALID)
LEAST_TOGETHER = 2


@attrs.frozen
class Declaration:
    """What a database has to have: the objects of a catalogue in a schema, with their fingerprints.

    If revisions create its tables, the difference of a missing table says how to apply them.
    """

    catalogue: Catalogue
    schema: str
    objects: tuple[DatabaseObject, ...]
    marks: Marks
    revisions: tuple[Revisions, ...]

    @classmethod
    def of(cls, catalogue: Catalogue, schema: str, *revisions: Revisions) -> Declaration:
        """The declaration of a catalogue.

        Raises:
            InvalidValue: the schema has no valid name.
        """
        found = fingerprinted(catalogue, schema)
        marks = tuple((item, mark) for item, mark in found if isinstance(item, Marked))
        return cls(catalogue, schema, tuple(item for item, _ in found), marks, revisions)


async def differences_of(connection: AsyncConnection, declaration: Declaration) -> tuple[Difference, ...]:
    """As `differences_in`, on a connection of our own."""
    return await connection.run_sync(differences_in, declaration)


def differences_in(connection: Connection, declaration: Declaration) -> tuple[Difference, ...]:
    """Compares a database with a declaration, by one query, which writes nothing.

    Whatever others have added is no difference: tables, indexes, triggers, and columns that need no value.

    Args:
        connection: a connection to the database.
        declaration: what the database has to have.

    Returns:
        The differences, the most important first.
    """
    marks = [mark for _, mark in declaration.marks]
    database = database_of(connection, declaration.schema, declaration.objects, marks)
    absent = _absent(database, declaration.marks)
    found = [
        *_settings(database),
        *_of_tables(database, declaration, absent),
        *_of_rules(declaration.catalogue, {key for key in absent if _is_there(database, key[0])}),
        *_of_objects(database, declaration.marks, absent),
        *_left(database, declaration),
    ]
    told = _without_rights(declaration.schema, _without_marks(database, declaration.marks, found))
    return tuple(sorted(told, key=lambda difference: difference.weight))


async def require_same(connection: AsyncConnection, declaration: Declaration) -> None:
    """Refuses a database that does not enforce what a catalogue declares.

    What a revision makes ahead of its last step is no reason: the application goes on meanwhile, and may begin anew.

    Raises:
        DatabaseNotMigrated: a table is missing that the revisions create.
        DatabaseDiffers: the database differs in anything else.
    """
    found = [each for each in await differences_of(connection, declaration) if each.weight is not Weight.LEFT]
    if found and found[0].weight is Weight.MIGRATION:
        raise DatabaseNotMigrated(f"{found[0].sentence[0].upper()}{found[0].sentence[1:]}.")
    if found:
        raise DatabaseDiffers(tuple(difference.sentence for difference in found))


def _settings(database: FoundDatabase) -> Iterator[Difference]:
    role = database.find("setting", "session_replication_role")
    if role is not None and role.facts["value"] == "replica":
        said = "the connection is set to session_replication_role = replica, under which most rules are not enforced"
        yield Difference(Weight.DISABLED, said)


def _left(database: FoundDatabase, declaration: Declaration) -> Iterator[Difference]:
    """What a revision has made ahead of its last step, which refuses what no rule refuses and has no rule's name."""
    for model in declaration.catalogue.models:
        kinds = {name: kind for kind in ("index", "constraint") for name in database.on(kind, model.stored)}
        for name in sorted(filter(is_interim, kinds)):
            said = (
                f"{kinds[name]} {name} of table {model.stored} was made by a revision whose last step was not carried "
                "out: begin that revision again, or drop it if there is no such revision any more"
            )
            yield Difference(Weight.LEFT, said)


def _is_there(database: FoundDatabase, table: str) -> bool:
    found = database.find("table", table)
    return found is not None and found.facts["kind"] in TABLES


def _of_tables(database: FoundDatabase, declaration: Declaration, absent: set[Key]) -> Iterator[Difference]:
    catalogue = declaration.catalogue
    # If a rule is missing altogether, its column of the store is not told once more.
    untold = {recheck_column(rule) for model, rule in catalogue.invariants if _is_untold(database, absent, model, rule)}
    for model in catalogue.models:
        yield from table_differences(database, declaration.schema, declaration.revisions, model)
        if _is_there(database, model.stored):
            yield from column_differences(database, catalogue, model, untold)


def _is_untold(database: FoundDatabase, absent: set[Key], model: Model[Validated], rule: Rule) -> bool:
    return (model.stored, rule.name) in absent or not _is_there(database, model.stored)


def _of_rules(catalogue: Catalogue, absent: set[Key]) -> Iterator[Difference]:
    names = [rule.name for _, rule in catalogue]
    for model, rule in catalogue:
        if (model.stored, rule.name) in absent:
            where = f" for {model.stored}" if names.count(rule.name) > 1 else ""
            yield Difference(Weight.RULE, f"{rule.name} is not in the database{where}", (rule.name,))


def _absent(database: FoundDatabase, declared: Marks) -> set[Key]:
    """The rules of which the database has no object."""
    carriers: dict[Key, list[Marked]] = defaultdict(list)
    for item, _ in declared:
        for rule in item.rules:
            carriers[item.declared_by, rule].append(item)
    return {key for key, objects in carriers.items() if _has_nothing(database, key[1], objects)}


def _has_nothing(database: FoundDatabase, rule: str, carriers: list[Marked]) -> bool:
    own = [item for item in carriers if item.rules == (rule,)]
    return all(_lacks(database, rule, item) for item in own or carriers if own or isinstance(item, Function))


def _lacks(database: FoundDatabase, rule: str, object: Marked) -> bool:
    found = found_of(database, object)
    if found is None:
        return not is_elsewhere(database, object)
    part = dict(object.parts).get(rule) if isinstance(object, Function) else None
    return part is not None and found.facts["source"] is not None and not has_part(found.facts["source"], part)


def _of_objects(database: FoundDatabase, declared: Marks, absent: set[Key]) -> Iterator[Difference]:
    """What is wrong with the objects, without what follows from a missing table or rule."""
    for item, mark in declared:
        gone = [(item.declared_by, rule) in absent for rule in item.rules]
        on = (item.declared_by,) if isinstance(item, Function) else (item.declared_by, item.table)
        if all(_is_there(database, table) for table in on):
            found = object_differences(database, item, mark)
            yield from (difference for difference in found if not _follows(difference, gone))


def _follows(difference: Difference, gone: list[bool]) -> bool:
    """Whether a difference only follows from rules that are missing altogether."""
    if difference.weight in SWITCHED:
        return False
    return bool(gone) and (all(gone) if difference.weight is Weight.MISSING else any(gone))


def _without_rights(schema: str, found: list[Difference]) -> list[Difference]:
    """The differences, with one for all functions that everybody may execute, as after a dump without rights."""
    functions = [difference for difference in found if difference.weight is Weight.EXECUTABLE]
    if len(functions) < LEAST_TOGETHER:
        return found
    said = (
        f"{len(functions)} functions may be executed by everybody, as after a restore without privileges: "
        f"REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {quoted(schema)} FROM PUBLIC"
    )
    return [*(difference for difference in found if difference not in functions), Difference(Weight.EXECUTABLE, said)]


def _without_marks(database: FoundDatabase, declared: Marks, found: list[Difference]) -> list[Difference]:
    """The differences, with one for all objects if none of them has its fingerprint."""
    unmarked = [difference for difference in found if difference.weight is Weight.UNMARKED]
    there = [one for one in (found_of(database, item) for item, _ in declared) if one is not None]
    if len(unmarked) < LEAST_TOGETHER or any(fingerprint_in(one.comment) for one in there):
        return found
    said = (
        f"none of the {len(there)} constraints, indexes, statistics, functions and triggers carries its fingerprint, "
        "so nobody knows what they were made from: an older gapless has made them, or they were restored without "
        "comments, which gapless.postgres.comment_statements gives for this catalogue"
    )
    return [*(difference for difference in found if difference not in unmarked), Difference(Weight.UNMARKED, said)]
