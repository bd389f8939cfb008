"""Gives the driver its arguments for TLS, and says why TLS has failed, in sentences that name the parameter."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from gapless.adapters.postgres.addresses.address import SYSTEM, Address
from gapless.adapters.postgres.addresses.hosts import Host
from gapless.adapters.postgres.addresses.parameters import PARAMETERS
from gapless.adapters.postgres.addresses.tls_files import file_of

TLS = tuple(each.name for each in PARAMETERS if each.name.startswith("ssl") and each.name != "sslmode")
# These and the ones below are OpenSSL's numbers for what is wrong with a certificate.
OTHER_NAME = (62, 64)
NO_COMMON_VERSION = (
    *("TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION", "VERSION_TOO_LOW"),
    *("VERSION_TOO_HIGH", "NO_PROTOCOLS_AVAILABLE"),
)
TOO_EARLY, EXPIRED, REVOKED = 9, 10, 23


def tls_arguments(address: Address, host: Host) -> dict[str, object]:
    """The arguments for TLS with which the driver is called; the driver reads libpq's parameters by itself."""
    if host.is_socket:
        return {"ssl": False, "direct_tls": False}
    if address.text("sslrootcert") == SYSTEM:
        return {"ssl": _system_context(address), "direct_tls": address.text("sslnegotiation") == "direct"}
    mode = address.text("sslmode")
    said = {name: str(address.values[name]) for name in TLS if name in address.values}
    # The driver has no arguments for the files: it takes them only from a URL.
    files: dict[str, object] = {"dsn": f"postgresql://?{urlencode(said, quote_via=quote)}"} if said else {}
    return files if mode is None else {"ssl": mode, **files}


def _system_context(address: Address) -> ssl.SSLContext:
    """Makes a context that trusts whom the machine trusts, and verifies the host's name, as sslrootcert=system means.

    The driver does not change a context, so the other parameters of TLS are applied here.
    """
    context = ssl.create_default_context()
    context.minimum_version = _version(address, "ssl_min_protocol_version") or context.minimum_version
    context.maximum_version = _version(address, "ssl_max_protocol_version") or context.maximum_version
    revoked, certificate, key = address.text("sslcrl"), file_of(address, "sslcert"), file_of(address, "sslkey")
    if revoked is not None:
        context.load_verify_locations(cafile=revoked)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    if certificate is not None:
        path = None if key is None else key.path
        context.load_cert_chain(certificate.path, path, address.text("sslpassword") or "")
    return context


def _version(address: Address, name: str) -> ssl.TLSVersion | None:
    text = address.text(name)
    return None if text is None else ssl.TLSVersion[text.replace(".", "_")]


def _fault_of_certificate(error: ssl.SSLCertVerificationError, where: str) -> str:
    """Says why the certificate of a server was refused."""
    match error.verify_code:
        case code if code in OTHER_NAME:
            return f"The certificate of the server at {where} is for another name: connect by the one that it names."
        case code if code in (TOO_EARLY, EXPIRED):
            return f"The certificate of the server at {where} is not valid at this time."
        case code if code == REVOKED:
            return f"The certificate of the server at {where} was revoked."
        case _:
            return f"The certificate of the server at {where} is by nobody whom sslrootcert trusts."


def fault_of_tls(error: BaseException, where: str) -> str | None:
    """Says why TLS has failed; None if something else has failed."""
    cause = next((each for each in _causes(error) if isinstance(each, ssl.SSLError)), None)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _fault_of_certificate(cause, where)
    if cause is not None and cause.reason in NO_COMMON_VERSION:
        return (
            f"The server at {where} speaks no version of TLS that is wanted: ssl_min_protocol_version (TLSv1.2 if "
            "nobody says) and ssl_max_protocol_version bound them."
        )
    if cause is not None and "ALERT" in str(cause.reason):
        return f"The server at {where} refuses our certificate, or asks for one: name it by sslcert and sslkey."
    if cause is not None:
        return f"TLS with the server at {where} failed ({cause.reason or 'no reason is given'})."
    if refuses_tls(error):
        return f"The server at {where} has no TLS, which sslmode=require and stronger ask for, or it is no PostgreSQL."
    return None


def refuses_tls(error: BaseException) -> bool:
    """Whether the server has refused TLS; if TLS was not required, it is no PostgreSQL."""
    return isinstance(error, ConnectionError) and "rejected SSL upgrade" in str(error)


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
