"""A host that asks more of the voice service's rows than the service does, and asks them in SQL.

It adds rules to the knowledge items, with a limit in a row of its own beside each organization, and a statement of its
own that a function answers in memory. `python examples/drafts.py memory:` runs it; so does the address of a database
with the tables of `create_tables`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping

import attrs
import sqlalchemy as sa

import gapless
from gapless import GAPLESS, Gapless, KnowledgeItem, Organization, OrganizationId
from gapless.kit import (
    AtMost,
    Check,
    Entity,
    Index,
    OnDelete,
    Reading,
    Reference,
    Rule,
    adds_rules_to,
    between,
    matches,
    negate,
    reference_of,
    rules_of,
    supplement,
)
from gapless.postgres import create_engine, create_statements


@attrs.frozen(kw_only=True, slots=True)
class EditorSettings(Entity):
    """What an organization has agreed with its editors; without such a row it is what is declared here."""

    organization_id: OrganizationId
    most_drafts: int = 2
    version: int = 0


@rules_of(
    EditorSettings,
    "editor_settings",
    belongs_to=lambda settings: settings.organization_id,
    key=("organization_id",),
)
def settings_rules(settings: EditorSettings) -> Iterator[Rule]:
    """An organization has one such row, or none."""
    yield Check("editor_settings_most_range", "There are 0 to 50 drafts.", between(settings.most_drafts, 0, 50))
    home = settings.organization_id
    yield Reference("editor_settings_home_fkey", "An organization has them.", home, Organization, OnDelete.CASCADE)


@adds_rules_to(KnowledgeItem)
def draft_rules(item: KnowledgeItem) -> Iterator[Rule]:
    """What this host asks of knowledge items beside what the voice service does."""
    yield Check("items_question_asks", "A question ends with a question mark.", matches(item.question, "[ -~]+[?]"))
    yield Index("idx_items_newest", "Lists the items, the newest first.", (item.organization_id, item.created_at))
    home = reference_of(KnowledgeItem, "knowledge_items_organization_id_fkey")
    most = supplement(EditorSettings).most_drafts
    yield AtMost("items_most_drafts", "There are enough drafts.", home, of=negate(item.is_active), limit=most)


OFFICES = GAPLESS + settings_rules + draft_rules


async def create_tables(url: str) -> None:
    """Creates the table of the settings, and what is added to others; a host does this in a migration of its own."""
    engine = create_engine(url)
    async with engine.begin() as connection:
        for statement in create_statements(OFFICES, "gapless", beyond=GAPLESS):
            await connection.exec_driver_sql(statement)
    await engine.dispose()


BY_CATEGORY = sa.text(
    "SELECT category, count(*) AS items, count(*) FILTER (WHERE NOT is_active) AS drafts FROM gapless.knowledge_items"
    ' WHERE organization_id = :home AND NOT is_deleted GROUP BY category ORDER BY category COLLATE "C"'
)


async def by_category(app: Gapless, home: OrganizationId) -> list[str]:
    """How many items each category has, and how many of them are drafts; these are all that there are."""
    async with app.store.reading(home, snapshot=True) as reading:
        rows = (await reading.connection.execute(BY_CATEGORY, {"home": home})).all()
        if sum(int(str(items)) for _, items, _ in rows) != await reading.of(KnowledgeItem).count():
            raise RuntimeError("The statement and the repository see two moments.")
    return [f"{items} of {category}, {drafts} of them drafts" for category, items, drafts in rows]


async def answer(
    statement: object, parameters: Mapping[str, object] | None, reading: Reading
) -> list[Mapping[str, object]]:
    """Answers the statement in memory, for tests: by the repositories of the same snapshot."""
    if statement is not BY_CATEGORY:
        raise NotImplementedError(f"Nobody has written what {statement} gives, with {parameters}.")
    items = reading.of(KnowledgeItem)
    number = await items.count_by(lambda item: item.category)
    drafts = await items.count_by(lambda item: item.category, lambda item: negate(item.is_active))
    return [{"category": each, "items": number[each], "drafts": drafts.get(each, 0)} for each in number]


async def main(url: str) -> list[str]:
    """Adds items until the rules say no; returns what they said, and how many there are."""
    editor = gapless.Actor.system("editors")
    said: list[str] = []

    async def drafted(question: str, category: str) -> None:
        try:
            item = await app.knowledge.add(home, question, "Because it is so.", category, actor=editor)
            await app.knowledge.deactivate(home, item.id, actor=editor)
        except gapless.RuleViolated as refusal:
            said.append(f"{question}: {refusal.rule}")

    async with gapless.open(url, catalogue=OFFICES, sql=answer) as app:
        acme = await app.organizations.create("Acme", "acme", "ann@example.com", "Ann", actor=editor)
        home = acme.organization.id
        for question in ("Where are you?", "When are you open?", "Who is there?"):
            await drafted(question, "office")
        await drafted("Tell me all.", "office")
        async with app.store.unit(home) as unit:
            await unit.of(EditorSettings).add(EditorSettings(organization_id=home, most_drafts=3))
            await unit.commit()
        await drafted("What does it cost?", "prices")
        return [*said, *await by_category(app, home)]


if __name__ == "__main__":
    print("\n".join(asyncio.run(main(sys.argv[1]))))
