"""What follows from a catalogue and a schema alone is made once, for all stores and all checks."""

import pytest

from gapless.adapters.postgres import PostgresStore, create_engine
from gapless.adapters.postgres.schema import creation
from gapless.adapters.postgres.statements import statement
from gapless.adapters.postgres.verification.comparison import Declaration
from gapless.domain.catalogue import GAPLESS
from gapless.domain.users import User
from gapless.kit import Catalogue
from gapless.kit.errors import InvalidValue
from tests.voice.hosted import HOSTED


def a_store(catalogue: Catalogue, schema: str) -> PostgresStore:
    """A store on an engine of its own, which has not connected to anything."""
    return PostgresStore(create_engine("postgresql://nobody@127.0.0.1:1/nothing"), catalogue, schema=schema)


def test_a_statement_is_compiled_once_for_all_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one store has compiled no other compiles again; another schema or catalogue has its own."""
    first = a_store(GAPLESS, "once")._compiled.of(User).get()
    assert a_store(HOSTED, "once")._compiled.of(User).get() is not first
    assert "elsewhere.users" in a_store(GAPLESS, "elsewhere")._compiled.of(User).get().text
    monkeypatch.setattr(statement, "compiled", lambda _: pytest.fail("it is compiled again"))
    assert a_store(GAPLESS, "once")._compiled.of(User).get() is first


def test_a_declaration_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a database is compared with is written once for a catalogue in a schema, and for no other."""
    declared = Declaration.of(GAPLESS, "once")
    assert {*Declaration.of(HOSTED, "once").objects} - {*declared.objects}
    assert "elsewhere" in str(Declaration.of(GAPLESS, "elsewhere").objects)
    monkeypatch.setattr(creation, "fingerprint", lambda *_: pytest.fail("it is written again"))
    assert Declaration.of(GAPLESS, "once") == declared


@pytest.mark.parametrize("given", [None, [GAPLESS], "GAPLESS"], ids=["nothing", "a list", "a name"])
def test_what_is_no_catalogue_is_refused(given: Catalogue) -> None:
    """A store on something else than a catalogue is refused as it is made, as one in memory is."""
    with pytest.raises(InvalidValue, match="catalogue must be a Catalogue"):
        a_store(given, "gapless")
    with pytest.raises(InvalidValue, match="catalogue must be a Catalogue"):
        Declaration.of(given, "gapless")
