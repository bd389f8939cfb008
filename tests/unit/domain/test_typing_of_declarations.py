"""What mypy says of declarations and queries: each planted mistake is reported on its own line, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mypy import api

ROOT = Path(__file__).parents[3]
PREAMBLE = """
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import attrs

from gapless.domain.calls import Call
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.phone_numbers import PhoneNumber
from gapless.domain.users import Language, Role, User, user_rules
from gapless.domain.values import EmailAddress, Slug
from gapless.kit import *
from gapless.kit.audit import AuditRecord
from gapless.domain.organizations import OrganizationId
from gapless.kit.ids import UserId
from gapless.kit.ports import Store, UnitOfWork
from gapless.kit.assignments import assign


@attrs.frozen(kw_only=True, slots=True)
class Task(Entity):
    organization_id: OrganizationId
    id: UUID
    title: str
    note: str | None = None
    caller: str = personal()
    address: str | None = personal(default=None)
    done: bool = False
    version: int = 0

    @predicate
    def is_open(self) -> bool:
        return negate(self.done)
"""
CORRECT = """
def rules(task: Task, user: User) -> Iterator[Rule]:
    organization = row(Organization)
    yield Check("a", "…", length(user.email) <= 254, source=seed("GAP-172"))
    yield Check("b", "…", between(length(task.title), 2, 100))
    yield Check("c", "…", length(nullable(task.note)) <= 50)
    yield Check("d", "…", one_of(user.role, Role.OWNER, Role.ADMIN))
    yield Check("e", "…", any_of(is_null(user.deleted_at), nullable(user.deleted_at) > user.created_at))
    yield Check("f", "…", negate(one_of(organization.slug, Slug("admin"))))
    yield EnumMember("g", "…", user.language)
    home = Reference("h", "…", task.organization_id, Organization, OnDelete.CASCADE)
    yield AtLeastOne("i", "…", home, of=task.is_open, while_parent=organization.is_live)
    yield AtMost("j", "…", home, of=task.is_open, limit=organization.team_members_quota)
    yield AtMost("k", "…", home, of=task.is_open, limit=5)
    yield Unique("l", "…", (task.organization_id, task.title), where=task.is_open)
    yield Index("m", "…", (task.organization_id, descending(task.title)))


@rules_of(Task, "tasks", soft_deleted=lambda task: task.done)
def task_rules(task: Task) -> Iterator[Rule]:
    yield Check("n", "…", matches(task.title, "[a-z]+"))


mine: Catalogue = GAPLESS + task_rules
model: Model[Task] = mine.model(Task)


async def use(store: Store, organization: OrganizationId, user: UserId, audit: AuditRecord, task: Task) -> None:
    async with store.unit(organization) as unit:
        ann: User = await unit.of(User).get(user)
        await unit.of(User).save(ann.with_role(Role.ADMIN), audit)
        await unit.of(User).add(ann, audit)
        found: tuple[User, ...] = await unit.of(User).find(
            lambda user: all_of(user.is_live, user.role == Role.OWNER), order=lambda user: descending(user.name)
        )
        await unit.of(User).update_where(
            lambda user: one_of(user.id, *(one.id for one in found)),
            lambda user: (assign(user.is_active, False), assign(user.deactivated_at, None), assign(user.name, "x")),
            audit,
        )
        added: Task = await unit.of(Task).add(task)
        await unit.of(Task).delete_where(lambda task: negate(task.done))
        await unit.commit()


async def tell(unit: UnitOfWork, audit: AuditRecord, number: PhoneNumber, call: Call, user: User) -> None:
    await unit.of(PhoneNumber).add(number, audit)
    await unit.of(Call).add(call)
    await unit.of(User).save_unaudited(user.seen(user.created_at))
"""
MISTAKES = """
def wrong_rules(task: Task, user: User, home: Reference) -> Iterator[Rule]:
    yield Check("a", "…", length(user.mail) <= 254)  # error: has no attribute "mail"
    yield Check("a", "…", length(task.note) <= 50)  # error: expected "str"
    yield Check("a", "…", length(task.version) <= 50)  # error: expected "str"
    yield Check("a", "…", user.role == "OWNER")  # error: Non-overlapping equality check
    yield Check("a", "…", user.role == Language.ENGLISH)  # error: Non-overlapping equality check
    yield Check("a", "…", user.deleted_at > user.created_at)  # error: Unsupported operand types
    yield Check("a", "…", user.role > Role.ADMIN)  # error: Unsupported left operand type
    yield Check("a", "…", user.name)  # error: expected "bool"
    yield Check("a", user.is_active, "…")  # error: expected "str"
    yield Check("a", "…")  # error: Missing positional argument
    yield Check("a", "…", one_of(user.role, "OWNER"))  # error: Value of type variable
    yield Check("a", "…", between(length(user.name), "2", "100"))  # error: Value of type variable
    yield Check("a", "…", matches(user.id, "[a-z]"))  # error: expected "str"
    yield Check("a", "…", user.is_ownr)  # error: has no attribute "is_ownr"
    yield Check("a", "…", all_of(user.is_live, user.name))  # error: expected "bool"
    yield Unique("a", "…", user.email, where=user.name)  # error: expected "bool | None"
    yield AtMost("a", "…", home, of=user.is_member, limit="5")  # error: expected "int"
    yield AtMost("a", "…", home, limit=5)  # error: Missing named argument "of"
    yield AtLeastOne("a", "…", user.organization_id, of=user.is_owner)  # error: expected "Reference"
    yield Reference("a", "…", user.organization_id, Organization, "CASCADE")  # error: expected "OnDelete"
    yield Check("a", "…", user.is_active, source="GAP-1")  # error: expected "Source | None"


@rules_of(Task, "tasks")  # error: Argument 1 has incompatible type
def of_another(user: User) -> Iterator[Rule]:
    yield Check("n", "…", matches(user.name, "[a-z]+"))


@rules_of(str, "texts")  # error: Value of type variable "E"
def of_none(text: str) -> Iterator[Rule]:
    yield Check("n", "…", matches(text, "[a-z]+"))


def made(organization: OrganizationId) -> tuple[Task, Task]:
    right = Task(organization_id=organization, id=organization, title="a", caller="Ann")
    wrong = Task(organization_id=organization, id=organization, title="a")  # error: Missing named argument "caller"
    return right, wrong


def live(user: User) -> bool:
    return user.is_live


async def misuse(store: Store, organization: OrganizationId, user: UserId, audit: AuditRecord, task: Task) -> None:
    store.unit(task)  # error: expected "UUID | int | str | None"
    async with store.unit(organization) as unit:
        users = unit.of(User)
        ann = await users.get(user)
        await users.add(ann)  # error: Missing positional argument "audit"
        await users.save(ann)  # error: Missing positional argument "audit"
        await users.remove(ann)  # error: Missing positional argument "audit"
        await users.add(task, audit)  # error: expected "User"
        await unit.of(Task).add(task, audit)  # error: Too many arguments
        await unit.audit_trail.remove(audit)  # error: has no attribute "remove"
        await users.find(lambda user: user.name)  # error: expected "bool"
        await users.find(lambda user: user.nothing)  # error: has no attribute "nothing"
        await users.find(lambda user: user.role == "OWNER")  # error: Non-overlapping equality check
        await users.find(after=task)  # error: expected "User | Cursor | None"
        await users.find(role=Role.OWNER)  # error: Unexpected keyword argument "role"
        await users.update_where(live, lambda u: (assign(u.role, "ADMIN"),), audit)  # error: Value of type variable
        await users.update_where(live, lambda u: (assign(u.name, 5),), audit)  # error: Value of type variable
        await users.update_where(live, lambda u: (assign(u.created_at, True),), audit)  # error: Value of type variable
        await users.update_where(live, lambda u: assign(u.name, "x"), audit)  # error: expected "Iterable[Assignment]"
        await users.update_where(live, lambda u: (u.name == "x",), audit)  # error: Incompatible return value
        await users.delete_where(live)  # error: Missing positional argument "audit"
    async with store.reading(organization) as reading:
        await reading.of(User).add(ann, audit)  # error: has no attribute "add"


async def forget(unit: UnitOfWork, number: PhoneNumber, call: Call, user: User) -> None:
    await unit.of(PhoneNumber).add(number)  # error: Missing positional argument "audit"
    await unit.of(PhoneNumber).add_all([number])  # error: Missing positional argument "audit"
    await unit.of(PhoneNumber).remove(number)  # error: Missing positional argument "audit"
    await unit.of(User).save(user)  # error: Missing positional argument "audit"
    await unit.of(User).save(user)  # error: Missing positional argument "audit"
    await unit.of(Call).save_unaudited(call)  # error: has no attribute "save_unaudited"


ann = User(organization_id=UUID(int=1), id=1, name="Ann")  # error: Missing named argument
renamed: Task = user_rules.entity.renamed  # error: Incompatible types in assignment
other: Model[Task] = user_rules  # error: Incompatible types in assignment
"""


SOURCE = PREAMBLE + CORRECT + MISTAKES


def reported(folder: Path) -> dict[int, list[str]]:
    """What mypy, with the settings of this project, reports of the source: the messages by line."""
    module = folder / "declarations.py"
    module.write_text(SOURCE)
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(folder / "cache")]
    out, err, _ = api.run([*options, "--no-pretty", "--no-error-summary", "--hide-error-context", str(module)])
    assert err == ""
    messages: dict[int, list[str]] = {}
    for line in out.splitlines():
        if found := re.match(r".*declarations[.]py:(\d+): error: (.*)", line):
            messages.setdefault(int(found[1]), []).append(found[2])
        else:
            assert ": note: " in line, line
    return messages


def expected() -> dict[int, str]:
    """The lines of the planted mistakes, and what is to be said of each."""
    lines = enumerate(SOURCE.splitlines(), 1)
    return {number: line.split("  # error: ")[1] for number, line in lines if "  # error: " in line}


def test_mypy_reports_the_planted_mistakes_and_nothing_else(cache: pytest.Cache) -> None:
    """Mypy reports each mistake on its line for the reason that makes it one, and no line that is correct."""
    messages, mistakes = reported(cache.mkdir("mypy")), expected()
    lines = SOURCE.splitlines()
    overlooked = [
        (lines[number - 1], messages.get(number))
        for number, message in mistakes.items()
        if not any(message in found for found in messages.get(number, []))
    ]
    assert overlooked == []
    assert {lines[number - 1]: found for number, found in messages.items() if number not in mistakes} == {}
    assert len(mistakes) > 40
