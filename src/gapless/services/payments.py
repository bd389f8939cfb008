"""What a payment does to a subscription; the provider tells of it by an event, and each event counts once."""

from __future__ import annotations

from datetime import timedelta

from gapless.application.audit_records import Recorder
from gapless.application.processed_commands import find_processed, remember_processed
from gapless.domain.subscriptions import PaymentFailed, Subscription
from gapless.kit.json_object import JsonObject
from gapless.kit.ports import UnitOfWork

PAYMENT_FAILED = "payment.failed"
PAYMENT_SUCCEEDED = "payment.succeeded"
# A provider repeats an event for days, and people replay its log for months: a year and a month are enough.
EVENTS_REMEMBERED = timedelta(days=400)


async def count_failure(unit: UnitOfWork, before: Subscription, event_id: str, recorder: Recorder) -> Subscription:
    """Counts a failed payment, in this unit of work (INTEGRITY-005); PaymentFailed goes to the outbox.

    Returns:
        The subscription, as stored; unchanged if the event was handled already.
    """
    if await find_processed(unit, PAYMENT_FAILED, event_id) is not None:
        return before
    after = before.payment_failed(recorder.at)
    audit = recorder.audit("payment.failed", before, after, JsonObject({"retryCount": after.retry_count}))
    stored = await unit.of(Subscription).save(after, audit, recorder.events(before.organization_id, [_told(after)]))
    await _remember(unit, PAYMENT_FAILED, event_id, stored, recorder)
    return stored


async def clear_failures(unit: UnitOfWork, before: Subscription, event_id: str, recorder: Recorder) -> Subscription:
    """Sets the number of failed payments to 0 after a payment, in this unit of work (INTEGRITY-010).

    Returns:
        The subscription, as stored; unchanged, and without an audit record, if the event was handled already, or no
        payment had failed.
    """
    if await find_processed(unit, PAYMENT_SUCCEEDED, event_id) is not None:
        return before
    stored, after = before, before.payment_succeeded()
    if after != before:
        stored = await unit.of(Subscription).save(after, recorder.audit("payment.recovered", before, after))
    await _remember(unit, PAYMENT_SUCCEEDED, event_id, stored, recorder)
    return stored


def _told(subscription: Subscription) -> PaymentFailed:
    return PaymentFailed(retry_count=subscription.retry_count, status=subscription.status)


async def _remember(unit: UnitOfWork, kind: str, event_id: str, stored: Subscription, recorder: Recorder) -> None:
    await remember_processed(
        unit,
        stored.organization_id,
        kind,
        event_id,
        recorder.at,
        _told(stored).payload(),
        expires_at=recorder.at + EVENTS_REMEMBERED,
    )
