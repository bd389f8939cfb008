"""What a database calls tables and columns is said apart from what the declaration calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import attrs
import pytest

from gapless.kit import Catalogue, Entity, Model, Names, camel_case, model_of, rules_of
from gapless.kit.errors import DeclarationError
from gapless.kit.names import named
from gapless.postgres import create_statements
from tests.clinics.networks import NETWORK, Form, Job, Person

COLUMNS = tuple(attrs.evolve(column, stored_as=None) for column in model_of(Person).columns)


def thing(table: str, names: Names, **fields: type) -> Model[Entity]:
    """The model of shared things with these fields besides an id."""
    given = {name: attrs.field(type=kind) for name, kind in {"id": int, **fields}.items()}
    entity = attrs.make_class("Thing", given, bases=(Entity,), frozen=True, kw_only=True, slots=True)
    return rules_of(entity, table, shared=True, names=names)(lambda _: ())


def called(names: object) -> list[str]:
    """What the columns of a person are called with these names."""
    return [column.stored for column in named("Person", COLUMNS, cast(Names, names))]


def test_names_are_those_of_fields_unless_others_are_said() -> None:
    """A mapping names some columns, a function all of them; fields, rules and their names stay as they are."""
    assert called(Names()) == ["id", "name", "most_jobs", "version"]
    assert called(Names(None, {"name": "Name"})) == ["id", "Name", "most_jobs", "version"]
    assert called(Names(None, camel_case)) == ["id", "name", "mostJobs", "version"]
    assert [camel_case(field) for field in ("id", "starts_at", "is_b2b_at_all", "_x")] == [
        "id",
        "startsAt",
        "isB2bAtAll",
        "X",
    ]
    assert model_of(Form).stored == "Form.of"
    assert [column.name for column in model_of(Job).columns] == ["clinic", "person", "place", "version"]
    assert {rule.name for rule in model_of(Job).rules} >= {"jobs_clinic_person_unique", "jobs_place_storable"}


WRONG: dict[str, tuple[object, str]] = {
    "no names": ("person", r"Person: `names` is a Names\(table, columns\), not a text"),
    "columns that are none": (Names(None, cast(Callable[[str], str], 5)), "are a mapping from fields to columns or a"),
    "an unknown field": (Names(None, {"nmae": "name"}), "Person: `names` speaks of 'nmae', which is not a field"),
    "one name twice": (Names(None, lambda _: "x"), "Person: two columns would be called 'x'"),
    "no text": (Names(None, {"name": cast(str, None)}), "Person.name: a column can't be called None: a name"),
    "an empty one": (Names(""), "Person: a table can't be called '': a name is a text of 1 to 63 bytes"),
    "NUL": (Names("a\0b"), "a table can't be called"),
    "half a letter": (Names(None, {"name": "\ud800"}), "Person.name: a column can't be called"),
    "too many bytes": (Names("ä" * 32), "a name is a text of 1 to 63 bytes without control characters"),
    "a tab": (Names(None, {"name": "a\tb"}), "Person.name: a column can't be called"),
}


@pytest.mark.parametrize("name", WRONG)
def test_names_that_are_none_are_refused(name: str) -> None:
    """What PostgreSQL would cut, mix up or refuse is refused where it is declared, by the field and with the reason."""
    names, message = WRONG[name]
    with pytest.raises(DeclarationError, match=message):
        called(names)


def test_another_name_goes_round_what_a_column_can_not_be_called() -> None:
    """A field may be called as a column of the server or a variable of its triggers, if its column is not."""
    with pytest.raises(DeclarationError, match=r"Thing.found: .* called found: rename the field, or say names=Names"):
        thing("things", Names(), found=bool)
    names = Names("Thing", {"xmin": "x_min", "found": "wasFound"})
    columns = thing("things", names, xmin=int, found=bool).columns
    assert [column.stored for column in columns] == ["id", "x_min", "wasFound"]


def test_two_tables_have_two_names() -> None:
    """Two entities are not kept in one table, whatever they are called in the declaration."""
    one, other = (thing(table, Names("Thing")) for table in ("things", "others"))
    with pytest.raises(DeclarationError, match=r"would both have the table or index Thing in PostgreSQL"):
        Catalogue((one, other))


def test_no_statement_says_the_name_of_a_field() -> None:
    """Where a table has other names than the declaration, the SQL of its tables knows no others."""
    text = "\n".join(create_statements(NETWORK, "n"))
    countries = '"All ""countries""; of 100 % \\ "'
    for strange in (countries, '"Form.of"', '"Most; Jobs"', '"isOpen"', '"größe"', '"Place.No"'):
        assert strange in text
    assert "most_jobs" not in text.replace("Most; Jobs", "")
    assert " is_open" not in text
