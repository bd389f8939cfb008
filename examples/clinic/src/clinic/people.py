"""Countries and people, whom all clinics share."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from gapless.kit import Check, Entity, OnDelete, Reference, Rule, between, is_blank, length, matches, negate, rules_of


@attrs.frozen(kw_only=True, slots=True)
class Country(Entity):
    """A country, by its code of ISO 3166-1."""

    code: str
    name: str
    version: int = 0


@rules_of(Country, "countries", shared=True, key=("code",))
def country_rules(country: Country) -> Iterator[Rule]:
    """What holds for every country."""
    yield Check("countries_code_form", "A code is two capital letters.", matches(country.code, "[A-Z]{2}"))
    yield Check("countries_name_length", "A name has 2 to 60 characters.", between(length(country.name), 2, 60))


REGISTER = "P[0-9]{6}"
"""How a number of the register is written."""


@attrs.frozen(kw_only=True, slots=True)
class Person(Entity):
    """Somebody who works in one clinic or in several, by the number of the register."""

    register: str
    name: str
    country: str
    version: int = 0


@rules_of(Person, "people", shared=True, key=("register",))
def person_rules(person: Person) -> Iterator[Rule]:
    """What holds for everybody."""
    yield Check("people_register_form", "A number is P and six digits.", matches(person.register, REGISTER))
    yield Check("people_name_shown", "Somebody has a name.", negate(is_blank(person.name)))
    yield Check("people_name_length", "A name has 80 characters at most.", length(person.name) <= 80)
    yield Reference("people_country_fkey", "The country is there.", person.country, Country, OnDelete.RESTRICT)
