"""What a database URL says to the driver is what libpq reads in it; services and variables complete it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import attrs
import pytest
from hypothesis import find, given, settings

from gapless.adapters.postgres.addresses.address import Address, read_address
from gapless.adapters.postgres.addresses.hosts import Host
from gapless.adapters.postgres.addresses.parameters import ALIASES, KNOWN, PARAMETERS, TEXT, UNKEPT
from gapless.adapters.postgres.connections.engine import normalised_url
from gapless.kit.errors import StoreUnavailable
from tests.libpq import parameters
from tests.properties import SEARCH
from tests.unit.postgres.drawn_urls import urls
from tests.unit.postgres.reached import meant, reached, read

Reader = Callable[[str], Address]


def errs(reader: Reader, url: str) -> bool:
    """Whether a reader refuses a URL, or tells the driver something else than libpq reads in it."""
    try:
        return reached(reader(url)) != meant(url)
    except StoreUnavailable:
        return True


@settings(max_examples=200, database=None, derandomize=True)
@given(urls())
def test_urls_are_read_as_libpq_reads_them(url: str) -> None:
    """Hosts, ports, credentials and parameters reach the driver as libpq itself reads them in the same URL."""
    assert reached(read(url)) == meant(url), url


FAULTS: dict[str, Reader] = {
    "a plus is a space": lambda url: read(url.replace("%2B", "%20")),
    "a percent sign is lost": lambda url: read(url.replace("%25", "")),
    "encoded twice": lambda url: read(url.replace("%2", "%252")),
    "one host": lambda url: attrs.evolve(read(url), hosts=read(url).hosts[:1]),
    "another order": lambda url: attrs.evolve(read(url), hosts=read(url).hosts[::-1]),
    "the usual port": lambda url: attrs.evolve(read(url), hosts=tuple(Host(host.name) for host in read(url).hosts)),
    **{
        f"no {name}": lambda url, name=name: attrs.evolve(  # type: ignore[misc]  # a lambda's default is not typed
            read(url), values={other: value for other, value in read(url).values.items() if other != name}
        )
        for name in ("user", "password", "dbname", "sslmode", "options", "connect_timeout", "target_session_attrs")
    },
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_reader_that_errs_is_noticed(fault: str) -> None:
    """Each planted fault of a reader shows in some URL."""
    assert find(urls(), partial(errs, FAULTS[fault]), settings=SEARCH)


def test_every_parameter_of_libpq_is_known() -> None:
    """Each parameter that libpq has is read, or refused with a reason of its own; none of them is overlooked."""
    assert parameters() <= KNOWN.keys() | UNKEPT.keys()
    assert not KNOWN.keys() & UNKEPT.keys()


def test_what_worked_before_works() -> None:
    """The parameters of SQLAlchemy's URLs for asyncpg mean what they meant, and what its plus means stays a space."""
    several = read("postgresql+asyncpg://u@/db?host=h1:1&host=h2:2")
    assert several.hosts == (Host("h1", 1), Host("h2", 2))
    assert read("postgresql+asyncpg://h/db?ssl=require").values["sslmode"] == "require"
    assert read("postgresql://h/db?ssl=true").values["sslmode"] == "require"
    assert read("postgresql+asyncpg://h/db?application_name=my+app").settings == {"application_name": "my app"}
    assert read("postgresql://h/db?application_name=my+app").settings == {"application_name": "my+app"}
    url = "postgresql://h/db?statement_cache_size=7&prepared_statement_cache_size=0&command_timeout=2.5"
    (call,) = reached(read(url))
    assert (call["statement_cache_size"], call["command_timeout"]) == (7, 2.5)
    assert "prepared_statement_cache_size" not in call


def test_a_pooler_that_the_url_tells_of() -> None:
    """pooler=true, pgbouncer=true and the argument mean one: nothing is prepared; false beside it is refused."""
    asked = read_address("postgresql://h/db", pooler=True, environment={})
    for said in ("pooler=true", "pgbouncer=true", "pooler=1"):
        assert read(f"postgresql://h/db?{said}") == asked
    assert read("postgresql://h/db?pooler=false") == read("postgresql://h/db")
    (call,) = reached(asked)
    assert call["statement_cache_size"] == 0
    for denied in ("pooler=false", "pgbouncer=false", "pooler=off"):
        with pytest.raises(StoreUnavailable, match=f"^{denied.partition('=')[0]} is given twice"):
            read_address(f"postgresql://h/db?{denied}", pooler=True, environment={})


def test_the_environment_completes_a_url() -> None:
    """What the URL leaves open the driver's variables say; a bad value is refused by the variable's name."""
    variables = {"PGHOST": "h1,h2", "PGPORT": "1,2", "PGUSER": "ann", "PGSSLMODE": "require", "PGDATABASE": "app"}
    address = read_address("postgresql://", environment=variables)
    assert address == read("postgresql://ann@h1:1,h2:2/app?sslmode=require")
    assert read_address("postgresql://bo@h:7/db?sslmode=disable", environment=variables) == read(
        "postgresql://bo@h:7/db?sslmode=disable"
    )
    for parameter in PARAMETERS:
        if parameter.variable and parameter.form is not TEXT:
            with pytest.raises(StoreUnavailable, match=f"^{parameter.variable} is"):
                read_address("postgresql://h", environment={parameter.variable: "nonsense"})


def test_a_service_completes_a_url(tmp_path: Path) -> None:
    """A service stands behind the URL and before the environment; one that no file has is refused."""
    file = tmp_path / "services.conf"
    file.write_text("[prod]\nhost=h1,h2\nport=7\nuser=ann\nsslmode=require\npassword=50%\n", encoding="utf-8")
    address = read_address("postgresql:///db?service=prod", environment={"PGSERVICEFILE": str(file), "PGUSER": "bo"})
    assert address == read("postgresql://ann:50%25@/db?host=h1,h2&port=7&sslmode=require")
    with pytest.raises(StoreUnavailable, match="service"):
        read_address("postgresql:///db?service=test", environment={"PGSERVICEFILE": str(file)})


def test_the_engine_shows_an_address_that_leads_there() -> None:
    """The URL of an engine is SQLAlchemy's, and read again it is the same address."""
    for url in (
        "postgresql://u:p%40@h:5/db?sslmode=require",
        "postgresql://u@h1:1,[::1]:2/db",
        "postgresql:///db?host=/t",
    ):
        shown = normalised_url(url)
        assert read(shown.render_as_string(hide_password=False)) == read(url)


def test_the_page_has_every_parameter() -> None:
    """The page on connecting names each parameter, its aliases, its variable, and what is refused."""
    page = (Path(__file__).parents[3] / "docs" / "connecting.md").read_text()
    named = set(re.findall(r"`([a-zA-Z_]+)(?:=[^`]*)?`", page))
    variables = {parameter.variable for parameter in PARAMETERS if parameter.variable}
    assert {*KNOWN, *ALIASES, *UNKEPT, *variables} <= named
    for name, values in UNKEPT.items():
        assert not values or f"`{name}={values[0]}`" in page or f"`{name}={values[1]}`" in page
