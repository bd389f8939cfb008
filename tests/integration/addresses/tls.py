"""Who vouches for servers and clients, and a stand before a server that speaks TLS in its place, as poolers do."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import attrs
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import URL, make_url

from tests.proxy import CHUNK, connect_to

TLS_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")


@attrs.frozen
class Papers:
    """The certificates of a test, as files.

    Attributes:
        authority: whom server and clients trust.
        stranger: another authority.
        root: the certificate of the authority.
        other_root: that of the other.
        client: a certificate for the role postgres, by the authority.
        client_key: its key.
        strange_client: a certificate for the same role, by the other authority.
        strange_key: its key.
    """

    authority: trustme.CA
    stranger: trustme.CA
    root: Path
    other_root: Path
    client: Path
    client_key: Path
    strange_client: Path
    strange_key: Path

    @classmethod
    def issue(cls, folder: Path) -> Papers:
        """Makes them all."""
        authority, stranger = trustme.CA(), trustme.CA()
        paths = {name: folder / f"{name}.pem" for name in (field.name for field in attrs.fields(cls)[2:])}
        authority.cert_pem.write_to_path(paths["root"])
        stranger.cert_pem.write_to_path(paths["other_root"])
        for by, certificate, key in (
            (authority, "client", "client_key"),
            (stranger, "strange_client", "strange_key"),
        ):
            issued = by.issue_cert("client.example", common_name="postgres")
            issued.cert_chain_pems[0].write_to_path(paths[certificate])
            issued.private_key_pem.write_to_path(paths[key])
        return cls(authority, stranger, **paths)


def revocation(papers: Papers, leaf: trustme.LeafCert, folder: Path) -> Path:
    """A file in which the authority takes a certificate back."""
    signer = serialization.load_pem_private_key(papers.authority.private_key_pem.bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    root = x509.load_pem_x509_certificate(papers.authority.cert_pem.bytes())
    number = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).serial_number
    begun, over = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    taken_back = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(begun).build()
    builder = x509.CertificateRevocationListBuilder().issuer_name(root.subject).last_update(begun).next_update(over)
    path = folder / "revoked.pem"
    made = builder.add_revoked_certificate(taken_back).sign(signer, hashes.SHA256())
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


def context_for(papers: Papers, name: str = "localhost", *, clients: bool = False) -> ssl.SSLContext:
    """The server's side: a certificate for a name, and whether clients have to show theirs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    papers.authority.issue_cert(name).configure_cert(context)
    if clients:
        papers.authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@asynccontextmanager
async def fronted(server_url: str, context: ssl.SSLContext | None) -> AsyncIterator[int]:
    """Listens on a port, and passes on to a server what it is told behind TLS; without a context it has none."""
    server, links = make_url(server_url), set[asyncio.Task[None]]()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.create_task(_accepted(reader, writer, server, context))
        links.add(link)
        link.add_done_callback(lambda _: writer.close())

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield int(listener.sockets[0].getsockname()[1])
    finally:
        listener.close()
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)
        await listener.wait_closed()


async def _accepted(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: URL, context: ssl.SSLContext | None
) -> None:
    first = await reader.readexactly(8)
    if first == TLS_REQUEST:
        writer.write(b"N" if context is None else b"S")
        await writer.drain()
        if context is not None:
            await writer.start_tls(context)
        first = await reader.readexactly(8)
    elif context is not None:
        return  # nobody is let in without
    server_reader, server_writer = await connect_to(server)
    server_writer.write(first)
    try:
        ways = [asyncio.ensure_future(_passed(*way)) for way in ((reader, server_writer), (server_reader, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
    finally:
        server_writer.close()


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()
