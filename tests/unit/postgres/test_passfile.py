"""The file of passwords is read as libpq reads it, and one that is left unread is told of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gapless.adapters.postgres.addresses.passfile import fault_of_passfile, password_of
from gapless.kit.errors import StoreUnavailable
from tests import libpq
from tests.unit.postgres.reached import read

NAMES = st.text(st.sampled_from("ab:\\*# \u00e9"), min_size=1, max_size=4)
FIELDS = st.one_of(st.just("*"), NAMES.map(lambda name: name.replace("\\", "\\\\").replace(":", "\\:")), NAMES)
HOSTS = st.sampled_from(["127.0.0.1", "*", "localhost", "127.0.0.2"])
LINES = st.builds(
    lambda *fields: ":".join(fields), HOSTS, st.sampled_from(["1", "*", "2"]), FIELDS, FIELDS, st.one_of(FIELDS, NAMES)
)
FILES = st.lists(st.one_of(LINES, LINES.map("#".__add__), NAMES), max_size=6)


def kept(path: Path, content: bytes, mode: int = 0o600) -> Path:
    """A file of passwords."""
    path.write_bytes(content)
    path.chmod(mode)
    return path


def url_of(path: Path, user: str = "u", database: str = "db") -> str:
    """A URL of which a file has the password."""
    return f"postgresql://{quote(user, safe='')}@127.0.0.1:1/{quote(database, safe='')}?passfile={quote(str(path))}"


def answer(url: str) -> str:
    """The password that we answer with; "" for none."""
    address = read(url)
    return password_of(address, address.hosts[0]) or ""


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES, NAMES, NAMES, st.sampled_from(["\n", "\r\n"]))
def test_files_are_read_as_libpq_reads_them(tmp_path: Path, lines: list[str], user: str, base: str, end: str) -> None:
    """Whatever stands in a file, escaped or not, gives the password that libpq finds there."""
    own = ":".join(["*", "*", "*", user.replace("\\", "\\\\").replace(":", "\\:"), base])
    for content in (end.join(lines), end.join([*lines, own])):
        url = url_of(kept(tmp_path / "passwords", content.encode()), user, base)
        assert answer(url) == libpq.password(url)


@pytest.mark.parametrize("secret", ["simple", "a:b", "a\\b", "::", ":", "\\", "\u00e9"])
def test_what_is_special_in_a_password(tmp_path: Path, secret: str) -> None:
    """A password is found whole, whatever is special in it."""
    escaped = secret.replace("\\", "\\\\").replace(":", "\\:")
    url = url_of(kept(tmp_path / "passwords", f"127.0.0.1:1:db:u:{escaped}\n".encode()))
    assert answer(url) == libpq.password(url) == secret


def a_folder(path: Path) -> None:
    """No file at all."""
    path.mkdir()


def readable_by_others(path: Path) -> None:
    """What others may read."""
    kept(path, b"*:*:*:*:secret\n", 0o640)


def missing(path: Path) -> None:
    """Nothing."""


@pytest.mark.parametrize("made", [a_folder, readable_by_others, missing])
def test_a_file_that_is_left_unread(tmp_path: Path, made: Callable[[Path], None]) -> None:
    """What libpq leaves unread gives no password here either, and there is a sentence that names it."""
    made(tmp_path / "passwords")
    url = url_of(tmp_path / "passwords")
    assert answer(url) == libpq.password(url) == ""
    told = fault_of_passfile(read(url))
    assert told is not None
    assert str(tmp_path / "passwords") in told
    assert "secret" not in told


def test_a_missing_usual_file_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to have a file of passwords."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert fault_of_passfile(read("postgresql://u@h/db")) is None
    kept(tmp_path / ".pgpass", b"h:5432:db:u:found")
    assert answer("postgresql://u@h/db") == "found"


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    """A line that is no UTF-8 keeps no other from being read; a password that is none is refused, and not told."""
    path = kept(tmp_path / "passwords", b"*:*:*:v:\xffsecret\n\xff:*:*:u:no\n*:*:*:u:found\n")
    assert answer(url_of(path)) == libpq.password(url_of(path)) == "found"
    with pytest.raises(StoreUnavailable, match="not encoded in UTF-8") as caught:
        answer(url_of(path, "v"))
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("query", "name"),
    [("", "localhost"), ("host=/tmp", "localhost"), ("host=/elsewhere", "/elsewhere"), ("host=h", "h")],
)
def test_sockets_in_the_file(tmp_path: Path, query: str, name: str) -> None:
    """The usual sockets are localhost in the file, another one is its folder."""
    path = kept(tmp_path / "passwords", f"{name}:*:*:u:found\n*:*:*:u:other\n".encode())
    assert answer(f"postgresql://u@/db?passfile={path}&{query}".removesuffix("&")) == "found"
