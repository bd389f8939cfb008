"""What was tried with the rights of a role, and what came of it: one table, whose lines are tests and a page.

In statements `$O` is an organization, `$U` its owner, `$P` and `$V` another one's; `$AUDITS`, `$USERS` and
`$ORGANIZATIONS` are the columns of those tables. Statements are separated by semicolons at the end of a line.
"""

from __future__ import annotations

import enum

import attrs


class Verdict(enum.Enum):
    """What comes of an attack."""

    REFUSED = "refused"
    """The database does not do it."""
    VISIBLE = "visible"
    """It is done, and shows beside what was forged."""
    OPEN = "open"
    """It is done, for a reason."""


@attrs.frozen
class Attack:
    """What somebody tries.

    Attributes:
        name: what it is called, as a test's.
        by: whose rights it has: requests, jobs, a reader with SELECT on all tables, nobody, or the owner.
        tried: what it is about.
        why: what refuses it, what it shows in, or why it is open.
        sql: what is run, in one transaction.
        verdict: what comes of it.
        told: a question to the owner, true afterwards of an attack that is not refused.
        apart: whether each statement is a transaction of its own.
        held_by: the test that holds the verdict, if none of the table does: its file and its name.
        before: what the owner runs first, so that there is something to attack.
    """

    name: str
    by: str
    tried: str
    why: str
    sql: str
    verdict: Verdict = Verdict.REFUSED
    told: str = ""
    apart: bool = False
    held_by: str = ""
    before: str = ""

    @property
    def statements(self) -> tuple[str, ...]:
        """What is run, one after the other."""
        return tuple(part.strip() for part in self.sql.strip().split(";\n") if part.strip())


VISIBLE, OPEN = Verdict.VISIBLE, Verdict.OPEN
RULE_OF_OWNERS = "the rule `last_owner`"
PORT = "`remove` is part of the ports, so a role that adds rows may remove them as well"
EXECUTE = "EXECUTE on our functions is the owner's alone"
NO_RIGHT = "no profile has the right"
A_JOB = "a job does that"
OWNERS = "the owner's right"
NEXT = "a version grows by one"
FORGED_ARCHIVE = """
CREATE TEMP TABLE fake ON COMMIT DROP AS SELECT $AUDITS FROM audit_logs WITH NO DATA;
CREATE TRIGGER t AFTER DELETE ON fake REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION archive_audit_logs();
INSERT INTO fake SELECT $AUDITS FROM audit_logs WHERE root_id = $O;
UPDATE fake SET action = 'nothing.happened';
DELETE FROM fake
"""
ERASED = "UPDATE audit_logs SET before = NULL, after = NULL WHERE root_id = $O AND after IS NOT NULL"
LOCKED_BY_A_FUNCTION = """
CREATE TEMP TABLE c (organization_id uuid, id uuid, role text, is_active bool, is_deleted bool) ON COMMIT DROP;
CREATE TRIGGER t AFTER DELETE ON c REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION gapless.users_deleted();
INSERT INTO c VALUES ($O, gen_random_uuid(), 'OWNER', true, false);
DELETE FROM c
"""
MARKED = "INSERT INTO erasures (root_id, id, created_at, reason) VALUES ($O, gen_random_uuid(), now(), 'x')"
# ruff: noqa: S608  # every statement of the table is written here
REWRITTEN = """
CREATE TEMP TABLE o ON COMMIT DROP AS SELECT * FROM organizations WHERE id = $O;
CREATE TEMP TABLE u ON COMMIT DROP AS SELECT * FROM users WHERE organization_id = $O;
CREATE TEMP TABLE a ON COMMIT DROP AS SELECT * FROM audit_logs WHERE root_id = $O;
$MARKED;
DELETE FROM organizations WHERE id = $O;
DELETE FROM erasures WHERE root_id = $O;
INSERT INTO organizations ($ORGANIZATIONS) SELECT $ORGANIZATIONS FROM o;
INSERT INTO users ($USERS) SELECT $USERS FROM u;
UPDATE a SET action = 'coffee.made';
INSERT INTO audit_logs ($AUDITS) SELECT $AUDITS FROM a
""".replace("$MARKED", MARKED)
NEW_TIMES = """
UPDATE o SET created_at = now();
UPDATE u SET created_at = now();
UPDATE a SET created_at = now()"""
DEMOTED = "UPDATE users SET role = 'ADMIN', version = version + 1 WHERE id = $U"
SEATS = """
INSERT INTO users (organization_id, id, created_at, email, name, role, language, is_active, is_deleted, version)
    SELECT $O, gen_random_uuid(), now(), 's' || seat || '@acme.org', 'Tom', 'ADMIN', 'en', true, false, 1
    FROM generate_series(1, 5) AS seat"""
ADDED = """
INSERT INTO users (organization_id, id, created_at, email, name, role, language, is_active, is_deleted, version)
    VALUES ($O, gen_random_uuid(), now(), 'second@acme.org', 'Tom', 'OWNER', 'en', true, false, {})"""
SECOND_OWNER = ADDED.format(1)
NUMBER = """
INSERT INTO phone_numbers (organization_id, id, created_at, number, provider, is_released, version)
    VALUES ($O, $O, now(), '+9' || (100000000 + floor(random() * 899999999))::int, 'vapi', false, 1)"""
RELEASED = "UPDATE phone_numbers SET is_released = true WHERE id = $O"
CALL = """
INSERT INTO calls (organization_id, id, created_at, phone_number_id, status, started_at, handled_by, version)
    VALUES ($O, gen_random_uuid(), now(), $O, 'ACTIVE', now(), 'AI', 1)"""
GONE = "UPDATE organizations SET is_deleted = true, deleted_at = now(), version = version + 1 WHERE id = $O"
USED = "UPDATE organizations SET used_minutes = {}, version = version + 1 WHERE id = $O"
RAISED, LOWERED = (
    f"UPDATE organizations SET team_members_quota = {number}, version = version + 1 WHERE id = $O" for number in (99, 3)
)
FORGED_RECORD = """
INSERT INTO audit_logs
    (root_id, id, created_at, actor_kind, user_id, action, resource_type, resource_id, metadata)
    VALUES ($O, gen_random_uuid(), {}, 'user', {}, 'forged', 'user', '1', '{{}}')"""
RECORDED_NOW = "SELECT bool_and(recorded_at > now() - interval '1 hour') FROM audit_logs WHERE root_id = $O"
ATTACKS: tuple[Attack, ...] = (
    Attack(
        "archive-forged-by-reader",
        "reader",
        "Forge the archive by a TEMP table and its trigger",
        EXECUTE,
        FORGED_ARCHIVE,
    ),
    Attack("archive-forged-by-requests", "requests", "The same", EXECUTE, FORGED_ARCHIVE),
    Attack(
        "archive-forged-by-jobs",
        "jobs",
        "The same, so that the genuine audit records are lost when the organization goes",
        EXECUTE,
        f"{FORGED_ARCHIVE};\nDELETE FROM organizations WHERE id = $O",
    ),
    Attack(
        "archive-written",
        "jobs",
        "Put a forged audit record into the archive",
        NO_RIGHT,
        "INSERT INTO audit_archive ($AUDITS) SELECT $AUDITS FROM audit_logs WHERE root_id = $O",
    ),
    Attack(
        "trail-rewritten-by-requests",
        "requests",
        "Rewrite a live trail: mark, delete, unmark, insert again",
        "requests neither mark for erasure nor remove organizations",
        REWRITTEN,
    ),
    Attack(
        "trail-changed",
        "jobs",
        "Change an audit record",
        NO_RIGHT,
        "UPDATE audit_logs SET action = 'forged' WHERE root_id = $O",
    ),
    Attack(
        "trail-removed",
        "jobs",
        "Remove an audit record",
        NO_RIGHT,
        "DELETE FROM audit_logs WHERE root_id = $O",
    ),
    Attack("trail-truncated", "jobs", "TRUNCATE the trail", NO_RIGHT, "TRUNCATE audit_logs"),
    Attack(
        "trail-locked",
        "jobs",
        "LOCK the trail",
        "no profile has a right to it that would allow that",
        "LOCK audit_logs IN ACCESS EXCLUSIVE MODE",
    ),
    Attack(
        "trail-rows-locked",
        "requests",
        "Lock the rows of the trail",
        "a job takes values out of them, and a right to change is what a lock needs",
        "SELECT FROM audit_logs WHERE root_id = $O FOR UPDATE",
    ),
    Attack("images-erased", "requests", "Take the images of audit records away", A_JOB, ERASED),
    Attack("archived-images-erased", "requests", "The same in the archive", A_JOB, ERASED.replace("_logs", "_archive")),
    Attack(
        "image-changed",
        "jobs",
        "Change an image",
        "the rule `audit_logs_append_only`: values are only taken away",
        """
UPDATE audit_logs SET after = after || '{"name": "Eve"}' WHERE root_id = $O AND resource_type = 'user'
""",
    ),
    Attack(
        "image-brought-back",
        "jobs",
        "Take an image away and write another one",
        "the rule `audit_logs_append_only`: nothing comes back",
        f"""{ERASED};
UPDATE audit_logs SET after = '{{"name": "Eve"}}' WHERE root_id = $O""",
    ),
    Attack(
        "organizations-locked-by-reader",
        "reader",
        "Lock organizations by a function that has the owner's rights",
        EXECUTE,
        LOCKED_BY_A_FUNCTION,
    ),
    Attack(
        "organizations-locked-by-nobody",
        "nobody",
        "The same",
        "a role that was granted nothing has no USAGE of the schema",
        LOCKED_BY_A_FUNCTION,
    ),
    Attack(
        "organization-locked-by-reader",
        "reader",
        "Lock an organization by `lock_organization`",
        EXECUTE,
        "SELECT lock_organization($O)",
    ),
    Attack(
        "organizations-table-locked",
        "requests",
        "LOCK the table of organizations",
        "requests have rights to columns, and none to the table, which a LOCK needs",
        "LOCK organizations IN ACCESS EXCLUSIVE MODE",
    ),
    Attack(
        "organizations-removed",
        "requests",
        "Remove the organizations of all tenants",
        "requests remove none",
        "DELETE FROM organizations",
    ),
    Attack(
        "organizations-removed-by-merge",
        "requests",
        "Remove an organization by MERGE",
        "requests remove none",
        "MERGE INTO organizations AS o USING (SELECT 1) AS s ON o.id = $O WHEN MATCHED THEN DELETE",
    ),
    Attack(
        "organizations-truncated",
        "jobs",
        "TRUNCATE the organizations and what refers to them",
        NO_RIGHT,
        "TRUNCATE organizations CASCADE",
    ),
    Attack("erasure-marked", "requests", "Mark an organization for erasure", A_JOB, MARKED),
    Attack(
        "erasure-lifted",
        "requests",
        "Lift a mark for erasure",
        A_JOB,
        "DELETE FROM erasures WHERE root_id = $O",
    ),
    Attack(
        "erasure-reason-changed",
        "requests",
        "Write another reason for an erasure",
        A_JOB,
        "UPDATE erasures SET reason = 'y' WHERE root_id = $O",
    ),
    Attack(
        "migrations-held-up",
        "nobody",
        "Hold the lock of the migrations, so that `gapless migrate` waits for ever",
        "no lock that such a role can take is one that a migration needs; who holds one is named, and there is a limit",
        "",
        held_by="tests/integration/postgres/test_migration_locks.py::test_role_that_may_only_connect_stops_no_migration",
    ),
    Attack(
        "events-taken",
        "requests",
        "Take events away before they are delivered",
        A_JOB,
        "DELETE FROM outbox WHERE root_id = $O",
    ),
    Attack(
        "events-claimed",
        "requests",
        "Claim events, so that nobody delivers them",
        A_JOB,
        "UPDATE outbox SET due_at = now() + interval '1 year', version = version + 1 WHERE root_id = $O",
    ),
    Attack(
        "key-changed",
        "jobs",
        "Give a row another id",
        NO_RIGHT,
        "UPDATE users SET id = gen_random_uuid(), version = version + 1 WHERE id = $U",
    ),
    Attack(
        "tenant-changed",
        "jobs",
        "Move a row to another organization",
        NO_RIGHT,
        "UPDATE users SET organization_id = $P, version = version + 1 WHERE id = $U",
    ),
    Attack(
        "created-at-changed",
        "jobs",
        "Change when a row was created",
        NO_RIGHT,
        "UPDATE users SET created_at = '0099-01-01', version = version + 1 WHERE id = $U",
    ),
    Attack(
        "version-to-the-end",
        "jobs",
        "Set a version that no save can follow",
        NEXT,
        "UPDATE organizations SET version = 2147483647 WHERE id = $O",
    ),
    Attack(
        "version-back",
        "jobs",
        "Set a version back, so that somebody's update is lost",
        NEXT,
        "UPDATE users SET version = version - 1 WHERE id = $U",
    ),
    Attack(
        "rechecks-written",
        "jobs",
        "Write what the store keeps for its rules",
        NO_RIGHT,
        "UPDATE organizations SET touches = 0 WHERE id = $O",
    ),
    Attack(
        "recheck-inserted",
        "jobs",
        "Add an organization with a recheck column that is set",
        NO_RIGHT,
        "INSERT INTO organizations (id, at_last_owner) VALUES (gen_random_uuid(), '1')",
    ),
    Attack(
        "triggers-off-for-a-session",
        "jobs",
        "Switch the triggers off for the session",
        "a superuser's right",
        f"SET session_replication_role = replica;\n{DEMOTED}",
    ),
    Attack("triggers-off", "jobs", "Disable the triggers of a table", OWNERS, "ALTER TABLE users DISABLE TRIGGER USER"),
    Attack(
        "rule-made",
        "jobs",
        "Make a RULE that swallows removals",
        OWNERS,
        "CREATE RULE r AS ON DELETE TO audit_logs DO INSTEAD NOTHING",
    ),
    Attack(
        "function-replaced",
        "jobs",
        "Replace a function that checks",
        OWNERS,
        """
CREATE OR REPLACE FUNCTION judge_last_owner() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'
""",
    ),
    Attack(
        "names-shadowed",
        "jobs",
        "Shadow tables and functions by others in pg_temp",
        "our functions name the schema of what they use, and set their search path",
        f"""
CREATE TEMP TABLE organizations ON COMMIT DROP AS SELECT * FROM gapless.organizations;
CREATE FUNCTION pg_temp.pg_current_xact_id() RETURNS xid8 LANGUAGE sql AS 'SELECT null::xid8';
SET LOCAL search_path = pg_temp, gapless, pg_catalog;
{DEMOTED}
""",
    ),
    Attack("last-owner-demoted", "jobs", "Demote the last owner", RULE_OF_OWNERS, DEMOTED),
    Attack(
        "last-owner-demoted-by-merge",
        "requests",
        "Demote the last owner by MERGE",
        RULE_OF_OWNERS,
        """
MERGE INTO users AS u USING (SELECT 1) AS s ON u.id = $U
    WHEN MATCHED THEN UPDATE SET role = 'ADMIN', version = version + 1
""",
    ),
    Attack(
        "last-owner-removed-by-merge",
        "requests",
        "Remove the last owner by MERGE",
        RULE_OF_OWNERS,
        "MERGE INTO users AS u USING (SELECT 1) AS s ON u.id = $U WHEN MATCHED THEN DELETE",
    ),
    Attack(
        "last-owner-deactivated-on-conflict",
        "requests",
        "Deactivate the last owner by ON CONFLICT DO UPDATE",
        RULE_OF_OWNERS,
        """
INSERT INTO users ($USERS) SELECT $USERS FROM users WHERE id = $U
    ON CONFLICT (organization_id, id) DO UPDATE SET is_active = false, version = users.version + 1
""",
    ),
    Attack(
        "last-owner-deactivated-by-cursor",
        "requests",
        "Deactivate the last owner by a cursor",
        RULE_OF_OWNERS,
        """
DECLARE c CURSOR FOR SELECT * FROM users WHERE id = $U FOR UPDATE;
FETCH c;
UPDATE users SET is_active = false, version = version + 1 WHERE CURRENT OF c
""",
    ),
    Attack(
        "last-owner-replaced-in-one-statement",
        "requests",
        "Remove the last owner and add an admin in his place, in one statement",
        RULE_OF_OWNERS,
        """
WITH gone AS (DELETE FROM users WHERE id = $U RETURNING *)
    INSERT INTO users (organization_id, id, created_at, email, name, role, language, is_active, is_deleted, version)
    SELECT organization_id, gen_random_uuid(), created_at, email, name, 'ADMIN', language, true, false, 1 FROM gone
""",
    ),
    Attack(
        "last-owner-demoted-after-a-savepoint",
        "requests",
        "Demote the last owner in a savepoint that is rolled back, and then again",
        RULE_OF_OWNERS,
        f"SAVEPOINT a;\n{DEMOTED};\nROLLBACK TO a;\n{DEMOTED}",
    ),
    Attack(
        "last-owner-checked-early",
        "requests",
        "Let constraints be checked while there is a second owner, and remove him afterwards",
        RULE_OF_OWNERS,
        f"""
{SECOND_OWNER};
{DEMOTED};
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
DELETE FROM users WHERE organization_id = $O AND email = 'second@acme.org'
""",
    ),
    Attack(
        "operators-shadowed",
        "requests",
        "Shadow operators and tables by others in pg_temp",
        "our functions set their search path",
        f"""
CREATE FUNCTION pg_temp.always(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR pg_temp.= (leftarg = text, rightarg = text, function = pg_temp.always);
CREATE TEMP TABLE users ON COMMIT DROP AS SELECT * FROM gapless.users;
SET LOCAL search_path = pg_temp, gapless, pg_catalog;
{DEMOTED.replace("users", "gapless.users")}
""",
    ),
    Attack(
        "last-owner-demoted-deferred",
        "jobs",
        "Demote the last owner while constraints are deferred",
        "it is checked at commit",
        f"SET CONSTRAINTS ALL DEFERRED;\n{DEMOTED}",
    ),
    Attack(
        "last-owner-demoted-while-deleted",
        "requests",
        "Delete the organization, demote its last owner, restore it, in three transactions",
        "it is checked when the organization comes back",
        f"""
UPDATE organizations SET is_deleted = true, deleted_at = now(), version = version + 1 WHERE id = $O;
{DEMOTED};
UPDATE organizations SET is_deleted = false, deleted_at = null, version = version + 1 WHERE id = $O
""",
        apart=True,
    ),
    Attack("seats-over-the-quota", "requests", "Add more members than the quota", "`team_members_quota`", SEATS),
    Attack(
        "quota-moved-at-once",
        "requests",
        "Raise the quota, fill it and lower it, in one transaction",
        "what is checked is the state at commit",
        f"{RAISED};\n{SEATS};\n{LOWERED}",
    ),
    Attack(
        "organization-deleted-during-a-call",
        "requests",
        "Delete an organization that is on a call",
        "the rule `no_active_calls`",
        f"{NUMBER};\n{CALL};\n{GONE}",
    ),
    Attack(
        "call-of-a-deleted-organization",
        "requests",
        "Start a call of an organization that is deleted",
        "the rule `live_organization`",
        f"{NUMBER};\n{GONE};\n{CALL}",
    ),
    Attack(
        "number-released-during-a-call",
        "requests",
        "Remove a phone number that is on a call",
        "a check of calls: an active one has its number",
        f"{NUMBER};\n{CALL};\nDELETE FROM phone_numbers WHERE id = $O",
    ),
    Attack(
        "number-marked-as-released-during-a-call",
        "requests",
        "Mark a phone number that is on a call as released",
        "the same check, which a trigger asks",
        f"{NUMBER};\n{CALL};\n{RELEASED}",
    ),
    Attack(
        "released-number-called",
        "requests",
        "Start a call to a number that was released",
        "the rule `calls_phone_number_id_fkey`: nothing new refers to a released row",
        f"{NUMBER};\n{RELEASED};\n{CALL}",
    ),
    Attack(
        "released-number-brought-back",
        "jobs",
        "Bring a released number back",
        "the rule `phone_numbers_is_released_final`",
        f"{NUMBER};\n{RELEASED};\nUPDATE phone_numbers SET is_released = false WHERE id = $O",
    ),
    Attack(
        "call-over-the-quota",
        "requests",
        "Start a call when all minutes are used",
        "`call_minutes_quota`",
        f"{NUMBER};\n{USED.format('call_minutes_quota')};\n{CALL}",
    ),
    Attack(
        "storage-over-the-quota",
        "requests",
        "Store more than the quota",
        "`storage_quota`",
        "UPDATE organizations SET used_storage = storage_quota + 1, version = version + 1 WHERE id = $O",
    ),
    Attack(
        "record-numbered",
        "jobs",
        "Add an audit record with a number of one's own",
        "the server gives it, and no profile has the right",
        FORGED_RECORD.replace("metadata)", "metadata, number)").replace("'{{}}')", "'{{}}', 1)").format("now()", "$U"),
    ),
    Attack(
        "record-dated",
        "jobs",
        "Add an audit record with another `recorded_at`",
        "the server gives it, and no profile has the right",
        FORGED_RECORD.replace("metadata)", "metadata, recorded_at)")
        .replace("'{{}}')", "'{{}}', '1999-01-01')")
        .format("now()", "$U"),
    ),
    Attack(
        "numbers-set-back",
        "jobs",
        "Set back the counter that numbers the audit records",
        NO_RIGHT,
        "UPDATE organizations SET last_number = 0 WHERE id = $O",
    ),
    Attack(
        "record-backdated-by-a-clock",
        "requests",
        "Shadow the clock by another, which says 1999, and add an audit record",
        "`recorded_at` is by the server's own clock, whatever the search path",
        """
CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz LANGUAGE sql
    AS $f$ SELECT '1999-01-01'::timestamptz $f$;
SET LOCAL search_path = pg_temp, gapless, pg_catalog;
"""
        + FORGED_RECORD.format("pg_temp.clock_timestamp()", "$U"),
        VISIBLE,
        RECORDED_NOW,
    ),
    Attack(
        "reference-across-tenants",
        "requests",
        "Refer to another tenant's user",
        "a reference holds the organization as well",
        """
INSERT INTO phone_numbers (organization_id, id, created_at, number, provider, is_released, version)
    VALUES ($O, $O, now(), '+9' || (100000000 + floor(random() * 899999999))::int, 'vapi', false, 1);
INSERT INTO calls
    (organization_id, id, created_at, phone_number_id, status, started_at, handled_by, handled_by_user_id, version)
    VALUES ($O, gen_random_uuid(), now(), $O, 'ACTIVE', now(), 'HUMAN', $V, 1)
""",
    ),
    Attack(
        "record-backdated",
        "requests",
        "Add an audit record of anybody, backdated to 1999",
        "`recorded_at` says when an audit record really came, whatever its writer says",
        FORGED_RECORD.format("'1999-01-01'", "gen_random_uuid()"),
        VISIBLE,
        RECORDED_NOW,
    ),
    Attack(
        "event-forged",
        "requests",
        "Put an event into the outbox that no use case wrote",
        "until somebody claims it, an event of a use case has the transaction (`xmin`) of an audit record; this one "
        "has not",
        """
INSERT INTO outbox (root_id, id, created_at, kind, payload, due_at, attempts, version)
    VALUES ($O, gen_random_uuid(), now(), 'forged', '{}', now(), 0, 1)
""",
        VISIBLE,
        """
SELECT array_agg(DISTINCT kind) = '{forged}' FROM outbox AS event WHERE root_id = $O AND NOT EXISTS (
    SELECT FROM audit_logs AS audit WHERE audit.root_id = event.root_id AND audit.xmin = event.xmin)
""",
    ),
    Attack(
        "images-erased-by-jobs",
        "jobs",
        "Take the images of audit records away",
        "an audit record stands there without its image: who did what, when, and its number stay",
        ERASED,
        VISIBLE,
        """
SELECT count(*) > 0 AND bool_and(after IS NULL AND action <> '') AND count(*) = max(number)
FROM audit_logs WHERE root_id = $O
""",
    ),
    Attack(
        "trail-rewritten-by-jobs",
        "jobs",
        "Rewrite a live trail: mark, delete, unmark, insert again",
        "what stood there is lost, and `recorded_at` of each audit record says when it was written again",
        REWRITTEN,
        VISIBLE,
        """
SELECT bool_and(action = 'coffee.made') AND min(recorded_at) > max(created_at)
FROM audit_logs WHERE root_id = $O
""",
    ),
    Attack(
        "trail-replaced-by-jobs",
        "jobs",
        "The same, with new times, as of an organization that was created just now",
        "who may purge and may mark for erasure may do both at once: keep that role out of what takes requests",
        REWRITTEN.replace("'coffee.made'", "'coffee.made', created_at = clock_timestamp()").replace(
            "UPDATE a SET", "UPDATE organizations SET version = version + 1 WHERE id = $O;\nUPDATE a SET"
        ),
        OPEN,
        "SELECT bool_and(action = 'coffee.made') FROM audit_logs WHERE root_id = $O",
    ),
    Attack(
        "row-replaced",
        "requests",
        "Remove a row and add it again, with another time of creation and an earlier version",
        PORT + "; a copy of a tenant's rows keeps its times and versions",
        """
CREATE TEMP TABLE u ON COMMIT DROP AS SELECT * FROM users WHERE organization_id = $O AND id <> $U;
UPDATE u SET created_at = '1999-01-01', version = 1;
DELETE FROM users WHERE organization_id = $O AND id <> $U;
INSERT INTO users ($USERS) SELECT $USERS FROM u
""",
        OPEN,
        "SELECT bool_and(created_at < '2000-01-01' AND version = 1) FROM users WHERE organization_id = $O AND id <> $U",
    ),
    Attack(
        "version-kept",
        "requests",
        "Change a row and leave its version, so that somebody's save goes over it",
        "a version may stay, for references and recheck columns leave it as well",
        "UPDATE users SET name = 'Eve' WHERE id = $U",
        OPEN,
        "SELECT name = 'Eve' FROM users WHERE id = $U",
    ),
    Attack(
        "added-with-the-last-version",
        "requests",
        "Add a row with a version that no save can follow",
        "which version a row has when it is added is not checked: a copy of a tenant's rows keeps theirs",
        ADDED.format(2**31 - 1),
        OPEN,
        "SELECT count(*) = 1 FROM users WHERE organization_id = $O AND version = 2147483647",
    ),
    Attack(
        "usage-set-back",
        "requests",
        "Set the used minutes back, and start a call when all of them were used",
        "a billing period begins that way; who counts is the application",
        f"{NUMBER};\n{USED.format('call_minutes_quota')};\n{USED.format(0)};\n{CALL}",
        OPEN,
        "SELECT count(*) = 1 FROM calls WHERE organization_id = $O",
        apart=True,
    ),
    Attack(
        "commands-forgotten",
        "requests",
        "Forget which commands were processed, so that they can be carried out again",
        PORT,
        "DELETE FROM handled_commands WHERE root_id = $O",
        OPEN,
        "SELECT count(*) = 0 FROM handled_commands WHERE root_id = $O",
    ),
    Attack(
        "rows-removed",
        "requests",
        "Remove the calls, the invoices and what was noted, of all tenants",
        PORT + "; one role serves all tenants",
        "DELETE FROM call_notes;\nDELETE FROM calls;\nDELETE FROM invoices",
        OPEN,
        "SELECT count(*) = 0 FROM calls",
    ),
    Attack(
        "deletion-backdated",
        "requests",
        "Say that an organization was deleted long ago, so that the next cleanup removes it for good",
        "when something was deleted is what the application says, so that rows can be copied and restored as they "
        "were; the trail goes to the archive, by the server's own time, and the rows are in a backup",
        "UPDATE organizations SET is_deleted = true, deleted_at = '1999-01-01', deletion_id = gen_random_uuid() "
        "WHERE id = $O",
        OPEN,
        "SELECT is_deleted AND deleted_at < '2000-01-01' FROM organizations WHERE id = $O",
    ),
    Attack(
        "marked-organization-restored",
        "requests",
        "Restore an organization that is marked for erasure",
        "the use case looks at the mark, plain SQL need not; the mark stays, and the next purge archives nothing",
        "UPDATE organizations SET is_deleted = false, deleted_at = NULL, deletion_id = NULL WHERE id = $O",
        OPEN,
        "SELECT NOT is_deleted FROM organizations WHERE id = $O AND EXISTS (SELECT FROM erasures WHERE root_id = $O)",
        before=f"UPDATE organizations SET is_deleted = true, deleted_at = now(), deletion_id = gen_random_uuid() "
        f"WHERE id = $O; {MARKED}",
    ),
    Attack(
        "organizations-removed-by-jobs",
        "jobs",
        "Remove an organization that nobody has deleted, with all that goes along",
        "a purge removes organizations, and plain SQL need not wait for their time; their trails are in the archive",
        "DELETE FROM organizations WHERE id = $O",
        OPEN,
        "SELECT NOT EXISTS (SELECT FROM organizations WHERE id = $O) AND EXISTS (SELECT FROM audit_archive "
        "WHERE root_id = $O)",
    ),
    Attack(
        "organizations-table-locked-by-jobs",
        "jobs",
        "LOCK the table of organizations, which stops all tenants",
        "PostgreSQL lets whoever may DELETE lock the table as well; who is idle is ended by the server",
        "LOCK organizations IN ACCESS EXCLUSIVE MODE",
        OPEN,
        "SELECT true",
    ),
    Attack(
        "trail-rows-locked-by-jobs",
        "jobs",
        "Lock the rows of the trail",
        "PostgreSQL lets whoever may change a column lock its rows, and a job takes values out of them; nothing waits "
        "for them but another erasure and the removal of the organization",
        "SELECT FROM audit_logs WHERE root_id = $O FOR UPDATE",
        OPEN,
        "SELECT true",
    ),
    Attack(
        "tables-locked",
        "requests",
        "LOCK a table that the role removes rows from, which stops all tenants",
        "PostgreSQL lets whoever may DELETE lock the table as well; who is idle is ended by the server",
        "LOCK users IN ACCESS EXCLUSIVE MODE",
        OPEN,
        "SELECT true",
    ),
    Attack(
        "quota-moved",
        "requests",
        "Raise the quota, fill it and lower it again, in three transactions",
        "what is above a limit that shrinks may stay, as after a downgrade; only what is added is checked",
        f"{RAISED};\n{SEATS};\n{LOWERED}",
        OPEN,
        "SELECT count(*) = 6 FROM users WHERE organization_id = $O AND NOT is_deleted",
        apart=True,
    ),
    Attack(
        "other-tenants-written",
        "requests",
        "Change the rows of another organization",
        "one role serves all tenants: a unit of work keeps to its own, plain SQL need not",
        "UPDATE users SET name = 'Eve', version = version + 1 WHERE id = $V",
        OPEN,
        "SELECT name = 'Eve' FROM users WHERE id = $V",
    ),
    Attack(
        "write-without-a-record",
        "requests",
        "Change an audited row and add no audit record",
        "the stores promise that an audit record goes with each write; plain SQL of the role may write one and not the "
        "other",
        "UPDATE users SET email = 'eve@acme.org', version = version + 1 WHERE id = $U",
        OPEN,
        "SELECT email = 'eve@acme.org' FROM users WHERE id = $U",
    ),
    Attack(
        "record-names-a-stranger",
        "requests",
        "Add an audit record that names another tenant's user",
        "an audit record outlives users, so it refers to none; who acted is what the application says",
        FORGED_RECORD.format("now()", "$V"),
        OPEN,
        "SELECT count(*) = 1 FROM audit_logs WHERE root_id = $O AND user_id = $V",
    ),
    Attack(
        "trail-changed-by-owner",
        "owner",
        "Change an audit record while the triggers are disabled",
        "who owns a table can do anything to it: no application connects as the owner",
        """
ALTER TABLE audit_logs DISABLE TRIGGER USER;
UPDATE audit_logs SET action = 'forged' WHERE root_id = $O;
ALTER TABLE audit_logs ENABLE TRIGGER USER
""",
        OPEN,
        "SELECT bool_and(action = 'forged') FROM audit_logs WHERE root_id = $O",
    ),
)
