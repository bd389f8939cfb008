"""The files of TLS: those in the home folder count as well, and a server that is down is none of their faults."""

from __future__ import annotations

from pathlib import Path

import pytest

import gapless
from gapless.adapters.postgres.addresses.parameters import PARAMETERS
from gapless.kit.errors import DatabaseUnreachable, StoreUnavailable
from tests.integration.addresses.tls import Papers, context_for, fronted
from tests.integration.clusters import free_port

pytestmark = pytest.mark.asyncio
USUAL = {parameter.name: parameter.usual_file for parameter in PARAMETERS if parameter.usual_file is not None}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Certificates of two authorities that know nothing of each other."""
    return Papers.issue(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of somebody whose usual files are those that a test puts there."""
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".postgresql"
    folder.mkdir()
    return folder


async def opened(url: str) -> None:
    """Opens what is there, migrated or not."""
    async with gapless.open(url, verify=False):
        pass


def url_of(port: int, query: str) -> str:
    """The address of a server by the name in its certificate."""
    return f"postgresql://postgres@localhost:{port}/postgres?{query}"


@pytest.mark.parametrize("trusted", ["file", "system"])
async def test_the_usual_key_belongs_to_a_named_certificate(
    trusted: str, server_url: str, papers: Papers, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate without sslkey has the key in the home folder: it opens a server, and one that is down is so."""
    monkeypatch.setenv("SSL_CERT_FILE", str(papers.root))
    (home / "postgresql.key").write_bytes(papers.client_key.read_bytes())
    by = papers.root if trusted == "file" else "system"
    query = f"sslmode=verify-full&sslrootcert={by}&sslcert={papers.client}"
    async with fronted(server_url, context_for(papers, clients=True)) as port:
        await opened(url_of(port, query))
    with pytest.raises(DatabaseUnreachable, match="No PostgreSQL answers at localhost"):
        await opened(url_of(free_port(), query))


async def test_both_usual_files_are_shown_to_a_server(
    server_url: str, papers: Papers, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificate in the home folder is shown by whoever names none, whomever it trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(papers.root))
    for name, path in (("sslcert", papers.client), ("sslkey", papers.client_key)):
        (home / str(USUAL[name])).write_bytes(path.read_bytes())
    async with fronted(server_url, context_for(papers, clients=True)) as port:
        for by in (papers.root, "system"):
            await opened(url_of(port, f"sslmode=verify-full&sslrootcert={by}"))


async def test_usual_files_that_are_no_pair(server_url: str, papers: Papers, home: Path) -> None:
    """A certificate and a key in the home folder that do not belong together are both named, in one sentence."""
    (home / str(USUAL["sslcert"])).write_bytes(papers.client.read_bytes())
    (home / str(USUAL["sslkey"])).write_bytes(papers.strange_key.read_bytes())
    async with fronted(server_url, context_for(papers, clients=True)) as port:
        with pytest.raises(StoreUnavailable, match=r"^The default of sslcert and the default of sslkey are no pair"):
            await opened(url_of(port, f"sslmode=verify-full&sslrootcert={papers.root}"))


@pytest.mark.parametrize("name", USUAL)
async def test_a_broken_usual_file_is_named(name: str, server_url: str, papers: Papers, home: Path) -> None:
    """A file in the home folder that holds something else is named with its path, and what it is the default of."""
    for other in {"sslcert", "sslkey"} & {name, "sslcert"}:
        path = papers.client if other == "sslcert" else papers.client_key
        (home / str(USUAL[other])).write_bytes(path.read_bytes())
    (home / "root.crt").write_bytes(papers.root.read_bytes())
    (home / str(USUAL[name])).write_text("nothing")
    async with fronted(server_url, context_for(papers)) as port:
        with pytest.raises(StoreUnavailable) as caught:
            await opened(url_of(port, "sslmode=verify-full"))
    assert str(home / str(USUAL[name])) in caught.value.message
    assert f"default of {name}" in caught.value.message.replace("The d", "d")


@pytest.mark.parametrize("name", USUAL)
async def test_a_named_file_that_is_not_there_is_told_with_its_path(
    name: str, server_url: str, papers: Papers, home: Path
) -> None:
    """A file that a parameter names and nobody can read is told with the parameter and the path."""
    query = "sslmode=verify-full" + ("" if name == "sslrootcert" else f"&sslrootcert={papers.root}")
    query += f"&sslcert={papers.client}" if name == "sslkey" else ""
    async with fronted(server_url, context_for(papers)) as port:
        with pytest.raises(StoreUnavailable, match=f"^{name} names a file that can't be read") as caught:
            await opened(url_of(port, f"{query}&{name}={home}/missing"))
    assert f"({home}/missing)" in caught.value.message
