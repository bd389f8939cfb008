"""What is declared stands in the catalogue, and its services in the application; docs/adding.md says where."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import attrs
import pytest

from gapless import domain, services
from gapless.bootstrap import services as built
from gapless.domain.catalogue import GAPLESS
from gapless.domain.phone_numbers import phone_number_rules
from gapless.kit import Catalogue, Model
from gapless.services.phone_numbers import PhoneNumbers
from tests.every import methods_of


def named_in(package: ModuleType) -> Iterator[tuple[str, object]]:
    """Everything that stands in a package, with its name."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield from vars(importlib.import_module(module.name)).items()


def left_out_of(catalogue: Catalogue) -> set[str]:
    """The declarations of the domain that a catalogue lacks."""
    return {name for name, found in named_in(domain) if isinstance(found, Model) and found not in catalogue.models}


def left_out_among(declared: set[type]) -> set[str]:
    """The services that are not among these; what works for one organization alone is no service."""
    return {
        found.__name__
        for _, found in named_in(services)
        if inspect.isclass(found)
        if attrs.has(found) and found.__module__.startswith(f"{services.__name__}.") and methods_of(found)
        if "organization_id" not in {field.alias for field in attrs.fields(found)} and found not in declared
    }


def test_every_declaration_is_in_the_catalogue() -> None:
    """No entity of the domain is left out of the catalogue, and so of both stores."""
    assert left_out_of(GAPLESS) == set(), "Add these to GAPLESS in src/gapless/domain/catalogue.py."


def test_every_service_is_in_the_application() -> None:
    """No group of use cases is left out of the application."""
    missing = left_out_among(set(built().values()))
    assert missing == set(), "Declare these as attributes of Gapless in src/gapless/bootstrap.py."


@pytest.mark.parametrize("place", range(2))
def test_what_is_left_out_is_found(place: int) -> None:
    """Planted: an entity that a catalogue lacks, and a service that an application lacks, are named."""
    without = Catalogue(tuple(model for model in GAPLESS.models if model is not phone_number_rules)[:2])
    found = (left_out_of(without), left_out_among({*built().values()} - {PhoneNumbers}))[place]
    assert found >= ({"phone_number_rules"}, {"PhoneNumbers"})[place]
