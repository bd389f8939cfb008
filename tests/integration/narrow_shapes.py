"""A catalogue in which rows meet easily: few values, references that are unique, ranges in a month, rival limits."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime
from typing import NewType
from uuid import UUID

import attrs

from gapless.domain.organizations import OrganizationId
from gapless.kit import (
    AdmissionGuard,
    AppendOnly,
    AtLeastOne,
    AtMost,
    AuditedEntity,
    Catalogue,
    Check,
    Entity,
    Exclusion,
    OnDelete,
    Reference,
    Rule,
    Transition,
    Unique,
    all_of,
    any_of,
    between,
    is_null,
    length,
    matches,
    negate,
    nullable,
    predicate,
    previous,
    row,
    rules_of,
    soft_deletion_rules,
)
from gapless.kit.audit import archive_rules, audit_rules, erasure_rules
from gapless.kit.commands import processed_command_rules
from gapless.kit.ids import DeletionId, UserId
from gapless.kit.outbox import outbox_rules

NodeId = NewType("NodeId", UUID)
CrewId = NewType("CrewId", UUID)


class Side(enum.Enum):
    """Few members, of which a root has one row each."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


@attrs.frozen(kw_only=True, slots=True)
class Ship(AuditedEntity):
    """A root that can be deleted, with a short code that live ones don't share."""

    id: OrganizationId
    created_at: datetime
    code: str
    berths: int = 2
    is_deleted: bool = False
    deleted_at: datetime | None = None
    deleted_by: UserId | None = None
    deletion_id: DeletionId | None = None
    version: int = 0

    @predicate
    def is_live(self) -> bool:
        """Not deleted."""
        return negate(self.is_deleted)


@rules_of(Ship, "ships", root=True, soft_deleted=lambda ship: ship.is_deleted)
def ship_rules(ship: Ship) -> Iterator[Rule]:
    """What holds for ships."""
    yield Check("ships_code_form", "A code is two capitals and two digits.", matches(ship.code, "[A-Z]{2}[0-9]{2}"))
    yield Unique("ships_code_unique", "Another ship has this code.", ship.code, where=ship.is_live)
    yield Check("ships_berths_range", "There are few berths.", between(ship.berths, 0, 50))
    yield from soft_deletion_rules(ship, "ships")


@attrs.frozen(kw_only=True, slots=True)
class Sailor(AuditedEntity):
    """A member, of whom one is captain while the ship is live."""

    ship_id: OrganizationId
    id: UserId
    created_at: datetime
    berth: int
    is_captain: bool = False
    by_night: bool = False
    version: int = 0


@rules_of(Sailor, "sailors", belongs_to=lambda sailor: sailor.ship_id)
def sailor_rules(sailor: Sailor) -> Iterator[Rule]:
    """What holds for sailors: a captain, and one of twelve berths each."""
    home = Reference("sailors_home", "A sailor has a ship.", sailor.ship_id, Ship, OnDelete.CASCADE)
    yield home
    yield Check("sailors_berth_range", "There are twelve berths.", between(sailor.berth, 1, 12))
    yield Unique("sailors_berth_unique", "This berth is taken.", (sailor.ship_id, sailor.berth))
    yield Transition("sailors_berth_up", "Nobody goes down.", sailor.berth >= previous(sailor).berth)
    yield AdmissionGuard("sailors_enter", "Nobody enters.", home, row(Ship).is_live)
    yield AtLeastOne("sailors_captain", "A captain.", home, of=sailor.is_captain, while_parent=row(Ship).is_live)
    night_captain = all_of(sailor.is_captain, sailor.by_night)
    yield AtMost("sailors_night_captains", "One captain by night.", home, of=night_captain, limit=1)
    yield AtMost("sailors_captains", "Two captains at most.", home, of=sailor.is_captain, limit=2)


@attrs.frozen(kw_only=True, slots=True)
class Crew(Entity):
    """A parent, of which there is one for each side."""

    ship_id: OrganizationId
    id: CrewId
    created_at: datetime
    side: Side = Side.LEFT
    is_night: bool = False
    version: int = 0


@rules_of(Crew, "crews", belongs_to=lambda crew: crew.ship_id)
def crew_rules(crew: Crew) -> Iterator[Rule]:
    """What holds for crews: one for each side, by night and by day."""
    home = Reference("crews_home", "A crew has a ship.", crew.ship_id, Ship, OnDelete.CASCADE)
    yield home
    yield Unique("crews_side_unique", "There is such a crew.", (crew.ship_id, crew.side, crew.is_night))
    yield AtMost("crews_most", "Two crews by night.", home, of=crew.is_night, limit=2)


@attrs.frozen(kw_only=True, slots=True)
class Node(Entity):
    """A tree: one top, and short names that nodes beside each other don't share."""

    ship_id: OrganizationId
    id: NodeId
    created_at: datetime
    parent_id: NodeId | None = None
    is_top: bool = True
    name: str
    version: int = 0


@rules_of(Node, "nodes", belongs_to=lambda node: node.ship_id)
def node_rules(node: Node) -> Iterator[Rule]:
    """What holds for nodes."""
    home = Reference("nodes_home", "A node has a ship.", node.ship_id, Ship, OnDelete.CASCADE)
    yield home
    has_parent = negate(is_null(node.parent_id))
    top, below = all_of(node.is_top, negate(has_parent)), all_of(negate(node.is_top), has_parent)
    yield Check("nodes_top", "The top has no parent.", any_of(top, below))
    yield Check("nodes_name_length", "A name has one or two characters.", between(length(node.name), 1, 2))
    yield Reference("nodes_parent", "P.", (node.ship_id, node.parent_id), Node, OnDelete.RESTRICT)
    yield Unique("nodes_name_unique", "N.", (node.ship_id, node.parent_id, node.name))
    yield Unique("nodes_top_name", "T.", (node.ship_id, node.name), where=is_null(node.parent_id))
    yield Transition("nodes_name_stays", "A node keeps its name.", node.name == previous(node).name)
    yield AtMost("nodes_tops", "One top.", home, of=node.is_top, limit=1)


@attrs.frozen(kw_only=True, slots=True)
class Duty(Entity):
    """Joins two others by its key, and one of each crew leads."""

    ship_id: OrganizationId
    sailor_id: UserId
    crew_id: CrewId
    created_at: datetime
    leads: bool = False
    version: int = 0


@rules_of(Duty, "duties", belongs_to=lambda duty: duty.ship_id, key=("ship_id", "sailor_id", "crew_id"))
def duty_rules(duty: Duty) -> Iterator[Rule]:
    """What holds for duties."""
    home = Reference("duties_home", "A duty has a ship.", duty.ship_id, Ship, OnDelete.CASCADE)
    yield home
    yield Reference("duties_sailor", "S.", (duty.ship_id, duty.sailor_id), Sailor, OnDelete.CASCADE)
    yield Reference("duties_crew", "C.", (duty.ship_id, duty.crew_id), Crew, OnDelete.CASCADE)
    yield AtMost("duties_leading", "Two lead.", home, of=duty.leads, limit=2)
    yield Unique("duties_one_leads", "Somebody leads.", (duty.ship_id, duty.crew_id), where=duty.leads)


@attrs.frozen(kw_only=True, slots=True)
class Log(Entity):
    """Joins two others by its key, and never changes."""

    ship_id: OrganizationId
    sailor_id: UserId
    node_id: NodeId
    created_at: datetime
    note: str = "seen"


@rules_of(Log, "logs", belongs_to=lambda log: log.ship_id, key=("ship_id", "sailor_id", "node_id"))
def log_rules(log: Log) -> Iterator[Rule]:
    """What holds for logs."""
    home = Reference("logs_home", "A log has a ship.", log.ship_id, Ship, OnDelete.CASCADE)
    yield home
    yield Reference("logs_sailor", "S.", (log.ship_id, log.sailor_id), Sailor, OnDelete.CASCADE)
    yield Reference("logs_node", "N.", (log.ship_id, log.node_id), Node, OnDelete.CASCADE)
    yield Check("logs_note_length", "A note is short.", length(log.note) <= 20)
    yield AppendOnly("logs_append_only", "A log stays.", home)
    yield AtMost("logs_most", "Three logs say stop.", home, of=log.note == "stop", limit=3)


@attrs.frozen(kw_only=True, slots=True)
class Leaf(Entity):
    """Of one node, and after one other leaf."""

    ship_id: OrganizationId
    id: UUID
    created_at: datetime
    before_id: UUID | None = None
    node_id: NodeId
    version: int = 0


@rules_of(Leaf, "leaves", belongs_to=lambda leaf: leaf.ship_id)
def leaf_rules(leaf: Leaf) -> Iterator[Rule]:
    """What holds for leaves: each is of one node, after one other, and the first is there."""
    home = Reference("leaves_home", "A leaf has a ship.", leaf.ship_id, Ship, OnDelete.CASCADE)
    yield home
    yield Reference("leaves_node", "N.", (leaf.ship_id, leaf.node_id), Node, OnDelete.CASCADE)
    yield Reference("leaves_before", "B.", (leaf.ship_id, leaf.before_id), Leaf, OnDelete.SET_NULL)
    yield Unique("leaves_node_unique", "N.", (leaf.ship_id, leaf.node_id))
    yield Unique("leaves_before_unique", "B.", (leaf.ship_id, leaf.before_id))
    yield AtLeastOne("leaves_first", "One is first.", home, of=is_null(leaf.before_id), while_parent=row(Ship).is_live)
    yield AtMost("leaves_later", "Three follow.", home, of=negate(is_null(leaf.before_id)), limit=3)


@attrs.frozen(kw_only=True, slots=True)
class Profile(Entity):
    """Of one sailor, with another one beside; the third of a chain."""

    ship_id: OrganizationId
    id: UUID
    created_at: datetime
    sailor_id: UserId
    deputy_id: UserId | None = None
    leaf_id: UUID | None = None
    is_main: bool = False
    version: int = 0


@rules_of(Profile, "profiles", belongs_to=lambda profile: profile.ship_id)
def profile_rules(profile: Profile) -> Iterator[Rule]:
    """What holds for profiles: one for each sailor, nobody is his own deputy, and rival limits."""
    home = Reference("profiles_home", "A profile has a ship.", profile.ship_id, Ship, OnDelete.CASCADE)
    yield home
    yield Reference("profiles_sailor", "S.", (profile.ship_id, profile.sailor_id), Sailor, OnDelete.RESTRICT)
    yield Reference("profiles_deputy", "D.", (profile.ship_id, profile.deputy_id), Sailor, OnDelete.SET_NULL)
    yield Reference("profiles_leaf", "L.", (profile.ship_id, profile.leaf_id), Leaf, OnDelete.CASCADE)
    yield Check("profiles_other", "O.", nullable(profile.deputy_id) != profile.sailor_id)
    yield Check("profiles_main_leaf", "M.", any_of(negate(profile.is_main), negate(is_null(profile.leaf_id))))
    yield Unique("profiles_sailor_unique", "S.", (profile.ship_id, profile.sailor_id))
    yield Unique("profiles_leaf_unique", "L.", (profile.ship_id, profile.leaf_id))
    has_deputy = negate(is_null(profile.deputy_id))
    yield AtMost("profiles_deputies", "Three have a deputy.", home, of=has_deputy, limit=3)
    yield AtMost("profiles_main", "M.", home, of=all_of(profile.is_main, is_null(profile.deputy_id)), limit=2)
    yield AtMost(
        "profiles_written",
        "W.",
        home,
        of=negate(is_null(profile.leaf_id)),
        limit=row(Ship).berths,
        while_parent=row(Ship).berths < 3,
    )
    before = previous(profile)
    yield Transition("profiles_deputy_stays", "D.", nullable(profile.deputy_id) == nullable(before.deputy_id))


@attrs.frozen(kw_only=True, slots=True)
class Watch(Entity):
    """Days of a month that no two share, and a span of time beside a sailor; nobody refers to it but itself."""

    ship_id: OrganizationId
    id: UUID
    created_at: datetime
    sailor_id: UserId | None = None
    relieves_id: UUID | None = None
    first: int = 1
    last: int = 2
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    version: int = 0


@rules_of(Watch, "watches", belongs_to=lambda watch: watch.ship_id)
def watch_rules(watch: Watch) -> Iterator[Rule]:
    """What holds for watches."""
    home = Reference("watches_home", "A watch has a ship.", watch.ship_id, Ship, OnDelete.CASCADE)
    yield home
    has_sailor = negate(is_null(watch.sailor_id))
    yield Reference("watches_sailor", "S.", (watch.ship_id, watch.sailor_id), Sailor, OnDelete.RESTRICT)
    yield Reference("watches_after", "A.", (watch.ship_id, watch.relieves_id), Watch, OnDelete.SET_NULL)
    yield Check(
        "watches_after_sailor", "Who has one before has a sailor.", any_of(is_null(watch.relieves_id), has_sailor)
    )
    yield AtMost("watches_later", "Two come after others.", home, of=negate(is_null(watch.relieves_id)), limit=2)
    yield Check("watches_first_range", "A month.", between(watch.first, 1, 31))
    yield Check("watches_order", "O.", watch.first <= watch.last)
    yield Check("watches_times", "T.", nullable(watch.begins_at) <= nullable(watch.ends_at))
    yield Exclusion("watches_days_free", "D.", watch.ship_id, start=watch.first, end=watch.last)
    yield Exclusion(
        "watches_sailor_free",
        "F.",
        (watch.ship_id, watch.sailor_id),
        start=watch.begins_at,
        end=watch.ends_at,
    )
    yield AtMost("watches_most", "Four have a sailor.", home, of=has_sailor, limit=4)


@attrs.frozen(kw_only=True, slots=True)
class Slot(Entity):
    """One above another, of few places, codes and sides, that rules count and tell apart at the same time."""

    ship_id: OrganizationId
    id: UUID
    created_at: datetime
    above_id: UUID | None = None
    place: int
    code: str
    side: Side = Side.LEFT
    is_open: bool = False
    first: int = 1
    last: int = 2
    version: int = 0


@rules_of(Slot, "slots", belongs_to=lambda slot: slot.ship_id)
def slot_rules(slot: Slot) -> Iterator[Rule]:
    """What holds for slots: one is high, few are open or lowest, and no two on one side are open."""
    home = Reference("slots_home", "A slot has a ship.", slot.ship_id, Ship, OnDelete.CASCADE)
    yield home
    yield Reference("slots_above", "A.", (slot.ship_id, slot.above_id), Slot, OnDelete.RESTRICT)
    yield Check("slots_place_range", "Nine places.", between(slot.place, 1, 9))
    yield Check("slots_code_form", "A code is of two letters.", matches(slot.code, "[a-c]{2}"))
    yield Check("slots_first_range", "A month.", between(slot.first, 1, 31))
    yield Check("slots_order", "O.", slot.first <= slot.last)
    yield Unique("slots_place_unique", "P.", (slot.ship_id, slot.place))
    yield Unique("slots_code_unique", "C.", (slot.ship_id, slot.code, slot.is_open))
    yield Unique("slots_side_open", "S.", (slot.ship_id, slot.side), where=slot.is_open)
    yield Exclusion("slots_free", "F.", (slot.ship_id, slot.above_id), start=slot.first, end=slot.last)
    yield AtLeastOne("slots_high", "One is high.", home, of=slot.place > 6, while_parent=row(Ship).is_live)
    yield AtMost("slots_open", "Two are open.", home, of=slot.is_open, limit=2)
    yield AtMost("slots_lowest", "Three are lowest.", home, of=is_null(slot.above_id), limit=3)


_BASE = Catalogue(()) + ship_rules + sailor_rules
_PARTS = _BASE + erasure_rules + archive_rules + audit_rules + outbox_rules
_SETS = _PARTS + processed_command_rules + crew_rules + node_rules + duty_rules + log_rules
NARROW = _SETS + leaf_rules + profile_rules + watch_rules + slot_rules
"""The catalogue of these, of a service of its own."""
