"""The use cases around phone numbers: they are added, labelled, forwarded and released."""

from collections.abc import Callable

import attrs

from gapless.application.arguments import require_ids
from gapless.application.audit_records import Recorder
from gapless.application.changes import change_row
from gapless.application.pages import DEFAULT_LIMIT, Page, page_of
from gapless.domain.organizations import OrganizationId
from gapless.domain.phone_numbers import PhoneNumber, PhoneNumberId, PhoneNumberReleased, Provider
from gapless.domain.values import E164, normalise_e164
from gapless.kit import is_blank
from gapless.kit.audit import Actor
from gapless.kit.plain import plain_text
from gapless.kit.ports import Clock, IdFactory, Store

NumberPage = Page[PhoneNumber]


@attrs.frozen(kw_only=True)
class PhoneNumbers:
    """Adds, labels, forwards and releases phone numbers.

    Every use case may also raise InvalidValue (what is given is not an id, or not an actor), ConcurrencyConflict,
    DeadlineExceeded, CommitUnknown and StoreUnavailable; see `gapless.retrying`. NotFound is raised as well if the
    organization is not there. A use case that would change nothing writes nothing and adds no audit record.

    Args:
        store: where the rows are kept.
        clock: tells the time.
        ids: makes ids.
    """

    _store: Store
    _clock: Clock
    _ids: IdFactory

    async def add(
        self,
        organization_id: OrganizationId,
        number: str,
        provider: Provider,
        *,
        display_name: str | None = None,
        forwarding_number: str | None = None,
        actor: Actor,
    ) -> PhoneNumber:
        """Gives the organization a number at which it is called.

        Args:
            organization_id: whose number it is.
            number: in the form of E.164; characters around it that can't be seen are removed. `gapless.inputs` reads
                other spellings.
            provider: who carries its calls.
            display_name: what people call it, at most 50 characters; None or a blank text for a number without a name.
            forwarding_number: the number to which its calls are forwarded, in the form of E.164; None for no
                forwarding.
            actor: who acts.

        Returns:
            The number, as stored.

        Raises:
            RuleViolated: `phone_numbers_quota` (the plan allows no more), `phone_numbers_number_unique` (an
                organization has the number already), `live_organization` (the organization is deleted), or a rule over
                the number's fields.
        """
        require_ids(organization_id=organization_id)
        async with self._store.unit(organization_id) as unit:
            recorder = self._recorder(actor)
            phone_number = PhoneNumber(
                organization_id=organization_id,
                id=PhoneNumberId(self._ids.new()),
                created_at=recorder.at,
                number=normalise_e164(number),
                provider=provider,
                display_name=_name(display_name),
                forwarding_number=_target(forwarding_number),
            )
            audit = recorder.audit("phone_number.added", None, phone_number)
            added = await unit.of(PhoneNumber).add(phone_number, audit)
            await unit.commit()
        return added

    async def label(
        self,
        organization_id: OrganizationId,
        phone_number_id: PhoneNumberId,
        display_name: str | None,
        *,
        actor: Actor,
    ) -> PhoneNumber:
        """Gives a number another name for people; None or a blank text removes the name.

        Raises:
            NotFound: there is no such number.
            RuleViolated: `check_display_name_length`.
        """
        name = _name(display_name)
        return await self._change(
            organization_id,
            phone_number_id,
            "phone_number.labelled",
            lambda phone_number: phone_number.labelled(name),
            actor,
        )

    async def forward(
        self,
        organization_id: OrganizationId,
        phone_number_id: PhoneNumberId,
        forwarding_number: str | None,
        *,
        actor: Actor,
    ) -> PhoneNumber:
        """Forwards the calls of a number to another number; None ends the forwarding.

        Raises:
            NotFound: there is no such number.
            RuleViolated: `check_forwarding_format`.
        """
        target = _target(forwarding_number)
        return await self._change(
            organization_id,
            phone_number_id,
            "phone_number.forwarded",
            lambda phone_number: phone_number.forwarded(target),
            actor,
        )

    async def release(self, organization_id: OrganizationId, phone_number_id: PhoneNumberId, *, actor: Actor) -> None:
        """Gives a number up for good (GAP-209); PhoneNumberReleased goes to the outbox, for the provider.

        The number is gone from every reading and from the quota at once, and another organization may add it. The audit
        record keeps its values. Its calls stay; a cleanup takes the link to the number from them.

        Raises:
            NotFound: there is no such number.
            RuleViolated: `calls_active_needs_number`, while one of its calls is going on.
        """
        require_ids(organization_id=organization_id, phone_number_id=phone_number_id)
        async with self._store.unit(organization_id) as unit:
            recorder = self._recorder(actor)
            before = await unit.of(PhoneNumber).get(phone_number_id)
            released = PhoneNumberReleased(number=before.number, provider=before.provider)
            await unit.of(PhoneNumber).save(
                before.released(),
                recorder.audit("phone_number.released", before, None),
                recorder.events(organization_id, [released]),
            )
            await unit.commit()

    async def get(self, organization_id: OrganizationId, phone_number_id: PhoneNumberId) -> PhoneNumber:
        """A number, as it is now.

        Raises:
            NotFound: there is no such number.
        """
        require_ids(organization_id=organization_id, phone_number_id=phone_number_id)
        async with self._store.reading(organization_id) as reading:
            return await reading.of(PhoneNumber).get(phone_number_id)

    async def list_numbers(
        self,
        organization_id: OrganizationId,
        *,
        after: str | None = None,
        before: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> NumberPage:
        """Lists the numbers of an organization, in the order of their ids.

        With the ids that are made by default this is the order in which they were added.

        Args:
            organization_id: whose numbers they are; an organization that is not there has no numbers.
            after: `next` of the page before, even if its numbers have changed or gone since; None for the first page.
            before: `previous` of the page behind, to go backwards; None to go forwards.
            limit: how many at most, 1 to 1000.

        Raises:
            InvalidValue: `after` is not the `next` of a page of this listing, or `before` not the `previous`.
            QueryRefused: the limit is not a whole number from 1 to 1000.
        """
        require_ids(organization_id=organization_id)
        async with self._store.reading(organization_id) as reading:
            return await page_of(reading.of(PhoneNumber), None, None, after, limit, listing="numbers", before=before)

    async def _change(
        self,
        organization_id: OrganizationId,
        phone_number_id: PhoneNumberId,
        action: str,
        change: Callable[[PhoneNumber], PhoneNumber],
        actor: Actor,
    ) -> PhoneNumber:
        require_ids(organization_id=organization_id, phone_number_id=phone_number_id)
        return await change_row(
            self._store,
            organization_id,
            PhoneNumber,
            phone_number_id,
            action,
            lambda phone_number, _: change(phone_number),
            lambda: self._recorder(actor),
        )

    def _recorder(self, actor: Actor) -> Recorder:
        return Recorder(self._ids, self._clock.now(), actor)


def _name(display_name: str | None) -> str | None:
    given = plain_text(display_name)
    return None if given is not None and is_blank(given) else display_name


def _target(number: str | None) -> E164 | None:
    return None if number is None else normalise_e164(number)
