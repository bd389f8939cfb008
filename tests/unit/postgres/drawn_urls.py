"""Database URLs that are drawn: every part in any spelling that libpq takes."""

from __future__ import annotations

import string
from urllib.parse import quote

from hypothesis import strategies as st

from gapless.adapters.postgres.addresses.parameters import PARAMETERS, TEXT, Parameter
from tests.libpq import parameters

CANDIDATES = ("true", "3", "require", "verify-ca", "primary", "any", "TLSv1.2", "direct", "gssapi")
PLACED = ("host", "port", "user", "password", "dbname", "service", "servicefile")
TEXTS = st.text(
    st.one_of(st.sampled_from("ab1+%@/:?&= "), st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    min_size=1,
    max_size=6,
)
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,5}(\.[a-z]{1,4})?", fullmatch=True)
PLAIN = f"{string.ascii_letters}{string.digits}+-._~!$'()*;"
PORTS = st.integers(1, 65535).map(str)


def examples_of(parameter: Parameter) -> list[str]:
    """Values that a parameter takes."""
    return [text for text in CANDIDATES if parameter.form.read(text) is not None]


def spelt(text: str) -> st.SearchStrategy[str]:
    """A text as it may stand in a URL: what need not be encoded is, is not, or is now and then."""
    spellings = (range(0), range(1), range(2), range(1, 2))
    return st.sampled_from(spellings).map(
        lambda plain: "".join(
            character if character in PLAIN and place % 2 in plain else quote_all(character)
            for place, character in enumerate(text)
        )
    )


def quote_all(character: str) -> str:
    """The character by its bytes, letters too."""
    return "".join(f"%{byte:02X}" for byte in character.encode())


@st.composite
def _endpoint(draw: st.DrawFn) -> str:
    """A host before the path."""
    host = draw(
        st.one_of(
            NAMES.flatmap(spelt),
            st.sampled_from(["127.0.0.1", "[::1]", "[fe80::1]", quote("/t", safe=""), quote("/a b/c", safe="")]),
        )
    )
    port = draw(st.one_of(st.just(""), PORTS.map(":{}".format), st.just(":")))
    return f"{host}{port}"


@st.composite
def _hosts(draw: st.DrawFn) -> tuple[str, list[str]]:
    """The hosts, before the path or as parameters."""
    if draw(st.booleans()):
        return ",".join(draw(st.lists(_endpoint(), max_size=3))), []
    names = draw(st.lists(st.one_of(NAMES, st.just("::1"), st.just("/t")), min_size=1, max_size=3))
    ports = draw(st.one_of(st.just([]), st.lists(PORTS, min_size=1, max_size=1), st.just(["1"] * len(names))))
    port = [f"port={','.join(ports)}"] if ports else []
    return "", [f"host={draw(spelt(','.join(names)))}", *port]


@st.composite
def urls(draw: st.DrawFn) -> str:
    """A URL that libpq takes, and nothing in it contradicts itself."""
    user, password = draw(st.one_of(st.just(""), TEXTS)), draw(st.one_of(st.just(""), TEXTS))
    credentials = f"{draw(spelt(user))}:{draw(spelt(password))}@" if user else ""
    authority, query = draw(_hosts())
    database = draw(st.one_of(st.just(""), TEXTS))
    known = parameters()
    chosen = [
        each
        for each in PARAMETERS
        if each.name in known
        and each.name not in PLACED
        and (each.name == "sslmode" or not each.name.startswith("ssl"))
    ]
    for parameter in draw(st.lists(st.sampled_from(chosen), unique=True, max_size=4)):
        values = TEXTS if parameter.form is TEXT else st.sampled_from(examples_of(parameter))
        query.append(f"{parameter.name}={draw(spelt(draw(values)))}")
    scheme = draw(st.sampled_from(["postgres", "postgresql"]))
    path = f"/{draw(spelt(database))}" if database or query else ""
    return f"{scheme}://{credentials}{authority}{path}{'?' if query else ''}{'&'.join(draw(st.permutations(query)))}"
