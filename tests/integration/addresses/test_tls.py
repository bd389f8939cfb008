"""TLS: which mode of the URL opens which server, and what each refusal says."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

import gapless
from gapless.kit.errors import AccessDenied, DatabaseUnreachable, StoreUnavailable
from tests.integration.addresses.tls import Papers, context_for, fronted, revocation
from tests.integration.clusters import Workshop, cluster, programs_with_tls, workshop

pytestmark = pytest.mark.asyncio
CERTIFIED = "template1"
"""The database that a server lets in nobody to who shows no certificate: one that every server has."""
HBA = f"""
local all all trust
hostssl {CERTIFIED} all 127.0.0.1/32 cert
hostssl all all 127.0.0.1/32 trust
"""


@attrs.frozen
class Stand:
    """A server with TLS: where it is by the name in its certificate, and where it is by another one."""

    port: int
    database: str = "postgres"

    def url(self, query: str, host: str = "localhost") -> str:
        """Its address."""
        return f"postgresql://postgres@{host}:{self.port}/{self.database}?{query}"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates of two authorities that know nothing of each other."""
    return Papers.issue(tmp_path_factory.mktemp("papers"))


@pytest.fixture(scope="module")
def tls_workshop() -> Iterator[Workshop]:
    """A place for servers that speak TLS themselves."""
    programs = programs_with_tls()
    if programs is None:
        pytest.skip("the programs of this machine were built without TLS: the stand before a server shows the same")
    with workshop(programs) as place:
        yield place


@pytest.fixture(scope="module")
def tls_server(tls_workshop: Workshop, papers: Papers) -> Iterator[Stand]:
    """A server of PostgreSQL that speaks TLS itself, and lets nobody into CERTIFIED without a certificate."""
    issued = papers.authority.issue_cert("localhost")
    files = {
        "ssl_cert_file": tls_workshop.keep("server.pem", issued.cert_chain_pems[0].bytes()),
        "ssl_key_file": tls_workshop.keep("server.key", issued.private_key_pem.bytes()),
        "ssl_ca_file": tls_workshop.keep("root.pem", papers.root.read_bytes()),
        "hba_file": tls_workshop.keep("hba.conf", HBA.encode()),
    }
    with cluster(tls_workshop, "server", ssl="on", **files) as server:
        yield Stand(server.port)


@asynccontextmanager
async def stand(kind: str, request: pytest.FixtureRequest, *, clients: bool = False) -> AsyncIterator[Stand]:
    """A server with TLS: one of PostgreSQL, or one that has a stand before it, as hosted ones do."""
    if kind == "server":
        server: Stand = request.getfixturevalue("tls_server")
        yield attrs.evolve(server, database=CERTIFIED) if clients else server
    else:
        papers: Papers = request.getfixturevalue("papers")
        url: str = request.getfixturevalue("server_url")
        async with fronted(url, context_for(papers, clients=clients)) as port:
            yield Stand(port)


async def opened(url: str) -> None:
    """Opens what is there, migrated or not."""
    async with gapless.open(url, verify=False):
        pass


async def refused(url: str, kind: type[StoreUnavailable] = StoreUnavailable) -> str:
    """The sentence with which it is refused."""
    with pytest.raises(kind) as caught:
        await opened(url)
    assert type(caught.value) is kind
    return caught.value.message


KINDS = pytest.mark.parametrize("kind", ["stand", "server"])


@KINDS
async def test_each_mode_with_a_certificate_that_is_trusted(
    kind: str, papers: Papers, request: pytest.FixtureRequest
) -> None:
    """Every mode with TLS opens a server whose certificate is right; of what is wrong, verify-full alone sees all."""
    async with stand(kind, request) as server:
        for mode in ("allow", "prefer", "require"):
            await opened(server.url(f"sslmode={mode}"))
        for mode in ("require", "verify-ca", "verify-full"):
            await opened(server.url(f"sslmode={mode}&sslrootcert={papers.root}"))
            by_stranger = await refused(server.url(f"sslmode={mode}&sslrootcert={papers.other_root}"))
            assert f"localhost:{server.port} is by nobody whom sslrootcert trusts" in by_stranger
        await opened(server.url(f"sslmode=verify-ca&sslrootcert={papers.root}", "127.0.0.1"))
        by_address = await refused(server.url(f"sslmode=verify-full&sslrootcert={papers.root}", "127.0.0.1"))
        assert f"127.0.0.1:{server.port} is for another name" in by_address


@KINDS
async def test_what_the_machine_trusts(
    kind: str, papers: Papers, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sslrootcert=system verifies by the authorities of the machine, and the name with it."""
    async with stand(kind, request) as server:
        url = server.url("sslmode=verify-full&sslrootcert=system")
        assert "is by nobody whom sslrootcert trusts" in await refused(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(papers.root))
        await opened(url)
        assert "another name" in await refused(server.url("sslmode=verify-full&sslrootcert=system", "127.0.0.1"))


@KINDS
async def test_certificates_of_clients(kind: str, papers: Papers, request: pytest.FixtureRequest) -> None:
    """A server that asks for a certificate lets in who has one that it trusts; each refusal names the parameters."""
    async with stand(kind, request, clients=True) as server:
        verified = f"sslmode=verify-full&sslrootcert={papers.root}"
        await opened(server.url(f"{verified}&sslcert={papers.client}&sslkey={papers.client_key}"))
        for shown in ("", f"&sslcert={papers.strange_client}&sslkey={papers.strange_key}"):
            with pytest.raises((AccessDenied, DatabaseUnreachable, StoreUnavailable), match="sslcert and sslkey"):
                await opened(server.url(f"{verified}{shown}"))


async def test_a_server_without_tls(server_url: str, papers: Papers) -> None:
    """A server without TLS is opened by the modes that don't insist on it, and refused by the others."""
    async with fronted(server_url, None) as port:
        server = Stand(port)
        for mode in ("disable", "allow", "prefer"):
            await opened(server.url(f"sslmode={mode}"))
        for query in ("sslmode=require", f"sslmode=verify-full&sslrootcert={papers.root}"):
            assert f"localhost:{port} has no TLS" in await refused(server.url(query))


async def test_a_certificate_that_is_over(server_url: str, papers: Papers) -> None:
    """A certificate whose time is over is refused as such."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    over = papers.authority.issue_cert("localhost", not_after=datetime(2020, 1, 1, tzinfo=UTC))
    over.configure_cert(context)
    async with fronted(server_url, context) as port:
        url = Stand(port).url(f"sslmode=verify-full&sslrootcert={papers.root}")
        assert "not valid at this time" in await refused(url)


@pytest.mark.parametrize("trusted", ["file", "system"])
async def test_a_certificate_that_was_revoked(
    trusted: str, server_url: str, papers: Papers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that sslcrl takes back is refused as such, whoever is trusted; without it nobody knows."""
    monkeypatch.setenv("SSL_CERT_FILE", str(papers.root))
    leaf = papers.authority.issue_cert("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    by = papers.root if trusted == "file" else "system"
    async with fronted(server_url, context) as port:
        url = Stand(port).url(f"sslmode=verify-full&sslrootcert={by}")
        await opened(url)
        assert "was revoked" in await refused(f"{url}&sslcrl={revocation(papers, leaf, tmp_path)}")


@pytest.mark.parametrize("trusted", ["file", "system"])
async def test_versions_of_tls(trusted: str, server_url: str, papers: Papers, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that speaks no version of TLS between the two that the URL names is refused, whoever is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(papers.root))
    context = context_for(papers)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    by = papers.root if trusted == "file" else "system"
    async with fronted(server_url, context) as port:
        url = Stand(port).url(f"sslmode=verify-full&sslrootcert={by}")
        await opened(f"{url}&ssl_min_protocol_version=TLSv1.2&ssl_max_protocol_version=TLSv1.2")
        with pytest.raises(StoreUnavailable):
            await opened(f"{url}&ssl_min_protocol_version=TLSv1.3")


async def test_files_that_are_not_there_or_hold_something_else(server_url: str, papers: Papers, tmp_path: Path) -> None:
    """A file that is missing, holds something else or is no pair is named by its parameter."""
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    full = f"sslmode=verify-full&sslrootcert={papers.root}"
    async with fronted(server_url, context_for(papers)) as port:
        server = Stand(port)
        for query, told in (
            (f"sslmode=verify-full&sslrootcert={tmp_path}/none.pem", "sslrootcert names a file that can't be read"),
            (f"sslmode=verify-full&sslrootcert={empty}", "sslrootcert names a file that holds none"),
            (f"{full}&sslcert={tmp_path}/none.pem", "sslcert names a file that can't be read"),
            (f"{full}&sslcert={papers.client}&sslkey={tmp_path}/none", "sslkey names a file that can't be read"),
            (f"{full}&sslcert={papers.client}&sslkey={papers.strange_key}", "sslcert and sslkey are no pair"),
            (f"{full}&sslcrl={empty}", "sslcrl names a file that holds none"),
        ):
            assert (await refused(server.url(query))).startswith(told)


async def test_verifying_needs_somebody_to_trust(
    server_url: str, papers: Papers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without sslrootcert and without one in the home folder verify-full says what is missing."""
    monkeypatch.setenv("HOME", str(tmp_path))
    async with fronted(server_url, context_for(papers)) as port:
        for mode in ("verify-ca", "verify-full"):
            assert "name the certificate of the authority" in await refused(Stand(port).url(f"sslmode={mode}"))
        (tmp_path / ".postgresql").mkdir()
        (tmp_path / ".postgresql" / "root.crt").write_bytes(papers.root.read_bytes())
        await opened(Stand(port).url("sslmode=verify-full"))


async def test_the_default_protects_from_listeners_alone(server_url: str, papers: Papers) -> None:
    """Without sslmode a server that anybody may have put there is opened, with TLS and without: nobody is verified."""
    async with fronted(server_url, context_for(papers, "elsewhere.example")) as port:
        await opened(f"postgresql://postgres@localhost:{port}/postgres")
    async with fronted(server_url, None) as port:
        await opened(f"postgresql://postgres@localhost:{port}/postgres")
