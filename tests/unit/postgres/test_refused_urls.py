"""What can't be right in a database URL is refused by a sentence that names it, and no password is told."""

from __future__ import annotations

import asyncio
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapless.adapters.postgres.addresses.parameters import ALIASES, KNOWN, PARAMETERS, TEXT, UNKEPT, Parameter
from gapless.adapters.postgres.connections.engine import create_engine
from gapless.kit.errors import StoreUnavailable
from tests.libpq import reading
from tests.properties import bounded
from tests.unit.postgres.drawn_urls import examples_of
from tests.unit.postgres.reached import meant, reached, read


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


@bounded(200)
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
