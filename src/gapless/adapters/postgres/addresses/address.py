"""Reads the address of a database from its URL, a service and the environment, as one value."""

from __future__ import annotations

import os
from collections.abc import Mapping

import attrs

from gapless.adapters.postgres.addresses.hosts import Host, endpoints_of, hosts_of
from gapless.adapters.postgres.addresses.parameters import PARAMETERS, Value
from gapless.adapters.postgres.addresses.sources import Given, ParameterSource, all_given
from gapless.adapters.postgres.addresses.urls import taken_apart
from gapless.kit.errors import StoreUnavailable

APPLICATION = "gapless"
SYSTEM = "system"
UNVERIFIED = ("disable", "allow", "prefer")
PLACE = ("host", "port", "service", "servicefile", "pooler")


@attrs.frozen(kw_only=True)
class Address:
    """Where a database is, and how to connect to it.

    Attributes:
        hosts: where the server may be; several hosts are tried in their order.
        values: the values of all other parameters, by their names.
        pooler: whether a pooler in transaction mode stands before the server.
    """

    hosts: tuple[Host, ...]
    values: Mapping[str, Value] = attrs.field(repr=False)
    pooler: bool = False

    def text(self, name: str) -> str | None:
        """The value of a parameter as a text; None if it has no value."""
        found = self.values.get(name)
        return None if found is None else str(found)

    @property
    def target(self) -> str:
        """Which kind of server is wanted: of several hosts the primary, unless the URL asks for another kind."""
        return self.text("target_session_attrs") or ("primary" if len(self.hosts) > 1 else "any")

    @property
    def settings(self) -> dict[str, str]:
        """The settings that go to the server with the first message."""
        name = self.text("application_name") or self.text("fallback_application_name") or APPLICATION
        options = self.text("options")
        return {"application_name": name} | ({} if options is None else {"options": options})


def read_address(url: str, *, pooler: bool = False, environment: Mapping[str, str] = os.environ) -> Address:
    """Reads a URL as libpq does; what the URL leaves out is taken from its service, and then from the environment.

    Args:
        url: `postgresql://user:password@host:port/database?parameter=value`.
        pooler: whether a pooler stands before the server; the URL may say so as well.
        environment: the variables that the driver knows.

    Raises:
        StoreUnavailable: the URL can't be read, or a part of it can't be right. The message says which, and shows
            nothing of a password.
    """
    parts = taken_apart(url)
    given = all_given(parts, environment)
    endpoints = parts.endpoints or (endpoints_of(str(given["host"].value)) if "host" in given else ())
    said = given.get("pooler")
    if pooler and said is not None and said.value is False:
        raise StoreUnavailable(f"{said.origin} is given twice, false in {said.source.value} and True beside it.")
    pooler = pooler or (said is not None and said.value is True)
    if pooler:
        _require_pooled(given)
    _require_consistent_tls(given)
    return Address(
        hosts=hosts_of(endpoints, str(given["port"].value) if "port" in given else ""),
        values={name: each.value for name, each in given.items() if name not in PLACE},
        pooler=pooler,
    )


def _require_pooled(given: Mapping[str, Given]) -> None:
    """Refuses parameters that a pooler in transaction mode refuses, or that would keep a statement prepared."""
    for parameter in PARAMETERS:
        if parameter.at_startup and parameter.name in given:
            raise StoreUnavailable(
                f"{given[parameter.name].origin} can't be used with pooler: it is sent when a connection begins, "
                "which a pooler refuses. Set it for the role or the database on the server."
            )
        if parameter.name.endswith("statement_cache_size") and parameter.name in given and given[parameter.name].value:
            raise StoreUnavailable(
                f"{parameter.name} contradicts pooler: behind a pooler nothing is prepared for later. Leave it out."
            )


def _require_consistent_tls(given: Mapping[str, Given]) -> None:
    """Refuses parameters of TLS that contradict each other, because they promise more safety than they give."""
    mode = given.get("sslmode")
    named = "sslmode=prefer, the default," if mode is None else f"{mode.origin}={mode.value}"
    weak = mode is None or mode.value in UNVERIFIED
    trusted = given.get("sslrootcert")
    if trusted is not None and trusted.value == SYSTEM and mode is not None and mode.value != "verify-full":
        raise StoreUnavailable(f"{trusted.origin}={SYSTEM} needs sslmode=verify-full, and {named} is said.")
    for name in ("sslrootcert", "sslcrl"):
        found = given.get(name)
        if weak and found is not None and found.source is not ParameterSource.ENVIRONMENT and found.value != SYSTEM:
            raise StoreUnavailable(
                f"{found.origin} says whom to trust, and {named} verifies nobody: say sslmode=verify-full."
            )
    for name in ("sslcert", "sslkey"):
        found = given.get(name)
        if mode is not None and mode.value == "disable" and found is not None and found.source is ParameterSource.URL:
            raise StoreUnavailable(f"{found.origin} contradicts {named}: without TLS nobody shows a certificate.")
    if weak and "sslnegotiation" in given and given["sslnegotiation"].value == "direct" and trusted is None:
        raise StoreUnavailable(f"{given['sslnegotiation'].origin}=direct needs sslmode=require or stronger.")
    _require_ordered_versions(given)


def _require_ordered_versions(given: Mapping[str, Given]) -> None:
    least, greatest = given.get("ssl_min_protocol_version"), given.get("ssl_max_protocol_version")
    if least is not None and greatest is not None and str(least.value) > str(greatest.value):
        raise StoreUnavailable(f"{least.origin} is above {greatest.origin}: no version of TLS is both.")
