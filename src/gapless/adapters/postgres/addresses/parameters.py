"""Lists the parameters that a database URL may have, how each is written, and which ones are refused."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

import attrs

from gapless.kit.errors import StoreUnavailable

Value = str | int | float | bool
GREATEST_PORT = 65535
GREATEST_SECONDS = 86400
GREATEST_NUMBER = 2**31 - 1


@attrs.frozen
class Form:
    """How the value of a parameter is written.

    Attributes:
        words: what the value is, for a sentence.
        read: gives the value that a text means; None if it means none.
    """

    words: str
    read: Callable[[str], Value | None]


@attrs.frozen(kw_only=True)
class Parameter:
    """A parameter of a database URL.

    Attributes:
        name: the name that libpq, SQLAlchemy's dialect or the driver has for it.
        form: how its value is written.
        variable: the variable of the environment that the driver reads in its place; None if there is none.
        at_startup: whether it is sent with the first message, in which a pooler refuses parameters it doesn't know.
        usual_file: the file in the folder .postgresql that is read without the parameter; None if it names no file.
    """

    name: str
    form: Form
    variable: str | None = None
    at_startup: bool = False
    usual_file: str | None = None

    def value(self, text: str, origin: str) -> Value:
        """Reads a value from its text.

        Raises:
            StoreUnavailable: the text means no value; the message says the origin and what is expected, not the text.
        """
        if not text:
            raise StoreUnavailable(f"{origin} has no value: give it one, or leave it out.")
        found = self.form.read(text)
        if found is None:
            raise StoreUnavailable(f"{origin} is {self.form.words}.")
        return found


def _one_of(*values: str) -> Form:
    return Form(f"one of {', '.join(values)}", lambda text: text if text in values else None)


def _number(least: int, greatest: int, what: str = "a whole number") -> Form:
    def read(text: str) -> int | None:
        number = int(text) if re.fullmatch("-?[0-9]{1,10}", text) else None
        return number if number is not None and least <= number <= greatest else None

    return Form(f"{what} from {least} to {greatest}", read)


def _seconds(text: str) -> float | None:
    number = float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else 0.0
    return number if 0 < number <= GREATEST_SECONDS else None


TEXT = Form("a text", str)
SWITCH = Form("true or false", {"true": True, "false": False, "1": True, "0": False, "on": True, "off": False}.get)
SIZE = _number(0, GREATEST_NUMBER)
TLS_MODE = _one_of("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
TLS_VERSION = _one_of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
TARGET = _one_of("any", "primary", "standby", "prefer-standby", "read-write", "read-only")

PARAMETERS = (
    Parameter(name="host", form=TEXT, variable="PGHOST"),
    Parameter(name="port", form=TEXT, variable="PGPORT"),
    Parameter(name="user", form=TEXT, variable="PGUSER"),
    Parameter(name="password", form=TEXT, variable="PGPASSWORD"),
    Parameter(name="dbname", form=TEXT, variable="PGDATABASE"),
    Parameter(name="passfile", form=TEXT, variable="PGPASSFILE"),
    Parameter(name="service", form=TEXT, variable="PGSERVICE"),
    Parameter(name="servicefile", form=TEXT, variable="PGSERVICEFILE"),
    Parameter(name="connect_timeout", form=_number(-1, GREATEST_SECONDS, "a whole number of seconds")),
    Parameter(name="command_timeout", form=Form(f"a number of seconds, {GREATEST_SECONDS} at most", _seconds)),
    Parameter(name="application_name", form=TEXT),
    Parameter(name="fallback_application_name", form=TEXT),
    Parameter(name="options", form=TEXT, at_startup=True),
    Parameter(name="target_session_attrs", form=TARGET, variable="PGTARGETSESSIONATTRS"),
    Parameter(name="sslmode", form=TLS_MODE, variable="PGSSLMODE"),
    Parameter(name="sslnegotiation", form=_one_of("postgres", "direct"), variable="PGSSLNEGOTIATION"),
    Parameter(name="sslrootcert", form=TEXT, variable="PGSSLROOTCERT", usual_file="root.crt"),
    Parameter(name="sslcrl", form=TEXT, variable="PGSSLCRL", usual_file="root.crl"),
    Parameter(name="sslcert", form=TEXT, variable="PGSSLCERT", usual_file="postgresql.crt"),
    Parameter(name="sslkey", form=TEXT, variable="PGSSLKEY", usual_file="postgresql.key"),
    Parameter(name="sslpassword", form=TEXT),
    Parameter(name="ssl_min_protocol_version", form=TLS_VERSION, variable="PGSSLMINPROTOCOLVERSION"),
    Parameter(name="ssl_max_protocol_version", form=TLS_VERSION, variable="PGSSLMAXPROTOCOLVERSION"),
    Parameter(name="krbsrvname", form=TEXT, variable="PGKRBSRVNAME"),
    Parameter(name="gsslib", form=_one_of("gssapi", "sspi"), variable="PGGSSLIB"),
    Parameter(name="pooler", form=SWITCH),
    Parameter(name="statement_cache_size", form=SIZE),
    Parameter(name="prepared_statement_cache_size", form=SIZE),
    Parameter(name="max_cached_statement_lifetime", form=SIZE),
    Parameter(name="max_cacheable_statement_size", form=SIZE),
)
KNOWN: Mapping[str, Parameter] = MappingProxyType({parameter.name: parameter for parameter in PARAMETERS})
# Other names of parameters: in URLs of SQLAlchemy, of the driver and of hosted servers.
ALIASES: Mapping[str, str] = MappingProxyType({"ssl": "sslmode", "database": "dbname", "pgbouncer": "pooler"})

# The parameters that libpq knows and the driver does not, each with the values that ask for what happens anyway. Any
# other value is refused, because nothing would carry it out, and most of them ask for more safety (decision 0024).
UNKEPT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "channel_binding": ("disable", "prefer"),
        "client_encoding": ("UTF8", "utf8", "UTF-8", "utf-8"),
        "gssdelegation": ("0",),
        "gssencmode": ("disable", "prefer"),
        "hostaddr": (),
        "keepalives": (),
        "keepalives_count": (),
        "keepalives_idle": (),
        "keepalives_interval": (),
        "load_balance_hosts": ("disable",),
        "max_protocol_version": ("3.0",),
        "min_protocol_version": ("3.0",),
        "oauth_client_id": (),
        "oauth_client_secret": (),
        "oauth_issuer": (),
        "oauth_scope": (),
        "replication": ("false", "off", "no", "0"),
        "require_auth": (),
        "requirepeer": (),
        "requiressl": ("0",),
        "scram_client_key": (),
        "scram_server_key": (),
        "sslcertmode": ("allow",),
        "sslcompression": ("0",),
        "sslcrldir": (),
        "sslkeylogfile": (),
        "sslsni": ("1",),
        "tcp_user_timeout": ("0",),
    }
)


def parameter_of(name: str) -> Parameter:
    """The parameter that has this name, or for which it is another name.

    Raises:
        StoreUnavailable: there is no such parameter; the message says the name, and the parameter that may be meant.
    """
    found = KNOWN.get(ALIASES.get(name, name))
    if found is not None:
        return found
    if not re.fullmatch("[A-Za-z][A-Za-z_]{0,39}", name):
        # The message does not repeat it, because it may be the rest of a password that was not encoded (decision 0024).
        raise StoreUnavailable("The database URL has a parameter that no parameter's name looks like.")
    near = difflib.get_close_matches(name, [*KNOWN, *ALIASES], 1)
    meant = f": is {near[0]} meant?" if near else "; docs/connecting.md lists those that there are."
    raise StoreUnavailable(f"{name} is no parameter of a database URL{meant}")


def is_kept(name: str, text: str, origin: str) -> bool:
    """Whether the parameter is read; it is passed over if it only asks for what happens anyway.

    Raises:
        StoreUnavailable: the parameter asks for what the driver can't do.
    """
    if name not in UNKEPT:
        return True
    if text not in UNKEPT[name]:
        possible = f", or {' or '.join(UNKEPT[name])}" if UNKEPT[name] else ""
        raise StoreUnavailable(f"{origin} asks for what the driver can't do: leave it out{possible}.")
    return False
