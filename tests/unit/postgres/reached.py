"""What the driver is asked for when a URL is opened, and what libpq says that it should be."""

from __future__ import annotations

import asyncio
from unittest import mock

import asyncpg
import pytest

from gapless.adapters.postgres.addresses.address import Address, read_address
from gapless.adapters.postgres.connections.connector import Connector, no_password
from gapless.kit.errors import StoreUnavailable
from tests.libpq import reading

Call = dict[str, object]


def read(url: str) -> Address:
    """The address that a URL alone says."""
    return read_address(url, environment={})


def reached(address: Address) -> list[Call]:
    """What the driver is asked for, host by host, when nobody answers."""
    calls: list[Call] = []

    async def refuses(**arguments: object) -> None:
        calls.append({name: value for name, value in arguments.items() if value is not no_password})
        raise OSError

    with mock.patch.object(asyncpg, "connect", refuses), pytest.raises(StoreUnavailable):
        asyncio.run(Connector(address, 6.0)())
    return calls


def meant(url: str) -> list[Call]:
    """The same, as libpq reads the URL."""
    info = reading(url)
    assert info is not None, url
    hosts: list[str | None] = [*info["host"].split(",")] if "host" in info else [None]
    ports = info.get("port", "").split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    return [_call(info, host, int(port or 5432), len(hosts)) for host, port in zip(hosts, ports, strict=True)]


def _call(info: dict[str, str], host: str | None, port: int, number: int) -> Call:
    seconds = float(info["connect_timeout"]) if "connect_timeout" in info else 6.0 / number
    name = info.get("application_name") or info.get("fallback_application_name") or "gapless"
    is_socket = host is not None and host.startswith("/")
    said = {
        "host": host,
        "port": port,
        "database": info.get("dbname"),
        "user": info.get("user"),
        "password": info.get("password"),
        "krbsrvname": info.get("krbsrvname"),
        "gsslib": info.get("gsslib"),
        "timeout": seconds,
        "target_session_attrs": info.get("target_session_attrs", "any" if number == 1 else "primary"),
        "server_settings": {"application_name": name} | ({"options": info["options"]} if "options" in info else {}),
        "ssl": False if is_socket else info.get("sslmode"),
        "direct_tls": False if is_socket else None,
    }
    return {name: value for name, value in said.items() if value is not None or name in ("host", "database")}
