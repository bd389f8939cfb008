"""Each rule of this service is enforced: what breaks it is derived from how it is declared."""

from own_service.appointments import CALENDAR, Appointment

from gapless.kit import Store
from gapless.testing import Factories, ask_entity, ask_store, attempts, stored

FACTORIES = Factories(CALENDAR)


async def test_every_rule_refuses(gapless_store: Store) -> None:
    """Both stores refuse whatever breaks a rule, in its name; so does the constructor, if the rule is its matter."""
    for attempt in attempts(FACTORIES, only=[Appointment]):
        fixture = await stored(FACTORIES, gapless_store)
        for answer in (ask_entity(attempt, fixture), await ask_store(attempt, gapless_store, fixture)):
            assert answer.is_right, (attempt.rule.name, attempt.tried, answer.words)
