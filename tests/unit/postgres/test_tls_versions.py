"""Versions of TLS that don't meet are told as such, by what OpenSSL itself says of them."""

import ssl

import pytest

from gapless.adapters.postgres.addresses.certificates import fault_of_tls


def shaken(least: ssl.TLSVersion, greatest: ssl.TLSVersion) -> ssl.SSLError:
    """What a client that wants a version at least gets from a server that has another at most."""
    wanting, having = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    wanting.check_hostname, wanting.minimum_version, having.maximum_version = False, least, greatest
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client, server = wanting.wrap_bio(back, there), having.wrap_bio(there, back, server_side=True)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    with pytest.raises(ssl.SSLError):
        server.do_handshake()
    with pytest.raises(ssl.SSLError) as caught:
        client.do_handshake()
    return caught.value


def test_versions_that_do_not_meet() -> None:
    """The sentence names the parameters that bound the versions, and no certificate."""
    told = fault_of_tls(shaken(ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2), "h:5432")
    assert told is not None
    assert "ssl_min_protocol_version" in told
    assert "ssl_max_protocol_version" in told
    assert "certificate" not in told
