"""Every rule of the audit trail is broken and refused, whatever type the ids of users have."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from gapless.kit.audit import AuditRecord
from gapless.kit.ports import Store
from gapless.testing.counterexamples.attempts import Attempt
from gapless.testing.enforcers import ask_entity
from gapless.testing.factories import Factories
from gapless.testing.violations import attempts
from tests.clinics.practices import KINDS, Practices, practices, without_persons
from tests.stores import STORES, store_of
from tests.violations import Stage, named

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module", params=KINDS)
def service(request: pytest.FixtureRequest) -> Practices:
    """The service of each type of ids."""
    return practices(KINDS[request.param])


@pytest.fixture(scope="module")
def factories(service: Practices) -> Factories:
    """What makes its rows."""
    return Factories(without_persons(service))


@pytest_asyncio.fixture(scope="module", params=STORES)
async def store(request: pytest.FixtureRequest, engine: AsyncEngine, factories: Factories) -> AsyncIterator[Store]:
    """A store of it; the schema has the name of the type, because the server keeps plans of statements."""
    schema = f"users_{factories.catalogue.user_type.name.lower()}"
    async with store_of(request.param, engine, factories.catalogue, schema) as found:
        yield found


def tried(factories: Factories, service: Practices) -> list[Attempt]:
    """What breaks the rules of the trail, and those of rows that say who has deleted them."""
    return list(attempts(factories, only=[AuditRecord, service.practice, service.visit]))


async def test_each_rule_refuses(store: Store, factories: Factories, service: Practices) -> None:
    """Each attempt is refused in the name of its rule by the constructor and by the store."""
    stage, answers = Stage(store, factories), {}
    found = tried(factories, service)
    assert {"audit_logs_user_id_storable", "visits_deleted_by_storable"} <= {attempt.rule.name for attempt in found}
    for attempt in found:
        answers[named(attempt)] = [ask_entity(attempt, await stage.fixture()), await stage.ask(attempt)]
    assert {name: said for name, said in answers.items() if not all(answer.is_right for answer in said)} == {}
