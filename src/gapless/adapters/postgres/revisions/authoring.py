"""Writes the next revision of a chain, from what the last one has made and what the catalogue declares now."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import attrs

from gapless.adapters.postgres.migrations.chain import is_revision_name, revision_name
from gapless.adapters.postgres.migrations.frozen_sql import checked_sentence, text_of
from gapless.adapters.postgres.revisions import description_file
from gapless.adapters.postgres.revisions.changes import Changes, changes_between
from gapless.adapters.postgres.revisions.description import Description, described
from gapless.adapters.postgres.revisions.fills import fills_of
from gapless.adapters.postgres.revisions.renames import Renames
from gapless.adapters.postgres.revisions.revision_folder import RevisionFolder, WrittenRevision
from gapless.adapters.postgres.revisions.steps import steps_of
from gapless.adapters.postgres.revisions.summary import summary
from gapless.kit import Catalogue, Invariant
from gapless.kit.errors import DeclarationError, InvalidValue
from gapless.kit.plain import is_of, kind_of, plain_text, shown

EMPTY = Description((), (), ())


def _by_name(decided: Mapping[str, str]) -> dict[str, str]:
    if not is_of(decided, Mapping) or not all(plain_text(name) and plain_text(decided[name]) for name in decided):
        said = f"Decisions are texts by names, as in {{'rooms': 'wards'}}, not {shown(decided)}."
        raise InvalidValue("decisions", said, fields=("decisions",))
    return {str.__str__(name): str.__str__(text) for name, text in decided.items()}


def _named(decided: Collection[str]) -> frozenset[str]:
    if not is_of(decided, (tuple, list, set, frozenset)) or not all(plain_text(name) for name in decided):
        said = f"Decisions are names in a set, as in {{'rooms'}}, not {shown(decided)}."
        raise InvalidValue("decisions", said, fields=("decisions",))
    return frozenset(map(str.__str__, decided))


@attrs.frozen(kw_only=True)
class Decisions:
    """What an author decides, because no difference shows it.

    Attributes:
        renames: the new names of tables and columns by their old ones: `{"rooms": "wards", "rooms.no": "number"}`.
        drops: the tables and columns that go with what is in them: `{"beds", "visits.room"}`.
        fills: expressions of SQL for columns that rows need a value in: `{"visits.room": "'A'"}`.
        tolerated: the rules that count which rows may break that are there: a write is refused if it makes that worse.

    Raises:
        InvalidValue: one of these is something else.
    """

    renames: Mapping[str, str] = attrs.field(factory=dict, converter=_by_name)
    drops: Collection[str] = attrs.field(default=(), converter=_named)
    fills: Mapping[str, str] = attrs.field(factory=dict, converter=_by_name)
    tolerated: Collection[str] = attrs.field(default=(), converter=_named)


def next_revision(
    folder: RevisionFolder, service: str | None, sentence: str | None, decisions: Decisions, *, online: bool
) -> WrittenRevision | None:
    """The next revision; None if the catalogue is what the last one has made.

    Args:
        folder: where it is written.
        service: the name of the first revision without its number; None for a later one.
        sentence: what the revision does; None if it says so itself.
        decisions: what the author decides.
        online: whether what takes long goes ahead in steps of its own, while others read and write.

    Raises:
        InvalidValue: something is decided that does not fit the difference.
        DeclarationError: something is not decided that has to be; or the last revision has no description.
    """
    _require_decisions(decisions)
    said = None if sentence is None else checked_sentence(sentence)
    names, after = folder.names, described(folder.catalogue, folder.beyond)
    name = _next_name(names, service)
    before = _before(folder)
    changes = _changes(before, after, decisions)
    if not changes:
        _require_nothing(decisions)
        return None
    _require_dropped(changes, decisions.drops)
    fills = fills_of(changes, folder.catalogue, decisions.fills)
    changes = _without(changes, folder.catalogue, decisions.tolerated)
    said = summary(changes, before, after) if said is None else said
    steps = steps_of(changes, after, fills, online=online)
    return WrittenRevision(name, said, text_of(said, steps), description_file.to_text(after))


def _require_decisions(decisions: object) -> None:
    if not is_of(decisions, Decisions):
        said = f"`decisions` are Decisions(renames=…), not {kind_of(decisions)}."
        raise InvalidValue("decisions", said, fields=("decisions",))


def is_due(folder: RevisionFolder) -> bool:
    """Whether the catalogue is other than what the last revision has made, whatever has to be decided.

    Raises:
        DeclarationError: the last revision has no description; or the key of a table has changed.
    """
    return bool(_changes(_before(folder), described(folder.catalogue, folder.beyond), Decisions()))


def missing_description(folder: RevisionFolder) -> tuple[str, str]:
    """The name of the newest revision, and the text of the description that it lacks: that of the catalogue.

    Raises:
        DeclarationError: there is no revision, or it has a description.
    """
    if not folder.names:
        raise DeclarationError(f"{folder.whose} has no revision that could be described.")
    name = folder.names[-1]
    if folder.description_of(name) is not None:
        raise DeclarationError(f"{name} has a description, {name}{description_file.SUFFIX}: it is written once.")
    return name, description_file.to_text(described(folder.catalogue, folder.beyond))


def _before(folder: RevisionFolder) -> Description:
    """What the last revision has made; nothing if there is none."""
    if not folder.names:
        return EMPTY
    name = folder.names[-1]
    text, file = folder.description_of(name), f"{name}{description_file.SUFFIX}"
    if text is None:
        raise DeclarationError(
            f"{name} has no description, {file}, from which the next revision follows: go back to the catalogue that "
            "it was written from, ask `gapless check` whether a database is the same, and write the description there "
            "with `gapless revision --describe`."
        )
    return description_file.from_text(file, text)


def _changes(before: Description, after: Description, decisions: Decisions) -> Changes:
    filled = {t.name for t in after.tables if any(f"{t.name}.{column.name}" in decisions.fills for column in t.columns)}
    return changes_between(before, after, Renames.stated(decisions.renames, before, after), filled)


def _require_nothing(decisions: Decisions) -> None:
    for given in (decisions.renames, decisions.drops, decisions.fills, decisions.tolerated):
        for name in given:
            said = f"{name} is decided upon, and the catalogue has not changed since the last revision."
            raise InvalidValue("decisions", said, fields=("decisions",))


def _require_dropped(changes: Changes, drops: Collection[str]) -> None:
    """Refuses to lose what rows hold without a word, and words about what is not lost."""
    going = [*changes.dropped_tables]
    for changed in changes.tables:
        table, _ = changes.renames.before(changed.table.name)
        going += [f"{table}.{column.name}" for column in changed.dropped if not column.store_owned]
    for name in going:
        if name not in drops:
            raise DeclarationError(
                f"{name} is no longer in the catalogue, and what is in it would be lost: state --drop {name}, or "
                f"--rename {name}=… if it is there under another name."
            )
    for name in drops:
        if name not in going:
            raise InvalidValue(
                "drops", f"{name} does not go: it is in the catalogue, or was not there.", fields=("drops",)
            )


def _without(changes: Changes, catalogue: Catalogue, tolerated: Collection[str]) -> Changes:
    """The changes without the question whether rows break rules of which that is decided."""
    counting = {rule.name for _, rule in catalogue if isinstance(rule, Invariant)}
    asked = {rule.name for rule in changes.asked} & counting
    for name in tolerated:
        if name not in asked:
            said = f"{name} is no rule that counts (AtMost, AtLeastOne) and is new or other: no row is asked about it."
            raise InvalidValue("tolerated", said, fields=("tolerated",))
    return attrs.evolve(changes, asked=tuple(rule for rule in changes.asked if rule.name not in tolerated))


def _next_name(names: list[str], service: str | None) -> str:
    if not names and service is None:
        raise InvalidValue(
            "service", "The first revision has a name: --service desk for desk_0001.", fields=("service",)
        )
    if names:
        if service is not None:
            said = f"The revisions are called {names[0]} and so on: only the first one is given a name."
            raise InvalidValue("service", said, fields=("service",))
        stem, _, number = names[-1].rpartition("_")
        return revision_name(stem, int(number) + 1)
    if not is_revision_name(name := revision_name(shown(service), 1)):
        said = f"'{shown(service)}' is no name for revisions: use lower-case letters, digits and underscores, and few."
        raise InvalidValue("service", said, fields=("service",))
    return name
