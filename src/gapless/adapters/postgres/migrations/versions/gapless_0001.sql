CREATE TABLE {schema}.organizations (
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    billing_email TEXT COLLATE "C",
    call_minutes_quota INTEGER NOT NULL,
    team_members_quota INTEGER NOT NULL,
    phone_numbers_quota INTEGER NOT NULL,
    storage_quota BIGINT NOT NULL,
    used_minutes INTEGER NOT NULL,
    used_storage BIGINT NOT NULL,
    quota_warning_80_sent BOOLEAN NOT NULL,
    quota_warning_90_sent BOOLEAN NOT NULL,
    quota_warning_100_sent BOOLEAN NOT NULL,
    is_deleted BOOLEAN NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    deleted_by UUID,
    deletion_id UUID,
    version INTEGER NOT NULL,
    touches BIGINT DEFAULT 0 NOT NULL,
    at_last_owner xid8,
    at_team_members_quota xid8,
    CONSTRAINT organizations_id_unique PRIMARY KEY (id),
    CONSTRAINT check_org_name_length CHECK (char_length(name) >= 2 AND char_length(name) <= 100),
    CONSTRAINT check_slug_format CHECK (slug ~ '^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$'),
    CONSTRAINT check_slug_reserved CHECK ((slug NOT IN ('admin', 'api', 'www', 'support', 'billing', 'status', 'help', 'docs', 'blog', 'mail', 'ftp', 'localhost', 'dashboard', 'app', 'auth', 'login', 'signup', 'register'))),
    CONSTRAINT organizations_slug_length CHECK (char_length(slug) <= 63),
    CONSTRAINT check_billing_email CHECK (billing_email ~ '^(?:[^[:space:]@]+@[^[:space:]@][^[:space:]@.]*[.][^[:space:]@]+)$'),
    CONSTRAINT organizations_billing_email_length CHECK (char_length(billing_email) <= 254),
    CONSTRAINT organizations_call_minutes_quota_not_negative CHECK (call_minutes_quota >= 0),
    CONSTRAINT organizations_team_members_quota_not_negative CHECK (team_members_quota >= 0),
    CONSTRAINT organizations_phone_numbers_quota_not_negative CHECK (phone_numbers_quota >= 0),
    CONSTRAINT organizations_used_minutes_not_negative CHECK (used_minutes >= 0),
    CONSTRAINT organizations_storage_quota_range CHECK (storage_quota >= 0 AND storage_quota <= 9007199254740991),
    CONSTRAINT organizations_used_storage_range CHECK (used_storage >= 0 AND used_storage <= 9007199254740991),
    CONSTRAINT organizations_is_deleted_deleted_at_agree CHECK (is_deleted AND deleted_at IS NOT NULL OR NOT is_deleted AND deleted_at IS NULL)
);

CREATE UNIQUE INDEX organizations_slug_unique ON {schema}.organizations (slug);

CREATE INDEX idx_organizations_deleted ON {schema}.organizations (is_deleted);

CREATE TABLE {schema}.users (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    is_active BOOLEAN NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE,
    deactivated_at TIMESTAMP WITH TIME ZONE,
    deactivation_reason TEXT COLLATE "C",
    is_deleted BOOLEAN NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    deleted_by UUID,
    deletion_id UUID,
    version INTEGER NOT NULL,
    CONSTRAINT users_organization_id_id_unique PRIMARY KEY (organization_id, id),
    CONSTRAINT users_role_known CHECK (role IN ('OWNER', 'ADMIN', 'MANAGER', 'OPERATOR')),
    CONSTRAINT check_email_length CHECK (char_length(email) <= 254),
    CONSTRAINT check_email_format CHECK (email ~ '^(?:[^[:space:]@]+@[^[:space:]@][^[:space:]@.]*[.][^[:space:]@]+)$'),
    CONSTRAINT users_email_lowercase CHECK (email ~ '^(?:[^A-Z]*)$'),
    CONSTRAINT check_name_length CHECK (char_length(name) >= 2 AND char_length(name) <= 100),
    CONSTRAINT check_language CHECK (language IN ('ru', 'uz', 'en')),
    CONSTRAINT users_deactivation_reason_length CHECK (char_length(deactivation_reason) <= 500),
    CONSTRAINT users_is_deleted_deleted_at_agree CHECK (is_deleted AND deleted_at IS NOT NULL OR NOT is_deleted AND deleted_at IS NULL),
    CONSTRAINT users_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX users_email_unique ON {schema}.users (organization_id, email) WHERE NOT is_deleted;

CREATE INDEX idx_users_organization_role ON {schema}.users (organization_id, role);

CREATE INDEX idx_users_last_seen ON {schema}.users (last_seen_at) WHERE is_active;

CREATE INDEX idx_users_deleted ON {schema}.users (is_deleted, organization_id);

CREATE TABLE {schema}.audit_logs (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    user_id UUID,
    job TEXT COLLATE "C",
    action TEXT COLLATE "C" NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    before JSONB,
    after JSONB,
    metadata JSONB NOT NULL,
    ip_address TEXT COLLATE "C",
    user_agent TEXT COLLATE "C",
    CONSTRAINT audit_logs_organization_id_id_unique PRIMARY KEY (organization_id, id),
    CONSTRAINT audit_logs_actor_kind_known CHECK (actor_kind IN ('user', 'system')),
    CONSTRAINT audit_logs_action_length CHECK (char_length(action) >= 1 AND char_length(action) <= 100),
    CONSTRAINT audit_logs_resource_type_length CHECK (char_length(resource_type) >= 1 AND char_length(resource_type) <= 50),
    CONSTRAINT audit_logs_resource_id_length CHECK (char_length(resource_id) >= 1 AND char_length(resource_id) <= 200),
    CONSTRAINT audit_logs_job_length CHECK (char_length(job) <= 500),
    CONSTRAINT audit_logs_ip_address_length CHECK (char_length(ip_address) <= 500),
    CONSTRAINT audit_logs_user_agent_length CHECK (char_length(user_agent) <= 500),
    CONSTRAINT audit_logs_actor_named CHECK (actor_kind = 'user' AND user_id IS NOT NULL AND job IS NULL OR actor_kind = 'system' AND user_id IS NULL AND job IS NOT NULL),
    CONSTRAINT audit_logs_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE CASCADE
);

CREATE INDEX idx_audit_org_date ON {schema}.audit_logs (organization_id, created_at DESC);

CREATE INDEX idx_audit_resource ON {schema}.audit_logs (resource_type, resource_id);

CREATE INDEX idx_audit_user_date ON {schema}.audit_logs (user_id, created_at);

CREATE TABLE {schema}.outbox (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    payload JSONB NOT NULL,
    attempts INTEGER NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    claim UUID,
    version INTEGER NOT NULL,
    CONSTRAINT outbox_organization_id_id_unique PRIMARY KEY (organization_id, id),
    CONSTRAINT outbox_kind_length CHECK (char_length(kind) >= 1 AND char_length(kind) <= 100),
    CONSTRAINT outbox_attempts_not_negative CHECK (attempts >= 0),
    CONSTRAINT outbox_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE CASCADE
);

CREATE INDEX idx_outbox_due_at ON {schema}.outbox (due_at);

CREATE INDEX idx_outbox_claim ON {schema}.outbox (claim);

CREATE FUNCTION {schema}.users_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
    parents_team_members_quota uuid[];
BEGIN
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE NOT is_deleted),
        array_agg(DISTINCT organization_id) FILTER (WHERE is_active AND NOT is_deleted)
    INTO parents_live_organization, parents_team_members_quota
    FROM new_rows;
    IF parents_live_organization IS NOT NULL
        OR cardinality(parents_live_organization || parents_team_members_quota) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_live_organization || parents_team_members_quota)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_live_organization IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_live_organization) AND (NOT parent.is_deleted) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "live_organization" of table "users" is violated',
                CONSTRAINT = 'live_organization', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'users';
        END IF;
    END IF;
    IF parents_team_members_quota IS NOT NULL THEN
        UPDATE {schema}.organizations
        SET touches = touches + 1, at_team_members_quota = pg_current_xact_id()
        WHERE id = ANY (parents_team_members_quota);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.users
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.users_inserted();

CREATE FUNCTION {schema}.users_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
    parents_last_owner uuid[];
    parents_team_members_quota uuid[];
BEGIN
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE is_live_organization AND NOT was_live_organization),
        array_agg(DISTINCT organization_id) FILTER (WHERE was_last_owner AND NOT is_last_owner),
        array_agg(DISTINCT organization_id) FILTER (WHERE is_team_members_quota AND NOT was_team_members_quota)
    INTO parents_live_organization, parents_last_owner, parents_team_members_quota
    FROM (
        SELECT organization_id, id,
            bool_or(was_live_organization) AS was_live_organization,
            bool_or(is_live_organization) AS is_live_organization,
            bool_or(was_last_owner) AS was_last_owner,
            bool_or(is_last_owner) AS is_last_owner,
            bool_or(was_team_members_quota) AS was_team_members_quota,
            bool_or(is_team_members_quota) AS is_team_members_quota
        FROM (
            SELECT organization_id, id,
                (NOT is_deleted) IS TRUE AS was_live_organization,
                false AS is_live_organization,
                (role = 'OWNER' AND is_active AND NOT is_deleted) IS TRUE AS was_last_owner,
                false AS is_last_owner,
                (is_active AND NOT is_deleted) IS TRUE AS was_team_members_quota,
                false AS is_team_members_quota
            FROM old_rows
            UNION ALL
            SELECT organization_id, id,
                false,
                (NOT is_deleted) IS TRUE,
                false,
                (role = 'OWNER' AND is_active AND NOT is_deleted) IS TRUE,
                false,
                (is_active AND NOT is_deleted) IS TRUE
            FROM new_rows
        ) AS versions
        GROUP BY organization_id, id
    ) AS changed;
    IF parents_live_organization IS NOT NULL
        OR cardinality(parents_live_organization || parents_last_owner || parents_team_members_quota) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_live_organization || parents_last_owner || parents_team_members_quota)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_live_organization IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_live_organization) AND (NOT parent.is_deleted) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "live_organization" of table "users" is violated',
                CONSTRAINT = 'live_organization', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'users';
        END IF;
    END IF;
    IF parents_last_owner IS NOT NULL THEN
        UPDATE {schema}.organizations
        SET touches = touches + 1, at_last_owner = pg_current_xact_id()
        WHERE id = ANY (parents_last_owner);
    END IF;
    IF parents_team_members_quota IS NOT NULL THEN
        UPDATE {schema}.organizations
        SET touches = touches + 1, at_team_members_quota = pg_current_xact_id()
        WHERE id = ANY (parents_team_members_quota);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.users
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.users_updated();

CREATE FUNCTION {schema}.users_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_last_owner uuid[];
BEGIN
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE role = 'OWNER' AND is_active AND NOT is_deleted)
    INTO parents_last_owner
    FROM old_rows;
    IF cardinality(parents_last_owner) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_last_owner)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_last_owner IS NOT NULL THEN
        UPDATE {schema}.organizations
        SET touches = touches + 1, at_last_owner = pg_current_xact_id()
        WHERE id = ANY (parents_last_owner);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER rules_deleted AFTER DELETE ON {schema}.users
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.users_deleted();

CREATE FUNCTION {schema}.keep_audit_logs_append_only() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM {schema}.organizations WHERE id = OLD.organization_id) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION USING ERRCODE = '23001', MESSAGE = 'rule "audit_logs_append_only" of table "audit_logs" is violated',
        CONSTRAINT = 'audit_logs_append_only', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'audit_logs';
END
$$;

CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE ON {schema}.audit_logs
FOR EACH ROW EXECUTE FUNCTION {schema}.keep_audit_logs_append_only();

CREATE TRIGGER audit_logs_append_only_truncate BEFORE TRUNCATE ON {schema}.audit_logs
FOR EACH STATEMENT EXECUTE FUNCTION {schema}.keep_audit_logs_append_only();

ALTER TABLE {schema}.audit_logs ENABLE ALWAYS TRIGGER audit_logs_append_only;

ALTER TABLE {schema}.audit_logs ENABLE ALWAYS TRIGGER audit_logs_append_only_truncate;

CREATE FUNCTION {schema}.arm_last_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.touches := NEW.touches + 1;
    NEW.at_last_owner := pg_current_xact_id();
    RETURN NEW;
END
$$;

CREATE TRIGGER added_01_last_owner BEFORE INSERT ON {schema}.organizations
FOR EACH ROW WHEN ((NOT NEW.is_deleted) IS TRUE) EXECUTE FUNCTION {schema}.arm_last_owner();

CREATE TRIGGER entered_01_last_owner BEFORE UPDATE ON {schema}.organizations
FOR EACH ROW WHEN ((NOT NEW.is_deleted) IS TRUE AND (NOT OLD.is_deleted) IS NOT TRUE) EXECUTE FUNCTION {schema}.arm_last_owner();

CREATE FUNCTION {schema}.judge_last_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.touches = OLD.touches THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT FROM {schema}.organizations AS parent
        WHERE parent.id = NEW.id AND parent.touches = NEW.touches
            AND parent.at_last_owner = pg_current_xact_id() AND (NOT parent.is_deleted)
            AND NOT EXISTS (
                SELECT FROM {schema}.users AS child
                WHERE child.organization_id = parent.id AND (child.role = 'OWNER') AND (child.is_active AND NOT child.is_deleted) IS TRUE
            )
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "last_owner" of table "users" is violated',
            CONSTRAINT = 'last_owner', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'users';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER judge_01_last_owner AFTER INSERT OR UPDATE ON {schema}.organizations
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.at_last_owner = pg_current_xact_id())
EXECUTE FUNCTION {schema}.judge_last_owner();

CREATE FUNCTION {schema}.refuse_last_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "last_owner" of table "users" is violated',
        CONSTRAINT = 'last_owner', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'users';
END
$$;

CREATE TRIGGER last_owner_truncate BEFORE TRUNCATE ON {schema}.users
FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_last_owner();

CREATE FUNCTION {schema}.judge_team_members_quota() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.touches = OLD.touches THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT FROM {schema}.organizations AS parent
        WHERE parent.id = NEW.id AND parent.touches = NEW.touches
            AND parent.at_team_members_quota = pg_current_xact_id()
            AND (
                SELECT count(*) FROM {schema}.users AS child
                WHERE child.organization_id = parent.id AND (child.is_active AND NOT child.is_deleted) IS TRUE
            ) > parent.team_members_quota
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "team_members_quota" of table "users" is violated',
            CONSTRAINT = 'team_members_quota', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'users';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER judge_02_team_members_quota AFTER INSERT OR UPDATE ON {schema}.organizations
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.at_team_members_quota = pg_current_xact_id())
EXECUTE FUNCTION {schema}.judge_team_members_quota();
