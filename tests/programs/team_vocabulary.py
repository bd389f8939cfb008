"""What random programs speak of: a team, and the entities of a host."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, timezone
from uuid import UUID

from gapless.domain.organizations import Organization
from gapless.domain.users import Role, User
from gapless.kit.model import Validated
from gapless.testing.differential.conditions import EVERY_ROW, Condition
from gapless.testing.differential.operations import Operation
from gapless.testing.differential.programs import USUAL
from gapless.testing.differential.vocabulary import TAKEN, Vocabulary, numbered
from gapless.testing.laws.files import DocumentId, DocumentStatus, FolderId
from tests.programs.small_organizations import small_organization
from tests.voice.hosted import HOSTED, Document, Folder, Stamp
from tests.voice.rows import NOW, a_document, a_folder, a_stamp, a_user, an_organization, an_owner

USERS, FOLDERS, DOCUMENTS, STAMPS = (numbered(kind + 1, places) for kind, places in enumerate((4, 4, 3, 2)))
EMAILS = [f"{name}@acme.org" for name in ("a", "b", "ä")]
LATER = NOW + timedelta(days=1)
ELSEWHERE = NOW.astimezone(timezone(timedelta(hours=5)))
"""The same moment, as a clock in Tashkent shows it."""
GONE: dict[str, object] = {"is_deleted": True, "deleted_at": NOW}

CHOICES: dict[type[Validated], dict[str, list[object]]] = {
    User: {
        "role": [Role.OWNER, Role.OWNER, Role.ADMIN, Role.OPERATOR],
        "is_active": [True, True, False],
        "email": [*EMAILS],
        "name": [*["Ann", "Bo", "é" * 3] * 4, "x"],
        "deactivation_reason": [None, "left", ""],
        "last_seen_at": [None, NOW, LATER, ELSEWHERE],
    },
    Organization: {
        "team_members_quota": [0, 1, 2, 3, 9],
        "phone_numbers_quota": [0, 1, 2, 9],
        "name": [*["Acme", "Umbrella"] * 4, "x"],
        "slug": [TAKEN, "admin"],
        "used_minutes": [*[1, 2] * 4, -1],
    },
    Folder: {
        "name": [*["a", "b", "ä"] * 4, ""],
        "label": [*[None, "new"] * 4, "NEW"],
        "parent_id": [None, None, FOLDERS[0], FOLDERS[0], *FOLDERS],
        "owner_id": [None, *USERS[:2], *USERS],
        "is_archived": [True, False, False],
    },
    Document: {
        "folder_id": [FOLDERS[0], FOLDERS[0], *FOLDERS],
        "title": [*["one", "two"] * 4, "x" * 61],
        "author_id": [None, *USERS[:2], *USERS],
        "reviewer_id": [None, None, *USERS[:2], *USERS],
        "original_id": [None, *DOCUMENTS],
        "pages": [*[None, 1, 7] * 4, 0],
    },
    Stamp: {"document_id": list(DOCUMENTS)},
}
TOGETHER: dict[type[Validated], list[dict[str, object]]] = {
    User: [
        GONE,
        {"is_deleted": False, "deleted_at": None},
        {"role": Role.ADMIN},
        {"role": Role.OWNER, "is_active": True},
    ],
    Organization: [
        GONE,
        {"is_deleted": False, "deleted_at": None},
        {"team_members_quota": 1, "phone_numbers_quota": 0},
    ],
    Folder: [{"is_archived": False}, {"is_archived": True}],
    Document: [
        {"status": DocumentStatus.PUBLISHED, "published_at": NOW, "author_id": USERS[0]},
        {"status": DocumentStatus.PUBLISHED, "published_at": NOW},
        {"status": DocumentStatus.PUBLISHED},
        {"status": DocumentStatus.DRAFT, "published_at": None},
        {"reviewer_id": USERS[1]},
    ],
    Stamp: [],
}
ORDERED: dict[type[Validated], list[str]] = {
    User: ["name", "email", "last_seen_at", "deactivation_reason"],
    Organization: ["name", "used_minutes"],
    Folder: ["name", "label", "owner_id"],
    Document: ["title", "pages", "published_at", "author_id"],
    Stamp: ["document_id", "created_at"],
}


def prepared(home: UUID) -> Sequence[Validated]:
    """An owner, a member, and a document in a folder in a folder."""
    return (
        small_organization(home),
        an_owner(home, id=USERS[0], email="a@acme.org"),
        a_user(home, id=USERS[1], email="1@acme.org"),
        a_folder(home, id=FOLDERS[0]),
        a_folder(home, id=FOLDERS[1], parent_id=FOLDERS[0]),
        a_document(home, FolderId(FOLDERS[1]), id=DOCUMENTS[0], author_id=USERS[1]),
    )


BREAKING = (
    Operation("update_where", User, values={"role": Role.ADMIN}, where=Condition("==", "role", Role.OWNER)),
    Operation("save", User, 0, {"role": Role.OPERATOR}),
    Operation("save", User, 0, {"is_active": False}),
    Operation("save", Organization, values={"team_members_quota": 1, "phone_numbers_quota": 0}),
    Operation("put", User, 2, {"is_active": True}),
    Operation("put", User, 2, GONE),
    Operation("put", User, 3),
    Operation("put", User, 3, {"role": Role.OWNER}),
    Operation("put", Folder, 1, {"is_archived": False}),
    Operation("put", Folder, 2, {"parent_id": FOLDERS[1]}),
    Operation("put", Document, 1, {"status": DocumentStatus.PUBLISHED, "published_at": NOW, "author_id": USERS[1]}),
    Operation("remove", Folder, 0),
    Operation("remove", User, 1),
    Operation("undo", User, 0),
)

ENDINGS = (
    (
        Operation("save_unaudited", User, 0, {"last_seen_at": NOW}),
        Operation("find", User, order=(("last_seen_at", False),)),
    ),
    (Operation("save_unaudited", User, 0, {"last_seen_at": ELSEWHERE}), Operation("get", User, 0)),
    (Operation("save", User, 0, {"name": "Ann"}), Operation("save", User, 0, {"name": "Bo"}, stale=True)),
    (Operation("save", User, 1, {"name": "x"}),),
    (Operation("put", User, 2, GONE), Operation("put", User, 3)),
    (Operation("put", User, 3), Operation("save", User, 0, {"role": Role.OPERATOR})),  # two rules at one commit
    (Operation("put", User, 0, {"name": "Ann"}), Operation("put", User, 1, {"name": "Bo"}, told="shared")),
    (Operation("remove", Folder, 1), Operation("add_all", Folder, 1, {"parent_id": FolderId(FOLDERS[3])})),
    (Operation("pages", User, order=(("name", False),), limit=1),),
    (Operation("pages", User, order=(("name", False),), limit=1, backwards=True),),
    (Operation("put", User, 2, GONE), Operation("sum", User, field="version"), Operation("greatest", User, field="id")),
    (
        Operation("put", Document, 0, {"pages": 7}),
        *[Operation("count_up", Document, where=EVERY_ROW, steps=(("pages", by),)) for by in (2, -1)],
        Operation("sum", Document, field="pages"),
    ),
)

TEAM = Vocabulary(
    catalogue=HOSTED,
    choices=CHOICES,
    together=TOGETHER,
    places={User: USERS, Folder: FOLDERS, Document: DOCUMENTS, Stamp: STAMPS},
    ordered=ORDERED,
    fresh={
        User: lambda home, own, place: a_user(home, id=own, email=EMAILS[place // 2]),
        Folder: lambda home, own, _: a_folder(home, id=own),
        Document: lambda home, own, _: a_document(home, FolderId(FOLDERS[0]), id=own),
        Stamp: lambda home, own, _: a_stamp(home, DocumentId(DOCUMENTS[0]), id=own),
        Organization: lambda home, _, __: an_organization(id=home, slug=f"fresh-{home.hex}"),
    },
    prepared=prepared,
    weights=(User, User, User, Organization, Folder, Folder, Document, Document, Stamp),
    kinds={
        User: [*USUAL, "save_unaudited"],
        Stamp: ["add", "add", "add", "remove", "delete_where", "find"],  # which never changes
        Organization: ["save"] * 8
        + ["undo", "update_where", "get", "remove", "save_unaudited"],  # of which there is one
    },
    breaking=BREAKING,
    endings=ENDINGS,
)
