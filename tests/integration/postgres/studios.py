"""A service of somebody else's, with a root of its own, as it was at first and as it is now; and its revisions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import attrs

from gapless.kit import (
    AtMost,
    Catalogue,
    Check,
    Entity,
    OnDelete,
    Reference,
    Revisions,
    Rule,
    is_null,
    length,
    negate,
    nullable,
    rules_of,
)
from gapless.postgres import comment_statements, frozen_revision

SCHEMA = "studio"


@attrs.frozen(kw_only=True, slots=True)
class Studio(Entity):
    """The root."""

    id: UUID
    name: str
    version: int = 0


@rules_of(Studio, "studios", root=True)
def studio_rules(studio: Studio) -> Iterator[Rule]:
    """What holds for studios."""
    yield Check("studios_name_length", "A name has 40 characters at most.", length(studio.name) <= 40)


@attrs.frozen(kw_only=True, slots=True)
class FirstLesson(Entity):
    """A lesson, as it was at first."""

    organization_id: UUID
    id: UUID
    title: str
    version: int = 0


@attrs.frozen(kw_only=True, slots=True)
class Lesson(Entity):
    """A lesson, as it is now."""

    organization_id: UUID
    id: UUID
    title: str
    room: str | None = None
    version: int = 0


def home_of(lesson: FirstLesson | Lesson) -> Reference:
    """The reference to its studio, which did not change."""
    said = "A lesson is in a studio that is there."
    return Reference("lessons_studio_fkey", said, lesson.organization_id, Studio, OnDelete.CASCADE)


@rules_of(FirstLesson, "lessons", belongs_to=lambda lesson: lesson.organization_id)
def first_lesson_rules(lesson: FirstLesson) -> Iterator[Rule]:
    """What held for lessons at first."""
    yield (home := home_of(lesson))
    yield Check("lessons_title_length", "A title has 10 characters at most.", length(lesson.title) <= 10)
    yield AtMost("lessons_most", "A studio has two lessons.", home, of=length(lesson.title) > 0, limit=2)


@rules_of(Lesson, "lessons", belongs_to=lambda lesson: lesson.organization_id)
def lesson_rules(lesson: Lesson) -> Iterator[Rule]:
    """What holds for lessons now: a title may be longer, and there is a room."""
    yield (home := home_of(lesson))
    yield Check("lessons_title_length", "A title has 40 characters at most.", length(lesson.title) <= 40)
    yield Check("lessons_room_length", "A room has 9 characters at most.", length(nullable(lesson.room)) <= 9)
    yield AtMost("lessons_most", "A studio has two lessons.", home, of=length(lesson.title) > 0, limit=2)


@attrs.frozen(kw_only=True, slots=True)
class Teacher(Entity):
    """Who gives lessons; there were none at first."""

    organization_id: UUID
    id: UUID
    name: str | None = None


@rules_of(Teacher, "teachers", belongs_to=lambda teacher: teacher.organization_id)
def teacher_rules(teacher: Teacher) -> Iterator[Rule]:
    """What holds for teachers."""
    said = "A teacher is in a studio that is there."
    yield Reference("teachers_studio_fkey", said, teacher.organization_id, Studio, OnDelete.CASCADE)
    yield Check("teachers_name_there", "A teacher has a name.", negate(is_null(teacher.name)))


FIRST = Catalogue(()) + studio_rules + first_lesson_rules
LESSONS = Catalogue(()) + studio_rules + lesson_rules
NOW = LESSONS + teacher_rules
BY_HAND = """-- Lessons have a room and longer titles,
-- and there are teachers.

ALTER TABLE {schema}.lessons ADD COLUMN room TEXT COLLATE "C";
ALTER TABLE {schema}.lessons DROP CONSTRAINT lessons_title_length; -- too short; was 10
ALTER TABLE {schema}.lessons ADD CONSTRAINT lessons_title_length CHECK (char_length(title) <= 40),
    ADD CONSTRAINT lessons_room_length CHECK (char_length(room) <= 9);

/* Rooms were written; in titles: "like so". */
UPDATE {schema}.lessons SET room = 'one; two' WHERE title = 'rhythm';
"""


def second_revision() -> str:
    """The second revision: written by hand, with the comments of what it changes, and what comes to it from the kit."""
    changed = ("lessons_title_length", "lessons_room_length")
    comments = comment_statements(NOW, "its_schema")
    told = [f"{each};".replace("its_schema", "{schema}") for each in comments if any(name in each for name in changed)]
    assert len(told) == len(changed)
    return "\n\n".join((BY_HAND, *told, frozen_revision(NOW, "Teachers.", beyond=LESSONS)))


def kept(folder: Path, *texts: str, service: str = "studio") -> None:
    """Writes revisions into the folder of a package, in their order."""
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts, start=1):
        (folder / f"{service}_{number:04}.sql").write_text(text, encoding="utf-8")


def chain(package: str, catalogue: Catalogue = NOW) -> Revisions:
    """The chain of such a package."""
    return Revisions(package=package, catalogue=catalogue, schema=SCHEMA, version_table="studio_version")
