"""Reads the hosts of a database URL: names, addresses and sockets, each with its port."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

import attrs

from gapless.adapters.postgres.addresses.parameters import GREATEST_PORT
from gapless.kit.errors import StoreUnavailable

DEFAULT_PORT = 5432
_NAME = re.compile(r"[^\s/@:?#\[\]%\\]{1,253}")
_WITH_PORT = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]+)(?::(?P<port>[0-9]*))?")


@attrs.frozen
class Host:
    """Where a server may be.

    Attributes:
        name: a name, an address or the folder of a socket; None for the places where the driver looks by itself.
        port: the port; a socket has one too.
    """

    name: str | None
    port: int = DEFAULT_PORT

    @property
    def is_socket(self) -> bool:
        """Whether it is a socket of this machine, where there is no TLS."""
        return self.name is not None and self.name.startswith("/")

    def __str__(self) -> str:
        if self.name is None:
            return f"the usual sockets and localhost:{self.port}"
        if self.is_socket:
            return f"{self.name}, port {self.port}"
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"


def endpoints_of(text: str) -> tuple[tuple[str, str], ...]:
    """The hosts in a parameter, each with its port, both as text; the port is "" if it is left out."""
    return tuple(_endpoint(token) for token in text.split(","))


def hosts_of(endpoints: Sequence[tuple[str, str]], ports: str) -> tuple[Host, ...]:
    """Reads the hosts, and gives each of them a port.

    Args:
        endpoints: the hosts with their ports, as text; empty for the places where the driver looks by itself.
        ports: the parameter `port`, with one port for all hosts, or one for each; "" if there is none.

    Raises:
        StoreUnavailable: a host or a port can't be one, or there is another number of ports than of hosts.
    """
    named = ports.split(",") if ports else [""]
    if len(named) not in (1, max(1, len(endpoints))):
        raise StoreUnavailable(f"port has {len(named)} ports for {len(endpoints)} hosts: say one for each, or one.")
    if ports and any(port for _, port in endpoints):
        raise StoreUnavailable("port is given twice, beside the hosts and as a parameter: say it once.")
    if len(named) == 1:
        named *= max(1, len(endpoints))
    if not endpoints:
        return (Host(None, _port(named[0])),)
    return tuple(
        Host(_checked(name), _port(port or other)) for (name, port), other in zip(endpoints, named, strict=True)
    )


def _endpoint(token: str) -> tuple[str, str]:
    if token.startswith("/") or _is_address(token):
        return token, ""
    found = _WITH_PORT.fullmatch(token)
    if found is None:
        raise StoreUnavailable("host is a name, an address or the folder of a socket, or several with commas between.")
    return found["host"], found["port"] or ""


def _checked(text: str) -> str:
    name = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if not name:
        raise StoreUnavailable("A host of the database URL is empty: name it, or leave out its comma.")
    if name.startswith("/") or _is_address(name):
        return name
    if name is not text or not _NAME.fullmatch(name) or not _is_resolvable(name):
        # The message does not repeat it, because it may be the rest of a password that was not encoded (decision 0024).
        raise StoreUnavailable("A host of the database URL is no name, no address and no folder of a socket.")
    return name


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_resolvable(name: str) -> bool:
    """Whether a name can be looked up: none of its labels is empty or too long."""
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True


def _port(text: str) -> int:
    if not text:
        return DEFAULT_PORT
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= GREATEST_PORT:
        raise StoreUnavailable(f"A port of the database URL is a whole number from 1 to {GREATEST_PORT}.")
    return int(text)
