"""The casting: which entities of a catalogue play the parts that laws ask for.

The laws' own catalogue has entities for every part. Another catalogue may have none for some parts; the laws that ask
for these are not run on it. Whether an entity can play a part is computed from its declaration: see `traits`. Laws that
ask for any entity are run on each catalogue, once for each of its entities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from uuid import uuid4

import attrs

from gapless.kit import Catalogue, Index, OnDelete, PrimaryKey, Reference, Rule, Unique, model_of
from gapless.kit.columns import BigInteger, ColumnType
from gapless.kit.errors import DeclarationError
from gapless.kit.kinds import DataType, EnumMember, Immutable, Required, VersionStep
from gapless.kit.kinds.referenced_columns import asked_of_parent
from gapless.kit.model import Model, Validated
from gapless.testing.counterexamples.attempts import Violation
from gapless.testing.factories import Factories, Sample
from gapless.testing.laws.bookings import Booking
from gapless.testing.laws.catalogue import WORKSPACES
from gapless.testing.laws.entities import AnyEntity, Scenery
from gapless.testing.laws.files import Document, Folder, Stamp
from gapless.testing.laws.lockers import KeyTag, Locker, Rental, Seal
from gapless.testing.laws.members import Member, MemberRole
from gapless.testing.laws.parts import Bookings, Files, Lockers, Plain, Team
from gapless.testing.laws.workspaces import Workspace

OF_EVERY_ENTITY = (Immutable, Index, EnumMember, PrimaryKey, Required, DataType, VersionStep)
"""Kinds of rule that follow from the fields, or refuse nothing: no part depends on them."""
PLAYED: Mapping[str, tuple[type[Validated], ...]] = MappingProxyType(
    {
        "team": (Workspace, Member),
        "files": (Folder, Document, Stamp),
        "bookings": (Booking,),
        "lockers": (Locker, Rental, KeyTag, Seal),
    }
)
"""For each part the entities of the laws' own catalogue, in whose place other entities stand."""
NEEDED_OF_PLAIN = frozenset({"not root", "not audited", "versioned"})


def traits(catalogue: Catalogue, entity: type[Validated]) -> frozenset[str]:
    """What an entity declares that a part may need: how its rows are kept, and which kinds of rule it has."""
    model = catalogue.model(entity)
    kept = {"root": model is catalogue.root, "audited": model.audited, "versioned": model.versioned}
    found = {trait if holds else f"not {trait}" for trait, holds in kept.items()}
    for trait, holds in {
        "hidden": model.soft_deleted is not None,
        "released": model.released is not None,
        "written without an audit record": bool(model.unaudited),
    }.items():
        found |= {trait} if holds else set()
    return frozenset(found | {*_kinds(catalogue, model)})


def _kinds(catalogue: Catalogue, model: Model[Validated]) -> Iterator[str]:
    for rule in model.rules:
        if isinstance(rule, Reference):
            yield _referring(catalogue, model, rule)
        elif not isinstance(rule, OF_EVERY_ENTITY):
            yield type(rule).__name__ + (" of some rows" if isinstance(rule, Unique) and rule.where is not None else "")


def _referring(catalogue: Catalogue, model: Model[Validated], rule: Reference) -> str:
    parent = catalogue.parent(rule)
    if parent is catalogue.root:  # the law about its removal checks what that does
        return "refers to the root"
    return f"refers to {'its own kind' if parent is model else 'another'}: {OnDelete(rule.on_delete).name}"


def needed(part: str) -> tuple[frozenset[str], ...]:
    """What a part needs of each entity that plays it."""
    return (NEEDED_OF_PLAIN,) if part == "plain" else tuple(traits(WORKSPACES, entity) for entity in PLAYED[part])


def lacking(catalogue: Catalogue) -> frozenset[str]:
    """The parts that can't be played in a catalogue, because it lacks an entity for one of the players."""
    there = [traits(catalogue, model.entity) for model in catalogue.models]
    return frozenset(
        part for part in ("plain", *PLAYED) if not all(any(asked <= has for has in there) for asked in needed(part))
    )


@attrs.frozen(kw_only=True, slots=False)
class Casting:
    """A catalogue, and who plays which part in it.

    Attributes:
        name: the name of the catalogue, for messages.
        catalogue: the catalogue; a law may ask for it as for a part.
        team, plain, files, bookings, lockers: the parts; None for a part that can't be played, or isn't.
        samples: for an entity of which no valid row is found, a function that makes one, as for `Factories`.
        written: what breaks the rules of which no violation is derived, as for `attempts`.

    Raises:
        DeclarationError: an entity lacks a field or a declaration that its part needs; the message names it.
    """

    name: str
    catalogue: Catalogue
    team: Team | None = None
    plain: Plain | None = None
    files: Files | None = None
    bookings: Bookings | None = None
    lockers: Lockers | None = None
    samples: Mapping[type, Sample] = attrs.field(default=MappingProxyType({}), repr=False)
    written: tuple[Violation, ...] = attrs.field(default=(), repr=False)

    def __attrs_post_init__(self) -> None:
        if self.plain is not None:
            self._require(self.plain.row, NEEDED_OF_PLAIN, {self.plain.text: ColumnType.TEXT})
        for part, played in PLAYED.items():
            for entity, own in zip(self._players(part), played, strict=False):
                self._require(entity, traits(WORKSPACES, own), self._names(own))

    def parts(self) -> Mapping[str, object]:
        """The parts that there are, by the names of the parameters of laws."""
        found = {name: getattr(self, name) for name in PARTS}
        return {name: part for name, part in found.items() if part is not None}

    @cached_property
    def entities(self) -> tuple[AnyEntity, ...]:
        """The entities of the catalogue, with each of which those laws are tried that ask for any."""
        scenery = Scenery(Factories(self.catalogue, self.samples))
        return tuple(AnyEntity(model=model, scenery=scenery, written=self.written) for model in self.catalogue.models)

    def _players(self, part: str) -> tuple[type[Validated], ...]:
        """The entities that play a part, in the order of `PLAYED`; empty if the part is not played."""
        value = getattr(self, part)
        asked = {
            "team": ("root", "member"),
            "files": ("folder", "document", "stamp"),
            "bookings": ("booking",),
            "lockers": ("locker", "rental", "key_tag", "seal"),
        }
        return () if value is None else tuple(getattr(value, name) for name in asked[part])

    def _names(self, own: type[Validated]) -> dict[str, ColumnType | None]:
        """What laws use of a row in the place of an entity: its fields with their types, and its methods."""
        absent = {entity for part, played in PLAYED.items() if not self._players(part) for entity in played}
        for_absent = _asked(absent) - _asked({model.entity for model in WORKSPACES.models} - absent)
        types = {column.name: column.type for column in model_of(own).columns}
        names = {*types, *(name for name in vars(own) if not name.startswith("_"))}
        return {name: types.get(name) for name in names - for_absent}

    def _require(self, entity: type[Validated], asked: frozenset[str], names: Mapping[str, ColumnType | None]) -> None:
        types = {column.name: column.type for column in self.catalogue.model(entity).columns}
        missing = sorted(asked - traits(self.catalogue, entity))
        missing += sorted(
            name if kind is None else f"{name} ({kind.described})"
            for name, kind in names.items()
            if types.get(name) is not kind or not hasattr(entity, name)
        )
        if missing:
            raise DeclarationError(f"{entity.__name__} can't play its part in {self.name}: it lacks {missing}.")


def _asked(entities: set[type[Validated]]) -> set[str]:
    """The fields of the root that rules of these entities ask for."""
    rules: Iterator[Rule] = (rule for entity in entities for rule in model_of(entity).rules)
    return {column.name for rule in rules for column in asked_of_parent(rule)}


PARTS = tuple(field.name for field in attrs.fields(Casting) if field.name not in {"name", "samples", "written"})
"""The names of the parameters by which laws ask for parts."""
OWN_TEAM = Team(
    root=Workspace,
    member=Member,
    role=MemberRole,
    root_values=lambda: {
        "name": "Acme",
        "slug": f"acme-{uuid4().hex}",
        "team_members_quota": 10,
        "folders_quota": 10,
        "storage_quota": BigInteger(10**6),
    },
    member_values=lambda: {"name": "Ann", "email": f"{uuid4()}@acme.org", "role": MemberRole.OPERATOR},
)
"""The root and its members in the laws' own catalogue."""
OWN = Casting(
    name="workspaces",
    catalogue=WORKSPACES,
    team=OWN_TEAM,
    plain=Plain.of(Folder, text="label", values=lambda: {"name": f"folder {uuid4()}"}),
    files=Files(folder=Folder, document=Document, stamp=Stamp),
    bookings=Bookings(booking=Booking),
    lockers=Lockers(locker=Locker, rental=Rental, key_tag=KeyTag, seal=Seal),
)
"""The laws' own catalogue, in which every part is played."""
