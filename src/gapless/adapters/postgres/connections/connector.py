"""Connects to an address: it tries one host after another, each for a limited time, until one is the wanted server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

import asyncpg
import attrs

from gapless.adapters.postgres.addresses.address import UNVERIFIED, Address
from gapless.adapters.postgres.addresses.certificates import refuses_tls, tls_arguments
from gapless.adapters.postgres.addresses.hosts import Host
from gapless.adapters.postgres.addresses.passfile import fault_of_passfile, password_of, role_of
from gapless.adapters.postgres.addresses.tls_files import fault_of_files
from gapless.adapters.postgres.errors import connecting
from gapless.kit.errors import AccessDenied, DatabaseUnreachable, StoreUnavailable

PASSED_ON = (
    *("user", "krbsrvname", "gsslib", "command_timeout"),
    *("statement_cache_size", "max_cached_statement_lifetime", "max_cacheable_statement_size"),
)
# What the next host may mend, as for libpq; that somebody is refused it does not.
PASSING = (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched)
PREFERRED = "prefer-standby"


@attrs.frozen
class Connector:
    """Makes the connections of a pool.

    Attributes:
        address: the address to connect to.
        seconds: how long all hosts together may take, if the address sets no time for each of them.
    """

    address: Address
    seconds: float

    async def __call__(self, *_: object, **__: object) -> asyncpg.Connection:
        """A connection to the first host that is the one that is wanted; what SQLAlchemy made of the URL is left.

        Raises:
            StoreUnavailable: no host can be used.
        """
        failures: list[tuple[Host, Exception]] = []
        for target in self._targets():
            failures.clear()
            for host in self.address.hosts:
                try:
                    return await self._connected(host, target)
                except PASSING as error:
                    failures.append((host, error))
                except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
                    raise self._explained(host, error) from error
        raise self._refused(failures) from _weightiest([error for _, error in failures])

    async def _connected(self, host: Host, target: str) -> asyncpg.Connection:
        # Looked up when it is called, and with arguments that the driver alone can check.
        connect = cast(Callable[..., Awaitable[asyncpg.Connection]], asyncpg.connect)
        return await connect(**self._arguments(host, target))

    def _targets(self) -> tuple[str, ...]:
        """What is asked of a host, one after the other: who prefers a standby takes another server if there is none."""
        return ("standby", "any") if self.address.target == PREFERRED else (self.address.target,)

    def _arguments(self, host: Host, target: str) -> dict[str, object]:
        """The driver's own arguments, for one host."""
        passed = {name: self.address.values[name] for name in PASSED_ON if name in self.address.values}
        caches = {"statement_cache_size": 0} if self.address.pooler else {}
        return {
            "host": host.name,
            "port": host.port,
            "database": self.address.text("dbname"),
            "password": password_of(self.address, host) or no_password,
            "server_settings": self.address.settings,
            "target_session_attrs": target,
            "timeout": self._timeout(),
            **passed,
            **caches,
            **tls_arguments(self.address, host),
        }

    def _timeout(self) -> float | None:
        """The seconds for one host; None for no limit, as libpq has it."""
        said = self.address.values.get("connect_timeout")
        if said is None:
            return self.seconds / (len(self.address.hosts) * len(self._targets()))
        return float(said) if float(said) > 0 else None

    def _explained(self, host: Host, error: Exception) -> StoreUnavailable:
        fault = None if host.is_socket else fault_of_files(self.address, error)
        if fault is None and refuses_tls(error) and (self.address.text("sslmode") or "prefer") in UNVERIFIED:
            fault = f"What answers at {host} does not speak PostgreSQL's protocol: see that host and port are right."
        if fault is not None:
            return StoreUnavailable(fault)
        if isinstance(error, asyncpg.InvalidPasswordError) and password_of(self.address, host) is None:
            return self._unsaid_password(host)
        return connecting(error, str(host))

    def _unsaid_password(self, host: Host) -> AccessDenied:
        unread = fault_of_passfile(self.address)
        told = f"No password was given for role {role_of(self.address)} ({host})."
        return AccessDenied(told if unread is None else f"{told} {unread}")

    def _refused(self, failures: list[tuple[Host, Exception]]) -> StoreUnavailable:
        """One error for all hosts: their own if they agree on its kind."""
        found = [self._explained(host, error) for host, error in failures]
        kinds = {type(error) for error in found}
        messages = " ".join(dict.fromkeys(error.message for error in found))
        return kinds.pop()(messages) if len(kinds) == 1 else DatabaseUnreachable(messages)


def no_password() -> None:
    """What the driver is told in place of a password: given nothing, it would look for files by itself."""


def _weightiest(errors: list[Exception]) -> Exception:
    """What explains a failure best: that a server does not answer rather than that another is not the one wanted."""
    silent = [error for error in errors if not isinstance(error, asyncpg.TargetServerAttributeNotMatched)]
    return (silent or errors)[-1]
