"""What a unit wrote is found by itself, whatever the store keeps to find rows by."""

from __future__ import annotations

import attrs

from gapless.adapters.memory import MemoryStore
from gapless.domain.catalogue import GAPLESS
from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.domain.values import EmailAddress
from tests.unit.memory.driving import run
from tests.unit.memory.tasks import HOMES
from tests.voice.rows import a_user, an_audit_record, an_organization


def test_a_unit_finds_what_it_wrote_by_a_unique_rule() -> None:
    """A row that the unit has added, and one that it has changed, are found by their values, and by no earlier ones."""

    async def found() -> list[list[str]]:
        store, home = MemoryStore(GAPLESS), HOMES[0]
        async with store.creating(home) as unit:
            await unit.of(Organization).add(an_organization(id=home), an_audit_record(home))
            await unit.of(User).add(a_user(home, email="ann@acme.org", role=Role.OWNER), an_audit_record(home))
            await unit.commit()
        async with store.unit(home) as unit:
            users = unit.of(User)
            (ann,) = await users.find(lambda user: user.email == "ann@acme.org")
            await users.save(attrs.evolve(ann, email=EmailAddress("eve@acme.org")), an_audit_record(home))
            await users.add(a_user(home, email="bob@acme.org"), an_audit_record(home))
            emails = "ann@acme.org", "bob@acme.org", "eve@acme.org"
            return [[row.email for row in await users.find(lambda user, e=e: user.email == e)] for e in emails]  # type: ignore[misc]

    assert run(found()) == [[], ["bob@acme.org"], ["eve@acme.org"]]
