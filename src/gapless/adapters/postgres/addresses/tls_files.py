"""Says which files of TLS are read, also from the home folder, and what is wrong with them."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import attrs

from gapless.adapters.postgres.addresses.address import SYSTEM, Address
from gapless.adapters.postgres.addresses.parameters import KNOWN

VERIFYING = ("require", "verify-ca", "verify-full")
# The driver raises these when it can't read a file, and not when it finds no server.
OF_FILES = (
    *(ssl.SSLError, FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError),
    *(asyncpg.InterfaceError, ValueError),
)
OF_PATHS = (errno.ELOOP, errno.ENAMETOOLONG)


@attrs.frozen
class TlsFile:
    """A file that is read, and which parameter or default names it."""

    path: str
    origin: str


def file_of(address: Address, name: str) -> TlsFile | None:
    """The file of a parameter: the one that the address names, or otherwise the usual one if the home folder has it."""
    said = address.text(name)
    if said is not None:
        return None if said == SYSTEM else TlsFile(said, name)
    try:
        usual = Path.home() / ".postgresql" / str(KNOWN[name].usual_file)
        return TlsFile(str(usual), f"The default of {name}") if usual.exists() else None
    except (OSError, RuntimeError, KeyError):  # there is no home folder, or this user may not read it
        return None


def fault_of_files(address: Address, error: Exception) -> str | None:
    """Reads the files of TLS, and says what is wrong with them; None if nothing is, or the error is not about files."""
    is_of_files = isinstance(error, OF_FILES) or (isinstance(error, OSError) and error.errno in OF_PATHS)
    return next(_faults(address), None) if is_of_files else None


def _faults(address: Address) -> Iterator[str]:
    mode = address.text("sslmode") or "prefer"
    if mode == "disable":
        return
    if mode.startswith("verify") and address.text("sslrootcert") is None and file_of(address, "sslrootcert") is None:
        yield (
            f"sslmode={mode} needs to know whom to trust: name the certificate of the authority by sslrootcert=FILE, "
            f"or sslrootcert={SYSTEM} for those that the machine trusts."
        )
    trusted = [file_of(address, name) for name in ("sslrootcert", "sslcrl")] if mode in VERIFYING else []
    certificate, key = file_of(address, "sslcert"), file_of(address, "sslkey")
    for file in (*trusted, certificate, key):
        if file is not None and not _is_readable(file.path):
            yield (
                f"{file.origin} names a file that can't be read ({file.path}): see that it is there, and that "
                "this user may read it."
            )
    for file in trusted:
        if file is not None and not _holds_certificates(file.path):
            yield f"{file.origin} names a file that holds none in the form of PEM ({file.path})."
    yield from _faults_of_pair(certificate, key, address.text("sslpassword"))


def _faults_of_pair(certificate: TlsFile | None, key: TlsFile | None, password: str | None) -> Iterator[str]:
    if certificate is None or _is_pair(certificate.path, None if key is None else key.path, password):
        return
    if key is None:
        yield f"{certificate.origin} names a file without a key ({certificate.path}): name the key by sslkey."
    else:
        named = f"{certificate.path}, {key.path}"
        other = key.origin[0].lower() + key.origin[1:]
        yield (
            f"{certificate.origin} and {other} are no pair ({named}), or the key is locked: then sslpassword has to "
            "open it."
        )


def _is_readable(path: str) -> bool:
    try:
        Path(path).read_bytes()
    except (OSError, ValueError):
        return False
    return True


def _holds_certificates(path: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (OSError, ValueError):
        return False
    return True


def _is_pair(certificate: str, key: str | None, password: str | None) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password or "")
    except (OSError, ValueError):
        return False
    return True
