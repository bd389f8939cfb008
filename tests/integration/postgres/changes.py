"""What people do to a database by hand: what is told of it, and what is no difference."""

BOUND = "ALTER TABLE gapless.calls DROP CONSTRAINT check_call_quality_range"
DISABLED_CHECK = "ALTER TABLE gapless.organizations DISABLE TRIGGER judge_01_last_owner"
BLINDED = (
    "DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('gapless.judge_team_members_quota()'::regprocedure), "
    "'NEW.touches = OLD.touches', 'NEW.touches > OLD.touches'); END $do$"
)
EMPTIED = (
    "CREATE OR REPLACE FUNCTION gapless.subscriptions_{}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
)
TOLD: dict[str, tuple[tuple[str, ...], str]] = {
    "missing check": ((BOUND,), "check_call_quality_range is not in the database"),
    "not valid": (
        (
            BOUND,
            "ALTER TABLE gapless.calls ADD CONSTRAINT check_call_quality_range CHECK (true) NOT VALID",
            "COMMENT ON CONSTRAINT check_call_quality_range ON gapless.calls IS '{check_call_quality_range}'",
        ),
        "check_call_quality_range is NOT VALID: rows that were there before may break it",
    ),
    "made anew": (
        (BOUND, "ALTER TABLE gapless.calls ADD CONSTRAINT check_call_quality_range CHECK (call_quality > 0)"),
        (
            "check_call_quality_range is there without its fingerprint, so somebody has made it anew: "
            "the database has CHECK ((call_quality > 0))"
        ),
    ),
    "disabled trigger": (
        (DISABLED_CHECK,),
        "trigger judge_01_last_owner on organizations is disabled: last_owner needs it",
    ),
    "one of several objects of a rule": (
        ("DROP TRIGGER judge_01_last_owner ON gapless.organizations",),
        "trigger judge_01_last_owner on organizations is not in the database: last_owner needs it",
    ),
    "functions without their only rule": (
        (
            *(f"DROP TRIGGER rules_{event} ON gapless.subscriptions" for event in ("inserted", "updated")),
            *(EMPTIED.format(event) for event in ("inserted", "updated")),
        ),
        "live_organization is not in the database for subscriptions",
    ),
    "another text before the same limit": (
        (BLINDED,),
        "function judge_team_members_quota has another text than was declared: team_members_quota needs it",
    ),
    "missing trigger": (
        ("DROP TRIGGER rules_updated ON gapless.phone_numbers",),
        (
            "trigger rules_updated on phone_numbers is not in the database: live_organization and phone_numbers_quota "
            "need it"
        ),
    ),
    "column": (
        ("ALTER TABLE gapless.users ALTER COLUMN email DROP NOT NULL",),
        "column users.email may be null, and is required as it was declared",
    ),
    "type": (
        ("ALTER TABLE gapless.organizations ALTER COLUMN used_minutes TYPE bigint",),
        "column organizations.used_minutes is of type bigint, and integer was declared",
    ),
    "collation": (
        ('ALTER TABLE gapless.users ALTER COLUMN name TYPE text COLLATE "POSIX"',),
        "column users.name has the collation POSIX, and C was declared",
    ),
    "not null": (
        ("ALTER TABLE gapless.users ALTER COLUMN last_seen_at SET NOT NULL",),
        "column users.last_seen_at is NOT NULL, and may be null as it was declared",
    ),
    "identity": (
        ("ALTER TABLE gapless.users ALTER COLUMN version ADD GENERATED ALWAYS AS IDENTITY",),
        "column users.version is written by the server, so that nobody else can",
    ),
    "default of ours": (
        ("ALTER TABLE gapless.organizations ALTER COLUMN touches DROP DEFAULT",),
        "column organizations.touches has lost its default",
    ),
    "another default of ours": (
        ("ALTER TABLE gapless.organizations ALTER COLUMN last_number SET DEFAULT 100",),
        "column organizations.last_number has the default 100, and 0 was declared",
    ),
    "rewrite rule": (
        ("CREATE RULE quiet AS ON INSERT TO gapless.audit_logs DO INSTEAD NOTHING",),
        "table audit_logs has the rewrite rule quiet, which takes the place of statements or makes them fail",
    ),
    "their column": (
        ("ALTER TABLE gapless.users ADD COLUMN badge integer NOT NULL",),
        "column users.badge is NOT NULL, has no default and was not declared: no row can be added",
    ),
    "unlogged": (
        ("ALTER TABLE gapless.handled_commands SET UNLOGGED",),
        "table handled_commands is UNLOGGED: a crash of the server empties it",
    ),
    "invalid index": (
        ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'gapless.users_email_unique'::regclass",),
        "index users_email_unique is INVALID: the server could not finish it, so drop it and make it again",
    ),
    "rights of a function": (
        ("ALTER FUNCTION gapless.judge_last_owner() SECURITY INVOKER",),
        (
            "function judge_last_owner runs with the rights of its caller, and was declared with those of its owner: "
            "last_owner needs it"
        ),
    ),
    "owner of a function": (
        ("CREATE ROLE weak", "ALTER FUNCTION gapless.judge_last_owner() OWNER TO weak"),
        (
            "function judge_last_owner belongs to weak, who has not the rights of the owner of users: "
            "last_owner needs it"
        ),
    ),
    "forced row security": (
        (
            "CREATE ROLE weak",
            "ALTER FUNCTION gapless.judge_last_owner() OWNER TO weak",
            "ALTER TABLE gapless.users OWNER TO weak",
            "ALTER TABLE gapless.users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        ),
        (
            "row security of table users hides rows from weak, with whose rights rules are checked: give that role "
            "BYPASSRLS, or let the table's owner own the functions and don't FORCE it"
        ),
    ),
    "parent": (
        ("CREATE TABLE public.people (LIKE gapless.users)", "ALTER TABLE gapless.users INHERIT public.people"),
        "table users is a child of public.people, whose statements its rules don't see",
    ),
    "child": (
        ("CREATE TABLE public.more () INHERITS (gapless.users)",),
        "table users has the child public.more, for whose rows its rules don't hold",
    ),
    "deferrable index": (
        (
            "CREATE UNIQUE INDEX made ON gapless.users (id)",
            "DROP INDEX gapless.users_email_unique",
            "ALTER INDEX gapless.made RENAME TO users_email_unique",
            "ALTER TABLE gapless.users ADD UNIQUE USING INDEX users_email_unique DEFERRABLE",
        ),
        "users_email_unique is DEFERRABLE, so that rows may break it until a transaction ends",
    ),
    "a comment of another declaration": (
        ("COMMENT ON FUNCTION gapless.judge_last_owner() IS 'gapless:1:0000000000000000'",),
        (
            "function judge_last_owner is as it was declared, but its comment is that of another declaration: "
            "gapless.postgres.comment_statements gives the right one: last_owner needs it"
        ),
    ),
    "search path": (
        ("ALTER FUNCTION gapless.judge_last_owner() SET search_path = 'pg_catalog, pg_temp'",),
        "function judge_last_owner has other settings than were declared: last_owner needs it",
    ),
    "volatility": (
        ("ALTER FUNCTION gapless.judge_last_owner() STABLE",),
        "function judge_last_owner has other settings than were declared: last_owner needs it",
    ),
    "replicas": (
        ("SET LOCAL session_replication_role = replica",),
        "the connection is set to session_replication_role = replica, under which most rules are not enforced",
    ),
    "not the parent's table": (
        ("DROP TABLE gapless.users CASCADE",),
        "table users is not in schema gapless: `gapless migrate` makes it in an empty one",
    ),
}
NONE = {
    "tables and schemas": ("CREATE TABLE gapless.badges (id int)", "CREATE SCHEMA other"),
    "columns": (
        (
            "ALTER TABLE gapless.users ADD COLUMN badge integer, ADD COLUMN since timestamptz NOT NULL DEFAULT now(), "
            "ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY, "
            "ADD COLUMN initial text GENERATED ALWAYS AS (left(name, 1)) STORED"
        ),
    ),
    "indexes and checks": (
        "CREATE INDEX badges ON gapless.users (name)",
        "ALTER TABLE gapless.users ADD CONSTRAINT badge CHECK (name <> 'Bob')",
    ),
    "triggers": (
        "CREATE FUNCTION gapless.badge() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER badge AFTER INSERT ON gapless.users EXECUTE FUNCTION gapless.badge()",
        "CREATE FUNCTION gapless.judge_last_owner(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ),
    "row security that hides nothing from the owner": (
        "ALTER TABLE gapless.users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    ),
    "another owner who may do the same": (
        "CREATE ROLE owning",
        "CREATE ROLE member IN ROLE owning",
        "ALTER TABLE gapless.users OWNER TO owning",
        "ALTER TABLE gapless.users ENABLE ROW LEVEL SECURITY",
        "ALTER FUNCTION gapless.judge_last_owner() OWNER TO member",
    ),
    "more than was declared": ("ALTER TABLE gapless.users ENABLE ALWAYS TRIGGER rules_inserted",),
    "defaults, storage and statistics": (
        "ALTER TABLE gapless.users ALTER COLUMN is_active SET DEFAULT true, SET (fillfactor = 90)",
        "ALTER INDEX gapless.users_email_unique SET (fillfactor = 80)",
        "ALTER TABLE gapless.users ALTER COLUMN name SET STATISTICS 500",
    ),
    "a default of ours, written otherwise": (
        "ALTER TABLE gapless.organizations ALTER COLUMN touches SET DEFAULT (CAST('0' AS bigint))",
    ),
    "a rewrite rule that is off": (
        "CREATE RULE quiet AS ON DELETE TO gapless.users DO INSTEAD NOTHING",
        "ALTER TABLE gapless.users DISABLE RULE quiet",
    ),
    "words beside a fingerprint": (
        "COMMENT ON INDEX gapless.users_email_unique IS 'Ours. {users_email_unique} (do keep)'",
    ),
    "comments on tables": (
        "COMMENT ON TABLE gapless.users IS 'People'",
        "COMMENT ON COLUMN gapless.users.name IS 'Who'",
    ),
    "rebuilding": ("REINDEX TABLE gapless.users", 'ALTER TABLE gapless.users ALTER COLUMN name TYPE text COLLATE "C"'),
    "a search path": ("SET LOCAL search_path = gapless, public",),
    "no search path": ("SET LOCAL search_path = ''",),
    "names in quotes": ("SET LOCAL quote_all_identifiers = on",),
    "a function that was altered with all names in quotes": (
        "SET LOCAL quote_all_identifiers = on",
        "ALTER FUNCTION gapless.judge_last_owner() SET search_path = pg_catalog, pg_temp",
    ),
    "another zone": ("SET LOCAL timezone = 'Asia/Tashkent'",),
    "reading alone": ("SET TRANSACTION READ ONLY",),
    "nothing": (),
}
SINCE_18 = {
    "a reference that is not enforced": (
        ("ALTER TABLE gapless.users ALTER CONSTRAINT users_organization_id_fkey NOT ENFORCED",),
        "users_organization_id_fkey is NOT ENFORCED",
    ),
    "a not null that is not valid": (
        (
            "ALTER TABLE gapless.users ALTER COLUMN email DROP NOT NULL",
            "ALTER TABLE gapless.users ADD CONSTRAINT email_is_there NOT NULL email NOT VALID",
        ),
        "column users.email has a NOT NULL that is NOT VALID: rows that were there before may hold null",
    ),
}
