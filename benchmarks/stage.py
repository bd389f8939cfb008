"""The stage of the benchmarks with a server: a migrated database, and two equal organizations, one for each side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

import gapless
from benchmarks.by_hand import Pool, opened_pool
from benchmarks.measurement import Step
from gapless.bootstrap import Gapless
from gapless.domain.users import Role, User
from gapless.embedded import EmbeddedServer
from gapless.embedded.server import PORT
from gapless.kit.audit import Actor, AuditRecord
from gapless.kit.ids import OrganizationId
from gapless.kit.outbox import OutboxEvent
from gapless.postgres import migrate
from tests.proxy import Proxy, proxied

ACTOR = Actor.system("benchmark")
MEMBERS = 20
COUNTED = 4


@attrs.frozen(kw_only=True)
class Access:
    """Both sides' way to the server.

    Attributes:
        app: gapless, on a pool of its own.
        pool: asyncpg's, for what is written by hand.
    """

    app: Gapless
    pool: Pool


@attrs.frozen(kw_only=True)
class Company:
    """An organization that one side works on.

    Attributes:
        id: the organization's.
        owners: two of them.
        members: the others.
    """

    id: OrganizationId
    owners: tuple[User, ...]
    members: tuple[User, ...]


@attrs.frozen(kw_only=True)
class Stage:
    """A server with everything in place.

    Attributes:
        direct: the way for measuring.
        counted: the way through a proxy, for counting requests.
        proxy: has counted them.
        version: of the server.
    """

    direct: Access
    counted: Access
    proxy: Proxy
    version: str

    async def companies(self, name: str) -> tuple[Company, Company]:
        """Creates two equal organizations, for us and for the other side, under a name that is used once."""
        return await self._company(f"{name}-ours"), await self._company(f"{name}-other")

    async def _company(self, slug: str) -> Company:
        app = self.direct.app
        created = await app.organizations.create("Acme", slug, "ann@acme.org", "Ann", plan="team", actor=ACTOR)
        home = created.organization.id
        second = await app.members.invite(home, "eve@acme.org", "Eve", Role.OWNER, actor=ACTOR)
        members = [
            await app.members.invite(home, f"member{number}@acme.org", "Bob", Role.MANAGER, actor=ACTOR)
            for number in range(MEMBERS)
        ]
        return Company(id=home, owners=(created.owner, second), members=tuple(members))

    async def requests(self, step: Step) -> float:
        """How many requests a step takes through the proxy, on average over an even number of them."""
        for place in range(COUNTED):  # until every statement is prepared
            await step(place)
        self.proxy.messages.clear()
        for place in range(COUNTED):
            await step(place)
        return self.proxy.requests / COUNTED

    async def contents(self, company: Company) -> object:
        """Everything of an organization but its ids and times: equal for two of which the same became."""
        async with self.direct.app.store.reading(company.id) as reading:
            users = await reading.of(User).find()
            audits = await reading.of(AuditRecord).find()
            events = await reading.of(OutboxEvent).find()
        names: dict[str, str] = {str(user.id): user.email for user in users}
        return (
            [(user.email, user.name, user.role, user.is_active, user.is_deleted, user.version) for user in users],
            [_told(audit, names) for audit in audits if audit.resource_type == "user" and audit.before is not None],
            [
                (event.kind, names[str(event.payload["user_id"])], event.payload["reason"], event.attempts)
                for event in events
            ],
        )


def _told(audit: AuditRecord, names: dict[str, str]) -> tuple[object, ...]:
    return (
        (audit.actor_kind, audit.user_id, audit.job, audit.action, names[audit.resource_id]),
        (audit.before, audit.after, audit.metadata, audit.ip_address, audit.user_agent),
    )


@asynccontextmanager
async def opened_stage() -> AsyncIterator[Stage]:
    """Starts a server of its own for the time of a block."""
    with EmbeddedServer.start() as server:
        version = await _prepared(_address(server.directory))
        async with (
            proxied(server.url()) as proxy,
            _access(server.directory) as direct,
            _access(Path(str(proxy.url.query["host"]))) as counted,
        ):
            yield Stage(direct=direct, counted=counted, proxy=proxy, version=version)


@asynccontextmanager
async def _access(host: Path) -> AsyncIterator[Access]:
    async with gapless.open(_address(host)) as app, opened_pool(str(host), PORT) as pool:
        yield Access(app=app, pool=pool)


async def _prepared(address: str) -> str:
    """Migrates a database; returns the server's version."""
    engine = create_async_engine(address)
    try:
        await migrate(engine)
        async with engine.connect() as connection:
            version: str = (await connection.execute(sa.text("SHOW server_version"))).scalar_one()
    finally:
        await engine.dispose()
    return version.split(maxsplit=1)[0]


def _address(host: Path) -> str:
    return f"postgresql+asyncpg://postgres@/postgres?host={quote(str(host))}&port={PORT}"
