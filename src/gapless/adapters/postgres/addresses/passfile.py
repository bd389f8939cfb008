"""Reads the file of passwords by libpq's rules, because the driver does not read the escapes in it."""

from __future__ import annotations

import getpass
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from gapless.adapters.postgres.addresses.address import Address
from gapless.adapters.postgres.addresses.hosts import Host
from gapless.kit.errors import StoreUnavailable

USUAL_FILE = ".pgpass"
LOCAL = "localhost"
# The folders in which usual builds have their sockets: for these the file says localhost, for others the folder.
USUAL_SOCKETS = ("/run/postgresql", "/var/run/postgresql", "/var/pgsql_socket", "/private/tmp", "/tmp")  # noqa: S108  # named, not used
ANY = "*"
_PASSWORD = re.compile(r"(?:\\.|[^:])*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def password_of(address: Address, host: Host) -> str | None:
    """The password for a host: that of the address, or that of the first line that fits in the file of passwords.

    Raises:
        StoreUnavailable: the password in that line is not encoded in UTF-8.
    """
    said = address.text("password")
    if said is not None:
        return said
    path, role = _path(address), role_of(address)
    if path is None or role is None or fault_of_passfile(address) is not None:
        return None
    sought = (_names(host), (str(host.port),), (address.text("dbname") or role,), (role,))
    found = next((password for line in _lines(path) if (password := _matched(line, sought)) is not None), None)
    if found is not None and not _is_utf8(found):
        raise StoreUnavailable(f"The password for {host} in the file of passwords ({path}) is not encoded in UTF-8.")
    return found or None


def role_of(address: Address) -> str | None:
    """The role that connects: that of the address, or the user of this process."""
    try:
        return address.text("user") or getpass.getuser()
    except (OSError, KeyError, ImportError):
        return None


def fault_of_passfile(address: Address) -> str | None:
    """Says why the file of passwords is not read, as libpq does not read it; None if it is read or there is none."""
    path, is_named = _path(address), address.text("passfile") is not None
    if path is None:
        return None
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            return f"The file of passwords ({path}) is no plain file."
        if os.name == "posix" and mode & OTHERS:
            return f"The file of passwords ({path}) is not read, because others may read it: chmod 600 mends that."
        path.read_bytes()
    except (OSError, ValueError) as error:
        is_missing = isinstance(error, FileNotFoundError)
        return None if is_missing and not is_named else f"The file of passwords ({path}) can't be read."
    return None


def _path(address: Address) -> Path | None:
    said = address.text("passfile")
    try:
        return Path.home() / USUAL_FILE if said is None else Path(said)
    except (RuntimeError, KeyError):  # there is no home folder
        return None


def _lines(path: Path) -> Iterator[str]:
    try:
        content = path.read_bytes()
    except (OSError, ValueError):
        return
    # A line that is not UTF-8 must not prevent the others from being read.
    for line in content.decode(errors="surrogateescape").split("\n"):
        if not line.startswith("#"):
            yield line.removesuffix("\r")


def _names(host: Host) -> tuple[str, ...]:
    """The names that the file may have for a host."""
    if host.name is None:
        return (LOCAL,)
    return (host.name, LOCAL) if host.name in USUAL_SOCKETS else (host.name,)


def _matched(line: str, sought: tuple[tuple[str, ...], ...]) -> str | None:
    """The password of a line, if its first four fields match; None if they don't."""
    rest: str | None = line
    for names in sought:
        rest = next((found for name in names if (found := _behind(rest or "", name)) is not None), None)
        if rest is None:
            return None
    password = _PASSWORD.match(rest or "")
    return None if password is None else _ESCAPED.sub(r"\1", password[0])


def _behind(line: str, name: str) -> str | None:
    """The line behind its first field, if that is the name or stands for any name; None if it is another name."""
    if line.startswith(f"{ANY}:"):
        return line[2:]
    place = 0
    for character in name:
        place += line[place : place + 1] == "\\"
        if line[place : place + 1] != character:
            return None
        place += 1
    return line[place + 1 :] if line[place : place + 1] == ":" else None


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
