"""What a database URL says to the driver is what libpq reads in it; what is refused is named, no password is told."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import asyncpg
import attrs
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gapless.adapters.postgres.addresses import Address, read_address
from gapless.adapters.postgres.connector import Connector
from gapless.adapters.postgres.engine import create_engine, normalised_url
from gapless.adapters.postgres.hosts import Host
from gapless.adapters.postgres.parameters import ALIASES, KNOWN, PARAMETERS, TEXT, UNKEPT, Parameter
from gapless.domain.errors import StoreUnavailable
from tests.libpq import parameters, reading
from tests.unit.postgres.drawn_urls import examples_of, urls

Reader = Callable[[str], Address]
Call = dict[str, object]


def read(url: str) -> Address:
    """The address that a URL alone says."""
    return read_address(url, environment={})


def reached(address: Address) -> list[Call]:
    """What the driver is asked for, host by host, when nobody answers."""
    calls: list[Call] = []

    async def refuses(**arguments: object) -> None:
        calls.append(arguments)
        raise OSError

    with mock.patch.object(asyncpg, "connect", refuses), pytest.raises(StoreUnavailable):
        asyncio.run(Connector(address, 6.0)())
    return calls


def meant(url: str) -> list[Call]:
    """The same, as libpq reads the URL."""
    info = reading(url)
    assert info is not None, url
    hosts: list[str | None] = [*info["host"].split(",")] if "host" in info else [None]
    ports = info.get("port", "").split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    return [_call(info, host, int(port or 5432), len(hosts)) for host, port in zip(hosts, ports, strict=True)]


def _call(info: dict[str, str], host: str | None, port: int, number: int) -> Call:
    seconds = float(info["connect_timeout"]) if "connect_timeout" in info else 6.0 / number
    name = info.get("application_name") or info.get("fallback_application_name") or "gapless"
    encrypted = False if host is not None and host.startswith("/") else info.get("sslmode")
    said = {
        "host": host,
        "port": port,
        "database": info.get("dbname"),
        "user": info.get("user"),
        "password": info.get("password"),
        "passfile": info.get("passfile"),
        "krbsrvname": info.get("krbsrvname"),
        "gsslib": info.get("gsslib"),
        "timeout": seconds,
        "target_session_attrs": info.get("target_session_attrs", "any" if number == 1 else "primary"),
        "server_settings": {"application_name": name} | ({"options": info["options"]} if "options" in info else {}),
        "ssl": encrypted,
    }
    return {name: value for name, value in said.items() if value is not None or name in ("host", "database")}


def law(reader: Reader, *phases: Phase) -> None:
    """Holds when a reader tells the driver of every URL what libpq reads in it."""

    @settings(max_examples=200, database=None, derandomize=True, phases=phases or tuple(Phase))
    @given(urls())
    def holds(url: str) -> None:
        assert reached(reader(url)) == meant(url), url

    holds()


def test_urls_are_read_as_libpq_reads_them() -> None:
    """Hosts, ports, credentials and parameters reach the driver as libpq itself reads them in the same URL."""
    law(read)


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
    """Each planted fault of a reader breaks the law."""
    with pytest.raises((AssertionError, StoreUnavailable)):
        law(FAULTS[fault], Phase.generate)


def test_every_parameter_of_libpq_is_known() -> None:
    """Each parameter that libpq has is read, or refused with a reason of its own; none of them is overlooked."""
    assert parameters() <= KNOWN.keys() | UNKEPT.keys()
    assert not KNOWN.keys() & UNKEPT.keys()


@pytest.mark.parametrize("name", UNKEPT)
def test_what_the_driver_can_not_keep(name: str) -> None:
    """A parameter that the driver can't keep is refused by name, unless it says what happens anyway."""
    with pytest.raises(StoreUnavailable, match=rf"^{name} asks for what the driver can't do"):
        read(f"postgresql://h/db?{name}=required")
    for value in UNKEPT[name]:
        assert read(f"postgresql://h/db?{name}={value}") == read("postgresql://h/db")


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda parameter: parameter.name)
def test_empty_and_repeated_values(parameter: Parameter) -> None:
    """A parameter without a value is refused by name, and so is one that is given twice, by an alias too."""
    with pytest.raises(StoreUnavailable, match=f"^{parameter.name} has no value"):
        read(f"postgresql:///?{parameter.name}=")
    value = "1" if parameter.form is TEXT else examples_of(parameter)[0]
    others = [alias for alias, name in ALIASES.items() if name == parameter.name]
    for other in [*others, *([] if parameter.name == "host" else [parameter.name])]:
        with pytest.raises(StoreUnavailable, match=f"^{other} is given twice"):
            read(f"postgresql:///?{parameter.name}={value}&{other}={value}")


@pytest.mark.parametrize(
    "parameter", [each for each in PARAMETERS if each.form is not TEXT], ids=lambda parameter: parameter.name
)
@pytest.mark.parametrize("value", ["nonsense", "-7", "1e3", "99999999999", "%20", "TRUE", "%31%2E5x"])
def test_malformed_values(parameter: Parameter, value: str) -> None:
    """A value that is none of those that a parameter takes is refused; the message names the parameter and them."""
    with pytest.raises(StoreUnavailable) as caught:
        read(f"postgresql://h/db?{parameter.name}={value}")
    assert caught.value.message == f"{parameter.name} is {parameter.form.words}."


@pytest.mark.parametrize("name", [*KNOWN, *UNKEPT, *ALIASES])
def test_unknown_parameters(name: str) -> None:
    """A name that is none is refused by name and never becomes a setting of the server; a likely one is proposed."""
    for slip in {name[:-1] + "_", f"{name}x", name.upper()} - {*KNOWN, *UNKEPT, *ALIASES}:
        with pytest.raises(StoreUnavailable, match=f"^{slip} is no parameter of a database URL"):
            read(f"postgresql://h/db?{slip}=1")
    with pytest.raises(StoreUnavailable, match="is sslmode meant"):
        read("postgresql://h/db?sslmod=require")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://h:notaport/db", "port"),
        ("postgresql://h:99999/db", "port"),
        ("postgresql://h:0/db", "port"),
        ("postgresql://h1:1,h2:2/db?port=3", "port is given twice"),
        ("postgresql:///db?host=h1,h2&port=1,2,3", "3 ports for 2 hosts"),
        ("postgresql://h/db?host=g", "host is given twice"),
        ("postgresql://h1,,h2/db", "empty"),
        ("postgresql:///db?host=a,", "host"),
        ("postgresql://a..b/db", "host"),
        ("postgresql://::1/db", "brackets"),
        ("postgresql://u:p@h/db?password=q", "password is given twice, with two values"),
        ("postgresql://u@h/db?user=v", "user is given twice, with two values"),
        ("postgresql://h/db?dbname=other", "dbname is given twice, with two values"),
        ("postgresql://h/db?sslmode=require&ssl=disable", "ssl is given twice"),
        ("postgresql://h/db?sslrootcert=/ca.pem", "sslrootcert says whom to trust"),
        ("postgresql://h/db?sslrootcert=/ca.pem&sslmode=allow", "sslmode=allow verifies nobody"),
        ("postgresql://h/db?sslrootcert=system&sslmode=require", "needs sslmode=verify-full"),
        ("postgresql://h/db?sslcert=/me.pem&sslmode=disable", "sslcert contradicts"),
        ("postgresql://h/db?sslnegotiation=direct", "sslnegotiation=direct needs"),
        ("postgresql://h/db?ssl_min_protocol_version=TLSv1.3&ssl_max_protocol_version=TLSv1.2", "no version"),
        ("postgresql://h/db?options=-cx%3D1&pooler=true", "options can't be used with pooler"),
        ("postgresql://h/db?options=-cx%3D1&pgbouncer=true", "options can't be used with pooler"),
        ("postgresql://h/db?statement_cache_size=9&pooler=true", "statement_cache_size contradicts pooler"),
        ("postgresql://h/db?service=prod", "service"),
        ("postgresql://h/d%zzb", "database's name"),
        ("postgresql://h/%FF", "UTF-8"),
        ("postgresql://h/%00", "NUL"),
        ("postgresql://h/db\n", "line break"),
        (" postgresql://h/db", "begins with"),
        ("postgresql://u:p@ss@h/db", "percent-encode"),
        ("postgresql://u:p/ss@h/db", "percent-encode"),
        ("postgresql://h/db?sslmode", "name=value"),
        ("postgresql://h/db?a/b=1", "no parameter's name"),
    ],
)
def test_what_can_not_be_right(url: str, told: str) -> None:
    """What contradicts itself, or is no host, no port, no encoding, is refused by a sentence that says what it is."""
    with pytest.raises(StoreUnavailable) as caught:
        read(url)
    assert told in caught.value.message


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
    """pooler=true, pgbouncer=true and the argument mean one: nothing is prepared for later."""
    asked = read_address("postgresql://h/db", pooler=True, environment={})
    for said in ("pooler=true", "pgbouncer=true", "pooler=1"):
        assert read(f"postgresql://h/db?{said}") == asked
    assert read("postgresql://h/db?pooler=false") == read("postgresql://h/db")
    (call,) = reached(asked)
    assert call["statement_cache_size"] == 0


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


@settings(max_examples=500)
@given(
    st.sampled_from(["postgresql://", "postgres://", "postgresql+asyncpg://", ""]),
    st.text(st.one_of(st.sampled_from("ab1@:/?&=%[],. +"), st.characters()), max_size=30),
)
def test_any_text_is_read_or_refused(scheme: str, rest: str) -> None:
    """Whatever text is given is read, or refused by an error of gapless; what both take, libpq reads alike."""
    url = f"{scheme}{rest}"
    try:
        create_engine(url)
        address = read(url)
    except StoreUnavailable:
        return
    if scheme != "postgresql+asyncpg://" and "=" not in url and reading(url) is not None:
        assert reached(address) == meant(url)


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "postgresql://\ud800", "postgresql://h/\x7f", "x" * 100_000])
def test_texts_that_are_no_text(text: str) -> None:
    """Not even half a character or a NUL ends in another error."""
    with pytest.raises(StoreUnavailable):
        create_engine(text)


PLACES = [
    "postgresql://u:{}@127.0.0.1:1/db",
    "postgresql://u:{}@127.0.0.1:1,127.0.0.1:2/db",
    "postgresql://127.0.0.1:1/db?user=u&password={}",
    "postgresql://127.0.0.1:1/db?sslpassword={}&sslcert=/nowhere&sslmode=require",
    "postgresql://u:{}@127.0.0.1:1/db?sslmod=require",
    "postgresql://u:{}@127.0.0.1:99999/db",
    "postgresql://u:{}@nosuchhost.invalid/db",
    "postgresql://u:{}@127.0.0.1:1/db?password=other",
    "postgresql://u:p@x{}@127.0.0.1:1/db",
    "postgresql://u:p@{}/db@127.0.0.1:1/db",
    "postgresql://u:p/{}@127.0.0.1:1/db",
    "postgresql://u:p@h?{}@127.0.0.1:1/db",
    "postgresql://u:p%{}@127.0.0.1:1/db",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("secret", ["hunter2", "hunter2%20it%27s", "hunter2&x=1", "hunter2#y"])
def test_no_password_is_told(place: str, secret: str) -> None:
    """A password stands nowhere in the chain of errors, wherever reading or connecting ends, and in no repr."""
    url = place.format(secret)

    async def opened() -> None:
        engine = create_engine(url)
        assert "hunter2" not in f"{engine!r}{engine.url!s}{read(url)!r}"
        try:
            async with engine.connect():
                pass
        finally:
            await engine.dispose()

    with pytest.raises(StoreUnavailable) as caught:
        asyncio.run(opened())
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_the_engine_shows_an_address_that_leads_there() -> None:
    """The URL of an engine is SQLAlchemy's, and read again it is the same address."""
    for url in (
        "postgresql://u:p%40@h:5/db?sslmode=require",
        "postgresql://u@h1:1,[::1]:2/db",
        "postgresql:///db?host=/t",
    ):
        shown = normalised_url(url)
        assert read(shown.render_as_string(hide_password=False)) == read(url)
