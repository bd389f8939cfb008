"""What an organization of the tests owns besides its team, added past the use cases."""

from datetime import timedelta

from gapless.domain.calls import Call, CallId, CallStatus
from gapless.domain.phone_numbers import PhoneNumber, PhoneNumberId, Provider
from gapless.domain.subscriptions import Subscription, SubscriptionId, SubscriptionStatus
from gapless.domain.values import E164
from tests.use_cases.worlds import World


async def owned_number(world: World, provider: Provider = Provider.VAPI) -> PhoneNumber:
    """A phone number of the organization, which nobody else has."""
    number_id = PhoneNumberId(world.new_id())
    digits = str(number_id.int % 10**12).zfill(12)
    number = PhoneNumber(
        organization_id=world.home,
        id=number_id,
        created_at=world.clock.now(),
        number=E164(f"+99{digits}"),
        provider=provider,
    )
    await world.add(number)
    return number


def call_to(world: World, number: PhoneNumber | None, status: CallStatus = CallStatus.COMPLETED) -> Call:
    """A call to a number, not stored yet; unless it goes on it has lasted a minute."""
    started_at = world.clock.now()
    return Call(
        organization_id=world.home,
        id=CallId(world.new_id()),
        created_at=started_at,
        phone_number_id=None if number is None else number.id,
        status=status,
        started_at=started_at,
        ended_at=None if status is CallStatus.ACTIVE else started_at + timedelta(minutes=1),
    )


async def owned_subscription(world: World, plan: str = "starter") -> Subscription:
    """The subscription of the organization."""
    start = world.clock.now()
    subscription = Subscription(
        organization_id=world.home,
        id=SubscriptionId(world.new_id()),
        created_at=start,
        plan=plan,
        status=SubscriptionStatus.ACTIVE,
        current_period_start=start,
        current_period_end=start + timedelta(days=30),
    )
    await world.add(subscription)
    return subscription
