"""What the rules over many rows say of organizations and users, in a page of Python: the model for the triggers."""

from collections.abc import Iterable
from typing import Self

import attrs
from hypothesis import strategies as st

ORGANIZATIONS = range(3)
USERS = range(5)


@attrs.frozen
class Member:
    """A user, in the organization where it is now."""

    home: int
    role: str
    is_active: bool
    is_deleted: bool

    def changed(self, field: str, value: object) -> "Member":
        """The user with one field replaced."""
        values = {"home": self.home, "role": self.role, "is_active": self.is_active, "is_deleted": self.is_deleted}
        return Member(**{**values, field: value})  # type: ignore[arg-type]  # the steps pair fields with their values

    @property
    def takes_seat(self) -> bool:
        """Whether the user is active and not deleted."""
        return self.is_active and not self.is_deleted

    @property
    def is_owner(self) -> bool:
        """Whether the user is an owner who can act."""
        return self.role == "OWNER" and self.takes_seat


class Refused(Exception):
    """A rule that is checked at the write refuses a statement."""


@attrs.define
class World:
    """The rows as a transaction sees them, and which rules are in question for which organization."""

    homes: dict[int, tuple[bool, int]] = attrs.field(factory=dict)
    members: dict[int, Member] = attrs.field(factory=dict)
    pending: set[tuple[str, int]] = attrs.field(factory=set)

    def copy(self) -> Self:
        """The same rows, independent of these."""
        return attrs.evolve(self, homes=dict(self.homes), members=dict(self.members), pending=set(self.pending))

    def write(self, changed: dict[int, Member | None]) -> None:
        """One statement that gives users these values; None removes one.

        Raises:
            Refused: somebody enters a deleted organization, or moves to another one.
        """
        for user, after in changed.items():
            before = self.members.get(user)
            if before and after and before.home != after.home:
                raise Refused
            if after and self.homes[after.home][0] and (before is None or not after.is_deleted):
                stayed = before is not None and before.home == after.home and not before.is_deleted
                if not stayed:
                    raise Refused
            self._arm(before, after)
        for user, after in changed.items():
            if after is None:
                del self.members[user]
            else:
                self.members[user] = after

    def _arm(self, before: Member | None, after: Member | None) -> None:
        same_home = before is not None and after is not None and before.home == after.home
        if before and before.is_owner and not (same_home and after and after.is_owner):
            self.pending.add(("last_owner", before.home))
        if after and after.takes_seat and not (same_home and before and before.takes_seat):
            self.pending.add(("team_members_quota", after.home))

    def broken(self) -> list[tuple[str, int]]:
        """The pending rules that do not hold, in the order of the catalogue."""
        return [(rule, home) for rule, home in sorted(self.pending) if home in self.homes and self._breaks(rule, home)]

    def _breaks(self, rule: str, home: int) -> bool:
        is_deleted, seats = self.homes[home]
        inside = [member for member in self.members.values() if member.home == home]
        if rule == "last_owner":
            return not is_deleted and not any(member.is_owner for member in inside)
        return sum(member.takes_seat for member in inside) > seats


@attrs.frozen
class Step:
    """One statement of a transaction: what it does, to whom, and with which value."""

    kind: str
    whom: tuple[int, ...]
    home: int
    value: object

    def apply(self, world: World) -> None:
        """Does to the model what `statement` does to the database.

        Raises:
            Refused: a rule that is checked at the write refuses it.
        """
        if self.kind in ("role", "is_active", "is_deleted"):
            found = {user: world.members[user] for user in self.whom if user in world.members}
            world.write({user: member.changed(self.kind, self.value) for user, member in found.items()})
        elif self.kind == "move":
            world.write({user: attrs.evolve(world.members[user], home=self.home) for user in self.present(world)})
        elif self.kind == "remove":
            world.write(dict.fromkeys(self.present(world)))
        elif self.kind == "add":
            new = [user for user in self.whom if user not in world.members]
            role, is_active = ("OWNER", "ADMIN")[int(bool(self.value))], self.home != 0
            world.write({user: Member(self.home, role, is_active, is_deleted=False) for user in new})
        else:
            self._apply_to_home(world)

    def _apply_to_home(self, world: World) -> None:
        is_deleted, seats = world.homes.get(self.home, (False, 0))
        if self.kind == "quota":
            world.homes[self.home] = (is_deleted, int(bool(self.value)) + 1)
        elif self.kind == "delete home":
            world.homes[self.home] = (True, seats)
        elif self.kind == "restore home":
            world.homes[self.home] = (False, seats)
            if is_deleted:
                world.pending.add(("last_owner", self.home))
        elif self.kind == "remove home":
            del world.homes[self.home]
            world.members = {user: member for user, member in world.members.items() if member.home != self.home}
            world.pending = {(rule, home) for rule, home in world.pending if home != self.home}
        elif self.kind == "add home":
            world.homes[self.home] = (False, 2)
            world.pending.add(("last_owner", self.home))

    def present(self, world: World) -> Iterable[int]:
        """The users concerned who are there."""
        return [user for user in self.whom if user in world.members]

    def makes_sense(self, world: World) -> bool:
        """Whether the step's organization is there (or, for one that is added, is not)."""
        if self.kind in ("role", "is_active", "is_deleted", "remove"):
            return True
        return (self.home in world.homes) is (self.kind != "add home")


def steps() -> st.SearchStrategy[Step]:
    """Statements, more often of the kinds that put rules in question."""
    whom = st.lists(st.sampled_from(USERS), min_size=1, max_size=4, unique=True).map(tuple)
    home = st.sampled_from(ORGANIZATIONS)
    plain = st.builds(
        Step,
        st.sampled_from(
            ["add", "add", "move", "remove", "quota", "delete home", "restore home", "remove home", "add home"]
        ),
        whom,
        home,
        st.booleans(),
    )
    roles = st.builds(Step, st.just("role"), whom, home, st.sampled_from(["OWNER", "ADMIN"]))
    marks = st.builds(Step, st.sampled_from(["is_active", "is_deleted"]), whom, home, st.booleans())
    return st.one_of(plain, roles, marks)
