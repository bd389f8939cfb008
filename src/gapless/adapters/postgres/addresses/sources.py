"""Collects the parameters of an address: from the URL first, then from its service, and then from the environment."""

from __future__ import annotations

import configparser
import enum
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from gapless.adapters.postgres.addresses.parameters import PARAMETERS, Value, is_kept, parameter_of
from gapless.adapters.postgres.addresses.urls import UrlParts
from gapless.kit.errors import StoreUnavailable

SERVICE_FILE = ".pg_service.conf"


class ParameterSource(enum.Enum):
    """Where a value comes from."""

    URL = "the URL"
    SERVICE = "the service"
    ENVIRONMENT = "the environment"


@attrs.frozen
class Given:
    """A value of a parameter.

    Attributes:
        name: the name of the parameter.
        value: the value.
        source: where it comes from.
        origin: what the parameter is called there, for a sentence.
    """

    name: str
    value: Value = attrs.field(repr=False)
    source: ParameterSource
    origin: str


def all_given(parts: UrlParts, environment: Mapping[str, str]) -> dict[str, Given]:
    """Every parameter that has a value, by its name; the URL goes before the other sources.

    Args:
        parts: the parts of the URL.
        environment: the variables that the driver knows.

    Raises:
        StoreUnavailable: a parameter is unknown, is given twice, or has a value without a meaning.
    """
    given: dict[str, Given] = {}
    for found in _of_url(parts):
        if given.setdefault(found.name, found).value != found.value:
            raise StoreUnavailable(f"{found.origin} is given twice, with two values: say it once.")
    variables = {found.name: found for found in _of_environment(environment)}
    for found in (*_of_service(given | {k: v for k, v in variables.items() if k not in given}), *variables.values()):
        # If the URL has hosts before its path, their ports are there too.
        if not (parts.endpoints and found.name in ("host", "port")):
            given.setdefault(found.name, found)
    return given


def _of_url(parts: UrlParts) -> Iterator[Given]:
    for name, text in (("user", parts.user), ("password", parts.password), ("dbname", parts.database)):
        if text is not None:
            yield from _given(name, text, ParameterSource.URL, name)
    hosts = [text for name, text in parts.parameters if name == "host"]
    if hosts and parts.endpoints:
        raise StoreUnavailable("host is given twice, before the path and as a parameter: say it once.")
    if hosts:
        # SQLAlchemy repeats the parameter to name several hosts.
        yield from _given("host", ",".join(hosts) if all(hosts) else "", ParameterSource.URL, "host")
    seen: set[str] = set()
    for name, text in parts.parameters:
        if name != "host":
            found = list(_given(name, text, ParameterSource.URL, name))
            if name in seen or any(each.name in seen for each in found):
                raise StoreUnavailable(f"{name} is given twice: say it once.")
            seen |= {name, *(each.name for each in found)}
            yield from found


def _of_environment(environment: Mapping[str, str]) -> Iterator[Given]:
    for parameter in PARAMETERS:
        if parameter.variable and environment.get(parameter.variable):
            text = environment[parameter.variable]
            yield from _given(parameter.name, text, ParameterSource.ENVIRONMENT, parameter.variable)


def _of_service(given: Mapping[str, Given]) -> Iterator[Given]:
    """The parameters that the file of services has for the service that is named."""
    if "service" not in given:
        return
    service, named = given["service"], given.get("servicefile")
    try:
        path = Path.home() / SERVICE_FILE if named is None else Path(str(named.value))
        services = configparser.RawConfigParser(strict=False)
        services.read_string(path.read_text(encoding="utf-8"))
        found = dict(services[str(service.value)])
    except (OSError, ValueError, RuntimeError, KeyError, configparser.Error):
        # The cause is left out, because it may show a line of the file, and so a password (decision 0024).
        raise StoreUnavailable(
            f"{service.origin} names a service that no readable file of services has: "
            f"{SERVICE_FILE} in the home folder, or the one that servicefile names."
        ) from None
    for name, text in found.items():
        yield from _given(name, text, ParameterSource.SERVICE, f"{name} of the service")


def _given(name: str, text: str, source: ParameterSource, origin: str) -> Iterator[Given]:
    """The value, unless it only asks for what happens anyway."""
    if is_kept(name, text, origin):
        parameter = parameter_of(name)
        # libpq accepts this too, which comes from the URLs of Java.
        meant = "require" if (name, text) == ("ssl", "true") else text
        yield Given(parameter.name, parameter.value(meant, origin), source, origin)
