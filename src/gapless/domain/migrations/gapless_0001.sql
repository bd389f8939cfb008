-- Organizations, users, the audit trail and the outbox, with their rules.

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
    storage_warning_80_sent BOOLEAN NOT NULL,
    storage_warning_90_sent BOOLEAN NOT NULL,
    storage_warning_100_sent BOOLEAN NOT NULL,
    is_deleted BOOLEAN NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    deleted_by UUID,
    deletion_id UUID,
    version INTEGER NOT NULL,
    last_number BIGINT DEFAULT 0 NOT NULL,
    touches BIGINT DEFAULT 0 NOT NULL,
    at_last_owner xid8,
    at_team_members_quota xid8,
    at_phone_numbers_quota xid8,
    at_no_active_calls xid8,
    CONSTRAINT organizations_id_unique PRIMARY KEY (id),
    CONSTRAINT organizations_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT organizations_deleted_at_storable CHECK (deleted_at >= '0001-01-02T00:00:00+00:00' AND deleted_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT check_org_name_length CHECK (char_length(name) >= 2 AND char_length(name) <= 100),
    CONSTRAINT organizations_name_not_blank CHECK (char_length(name) > 100 OR NOT (name ~ E'^(?:[\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffc\\U00013430-\\U0001343f\\U00016fe4\\U0001bca0-\\U0001bca3\\U0001d159\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]*)\u0024')),
    CONSTRAINT check_slug_format CHECK (char_length(slug) > 63 OR (slug ~ '^(?:[a-z0-9]+(?:-[a-z0-9]+)*)$')),
    CONSTRAINT check_slug_reserved CHECK ((slug NOT IN ('admin', 'api', 'www', 'support', 'billing', 'status', 'help', 'docs', 'blog', 'mail', 'ftp', 'localhost', 'dashboard', 'app', 'auth', 'login', 'signup', 'register'))),
    CONSTRAINT organizations_slug_length CHECK (char_length(slug) <= 63),
    CONSTRAINT check_billing_email CHECK (char_length(billing_email) > 254 OR (billing_email ~ '^(?:[^[:space:]@]+@[^[:space:]@][^[:space:]@.]*[.][^[:space:]@]+)$')),
    CONSTRAINT organizations_billing_email_length CHECK (char_length(billing_email) <= 254),
    CONSTRAINT organizations_billing_email_visible CHECK (char_length(billing_email) > 254 OR (billing_email ~ E'^(?:[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffc\\U00013430-\\U0001343f\\U00016fe4\\U0001bca0-\\U0001bca3\\U0001d159\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]*)\u0024')),
    CONSTRAINT organizations_call_minutes_quota_not_negative CHECK (call_minutes_quota >= 0),
    CONSTRAINT organizations_team_members_quota_not_negative CHECK (team_members_quota >= 0),
    CONSTRAINT organizations_phone_numbers_quota_not_negative CHECK (phone_numbers_quota >= 0),
    CONSTRAINT organizations_used_minutes_not_negative CHECK (used_minutes >= 0),
    CONSTRAINT organizations_storage_quota_range CHECK (storage_quota >= 0 AND storage_quota <= 9007199254740991),
    CONSTRAINT organizations_used_storage_range CHECK (used_storage >= 0 AND used_storage <= 9007199254740991),
    CONSTRAINT organizations_is_deleted_deleted_at_agree CHECK (is_deleted AND deleted_at IS NOT NULL OR NOT is_deleted AND deleted_at IS NULL)
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT organizations_created_at_storable ON {schema}.organizations IS 'gapless:1:e18830e10b995b89';

COMMENT ON CONSTRAINT organizations_deleted_at_storable ON {schema}.organizations IS 'gapless:1:4191a245c06203f5';

COMMENT ON CONSTRAINT organizations_id_unique ON {schema}.organizations IS 'gapless:1:e86194d8d869611f';

COMMENT ON CONSTRAINT check_org_name_length ON {schema}.organizations IS 'gapless:1:0abec296439fb5ae';

COMMENT ON CONSTRAINT organizations_name_not_blank ON {schema}.organizations IS 'gapless:1:7cdbac07b05d1791';

COMMENT ON CONSTRAINT check_slug_format ON {schema}.organizations IS 'gapless:1:5e8761724f6e93a2';

COMMENT ON CONSTRAINT check_slug_reserved ON {schema}.organizations IS 'gapless:1:69919d055012b196';

COMMENT ON CONSTRAINT organizations_slug_length ON {schema}.organizations IS 'gapless:1:6103a803974bb9cd';

COMMENT ON CONSTRAINT check_billing_email ON {schema}.organizations IS 'gapless:1:4c188d7080f33bf6';

COMMENT ON CONSTRAINT organizations_billing_email_length ON {schema}.organizations IS 'gapless:1:03e17e43070d83da';

COMMENT ON CONSTRAINT organizations_billing_email_visible ON {schema}.organizations IS 'gapless:1:9052b96c16fe7aeb';

COMMENT ON CONSTRAINT organizations_call_minutes_quota_not_negative ON {schema}.organizations IS 'gapless:1:cf7ea13990da4b7c';

COMMENT ON CONSTRAINT organizations_team_members_quota_not_negative ON {schema}.organizations IS 'gapless:1:c7e199f7bf9089e1';

COMMENT ON CONSTRAINT organizations_phone_numbers_quota_not_negative ON {schema}.organizations IS 'gapless:1:13aaaa53f45abab3';

COMMENT ON CONSTRAINT organizations_used_minutes_not_negative ON {schema}.organizations IS 'gapless:1:d50147138d116e25';

COMMENT ON CONSTRAINT organizations_storage_quota_range ON {schema}.organizations IS 'gapless:1:d88542e94df57c0c';

COMMENT ON CONSTRAINT organizations_used_storage_range ON {schema}.organizations IS 'gapless:1:1aac070ff49cff58';

COMMENT ON CONSTRAINT organizations_is_deleted_deleted_at_agree ON {schema}.organizations IS 'gapless:1:ffe9a34e4eaf2573';

CREATE UNIQUE INDEX organizations_slug_unique ON {schema}.organizations (slug);

COMMENT ON INDEX {schema}.organizations_slug_unique IS 'gapless:1:463eb87fa5543f52';

CREATE INDEX idx_organizations_deleted ON {schema}.organizations (is_deleted);

COMMENT ON INDEX {schema}.idx_organizations_deleted IS 'gapless:1:48327df683c6f622';

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
    CONSTRAINT users_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT users_last_seen_at_storable CHECK (last_seen_at >= '0001-01-02T00:00:00+00:00' AND last_seen_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT users_deactivated_at_storable CHECK (deactivated_at >= '0001-01-02T00:00:00+00:00' AND deactivated_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT users_deleted_at_storable CHECK (deleted_at >= '0001-01-02T00:00:00+00:00' AND deleted_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT users_role_known CHECK (role IN ('OWNER', 'ADMIN', 'MANAGER', 'OPERATOR')),
    CONSTRAINT check_email_length CHECK (char_length(email) <= 254),
    CONSTRAINT check_email_format CHECK (char_length(email) > 254 OR (email ~ '^(?:[^[:space:]@]+@[^[:space:]@][^[:space:]@.]*[.][^[:space:]@]+)$')),
    CONSTRAINT users_email_lowercase CHECK (char_length(email) > 254 OR (email ~ '^(?:[^A-Z]*)$')),
    CONSTRAINT users_email_visible CHECK (char_length(email) > 254 OR (email ~ E'^(?:[^\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffc\\U00013430-\\U0001343f\\U00016fe4\\U0001bca0-\\U0001bca3\\U0001d159\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]*)\u0024')),
    CONSTRAINT check_name_length CHECK (char_length(name) >= 2 AND char_length(name) <= 100),
    CONSTRAINT users_name_not_blank CHECK (char_length(name) > 100 OR NOT (name ~ E'^(?:[\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffc\\U00013430-\\U0001343f\\U00016fe4\\U0001bca0-\\U0001bca3\\U0001d159\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]*)\u0024')),
    CONSTRAINT check_language CHECK (language IN ('ru', 'uz', 'en')),
    CONSTRAINT users_deactivation_reason_length CHECK (char_length(deactivation_reason) <= 500),
    CONSTRAINT users_is_deleted_deleted_at_agree CHECK (is_deleted AND deleted_at IS NOT NULL OR NOT is_deleted AND deleted_at IS NULL),
    CONSTRAINT users_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE CASCADE
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT users_created_at_storable ON {schema}.users IS 'gapless:1:836f321142972870';

COMMENT ON CONSTRAINT users_last_seen_at_storable ON {schema}.users IS 'gapless:1:d2a858570bb2425c';

COMMENT ON CONSTRAINT users_deactivated_at_storable ON {schema}.users IS 'gapless:1:90e2cce178ebc057';

COMMENT ON CONSTRAINT users_deleted_at_storable ON {schema}.users IS 'gapless:1:2300529cf45883d9';

COMMENT ON CONSTRAINT users_role_known ON {schema}.users IS 'gapless:1:f9ccec7602e0969a';

COMMENT ON CONSTRAINT users_organization_id_id_unique ON {schema}.users IS 'gapless:1:550ae12e9f6dfb1d';

COMMENT ON CONSTRAINT check_email_length ON {schema}.users IS 'gapless:1:2e6a405594bf974c';

COMMENT ON CONSTRAINT check_email_format ON {schema}.users IS 'gapless:1:647553cb64a2de65';

COMMENT ON CONSTRAINT users_email_lowercase ON {schema}.users IS 'gapless:1:05691a0d34939593';

COMMENT ON CONSTRAINT users_email_visible ON {schema}.users IS 'gapless:1:e211bb969c466a42';

COMMENT ON CONSTRAINT check_name_length ON {schema}.users IS 'gapless:1:64290ce79ea60900';

COMMENT ON CONSTRAINT users_name_not_blank ON {schema}.users IS 'gapless:1:b7d5501bd4ab07f2';

COMMENT ON CONSTRAINT check_language ON {schema}.users IS 'gapless:1:e0a229d8d85e8efd';

COMMENT ON CONSTRAINT users_deactivation_reason_length ON {schema}.users IS 'gapless:1:87a2145717731402';

COMMENT ON CONSTRAINT users_is_deleted_deleted_at_agree ON {schema}.users IS 'gapless:1:eb54ea16fd98a9e0';

COMMENT ON CONSTRAINT users_organization_id_fkey ON {schema}.users IS 'gapless:1:e12072ed378a5490';

CREATE UNIQUE INDEX users_email_unique ON {schema}.users (organization_id, email) WHERE NOT is_deleted;

COMMENT ON INDEX {schema}.users_email_unique IS 'gapless:1:3becd8e5389d19c3';

CREATE INDEX idx_users_organization_role ON {schema}.users (organization_id, role);

COMMENT ON INDEX {schema}.idx_users_organization_role IS 'gapless:1:c8ab839d1a94bf02';

CREATE INDEX idx_users_last_seen ON {schema}.users (last_seen_at) WHERE is_active;

COMMENT ON INDEX {schema}.idx_users_last_seen IS 'gapless:1:d9b8b498c54c10a8';

CREATE INDEX idx_users_deleted ON {schema}.users (is_deleted, organization_id);

COMMENT ON INDEX {schema}.idx_users_deleted IS 'gapless:1:138e7babcc6f8a97';

CREATE TABLE {schema}.phone_numbers (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    display_name TEXT COLLATE "C",
    forwarding_number TEXT COLLATE "C",
    is_released BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT phone_numbers_organization_id_id_unique PRIMARY KEY (organization_id, id),
    CONSTRAINT phone_numbers_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT check_number_format CHECK (char_length(number) <= 16 AND (number ~ '^(?:[+][1-9][0-9]+)$')),
    CONSTRAINT check_provider CHECK (provider IN ('vapi', 'twilio')),
    CONSTRAINT check_display_name_length CHECK (char_length(display_name) <= 50),
    CONSTRAINT phone_numbers_display_name_not_blank CHECK (char_length(display_name) > 50 OR NOT (display_name ~ E'^(?:[\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffc\\U00013430-\\U0001343f\\U00016fe4\\U0001bca0-\\U0001bca3\\U0001d159\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]*)\u0024')),
    CONSTRAINT check_forwarding_format CHECK (char_length(forwarding_number) <= 16 AND (forwarding_number ~ '^(?:[+][1-9][0-9]+)$')),
    CONSTRAINT phone_numbers_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE CASCADE
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT phone_numbers_created_at_storable ON {schema}.phone_numbers IS 'gapless:1:ee76215e6d421e4b';

COMMENT ON CONSTRAINT phone_numbers_organization_id_id_unique ON {schema}.phone_numbers IS 'gapless:1:33af120c6ee87325';

COMMENT ON CONSTRAINT check_number_format ON {schema}.phone_numbers IS 'gapless:1:b68922163d3a779e';

COMMENT ON CONSTRAINT check_provider ON {schema}.phone_numbers IS 'gapless:1:0bdbb8d902c7f203';

COMMENT ON CONSTRAINT check_display_name_length ON {schema}.phone_numbers IS 'gapless:1:b0d9bf18c1c468b8';

COMMENT ON CONSTRAINT phone_numbers_display_name_not_blank ON {schema}.phone_numbers IS 'gapless:1:64ca826ba32d8f26';

COMMENT ON CONSTRAINT check_forwarding_format ON {schema}.phone_numbers IS 'gapless:1:a3a60d9a89d85fbf';

COMMENT ON CONSTRAINT phone_numbers_organization_id_fkey ON {schema}.phone_numbers IS 'gapless:1:d3816c39fe748742';

CREATE INDEX idx_phone_numbers_is_released ON {schema}.phone_numbers (organization_id, id) WHERE is_released;

COMMENT ON INDEX {schema}.idx_phone_numbers_is_released IS 'gapless:1:b4422afb2da133e4';

CREATE UNIQUE INDEX phone_numbers_number_unique ON {schema}.phone_numbers (number) WHERE NOT is_released;

COMMENT ON INDEX {schema}.phone_numbers_number_unique IS 'gapless:1:26a676491fbd54e5';

CREATE TABLE {schema}.calls (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    phone_number_id UUID,
    caller_number TEXT COLLATE "C",
    caller_text TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    duration_seconds INTEGER,
    outcome TEXT COLLATE "C",
    sentiment TEXT COLLATE "C",
    handled_by TEXT COLLATE "C" NOT NULL,
    handled_by_user_id UUID,
    ai_confidence INTEGER,
    call_quality INTEGER,
    version INTEGER NOT NULL,
    CONSTRAINT calls_organization_id_id_unique PRIMARY KEY (organization_id, id),
    CONSTRAINT calls_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT calls_started_at_storable CHECK (started_at >= '0001-01-02T00:00:00+00:00' AND started_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT calls_ended_at_storable CHECK (ended_at >= '0001-01-02T00:00:00+00:00' AND ended_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT calls_status_known CHECK (status IN ('ACTIVE', 'COMPLETED', 'MISSED', 'FAILED')),
    CONSTRAINT calls_handled_by_known CHECK (handled_by IN ('AI', 'HUMAN')),
    CONSTRAINT check_caller_number_format CHECK (char_length(caller_number) <= 16 AND (caller_number ~ '^(?:[+][1-9][0-9]+)$')),
    CONSTRAINT calls_caller_text_length CHECK (char_length(caller_text) <= 500),
    CONSTRAINT calls_caller_number_caller_text_agree CHECK (caller_number IS NULL OR caller_text IS NULL),
    CONSTRAINT check_duration_positive CHECK (duration_seconds >= 0),
    CONSTRAINT check_ai_confidence_range CHECK (ai_confidence >= 0 AND ai_confidence <= 100),
    CONSTRAINT check_call_quality_range CHECK (call_quality >= 1 AND call_quality <= 5),
    CONSTRAINT calls_outcome_length CHECK (char_length(outcome) <= 50),
    CONSTRAINT calls_sentiment_length CHECK (char_length(sentiment) <= 50),
    CONSTRAINT check_end_after_start CHECK (ended_at > started_at),
    CONSTRAINT calls_status_ended_at_agree CHECK ((status != 'ACTIVE' OR ended_at IS NULL) AND (status != 'COMPLETED' OR ended_at IS NOT NULL)),
    CONSTRAINT calls_active_needs_number CHECK (status != 'ACTIVE' OR phone_number_id IS NOT NULL),
    CONSTRAINT calls_handled_by_user_id_human CHECK (handled_by_user_id IS NULL OR handled_by = 'HUMAN'),
    CONSTRAINT calls_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE RESTRICT,
    CONSTRAINT calls_phone_number_id_fkey FOREIGN KEY(organization_id, phone_number_id) REFERENCES {schema}.phone_numbers (organization_id, id) ON DELETE SET NULL (phone_number_id),
    CONSTRAINT calls_handled_by_user_id_fkey FOREIGN KEY(organization_id, handled_by_user_id) REFERENCES {schema}.users (organization_id, id) ON DELETE SET NULL (handled_by_user_id)
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT calls_created_at_storable ON {schema}.calls IS 'gapless:1:d5aacd5d68517050';

COMMENT ON CONSTRAINT calls_started_at_storable ON {schema}.calls IS 'gapless:1:c55882e4206d2439';

COMMENT ON CONSTRAINT calls_ended_at_storable ON {schema}.calls IS 'gapless:1:9ecdee442405e0f7';

COMMENT ON CONSTRAINT calls_status_known ON {schema}.calls IS 'gapless:1:9b7aa0885e1588d8';

COMMENT ON CONSTRAINT calls_handled_by_known ON {schema}.calls IS 'gapless:1:9973185e79d88575';

COMMENT ON CONSTRAINT calls_organization_id_id_unique ON {schema}.calls IS 'gapless:1:b8cabcdf3da3efe7';

COMMENT ON CONSTRAINT check_caller_number_format ON {schema}.calls IS 'gapless:1:1d41646eb7c12b55';

COMMENT ON CONSTRAINT calls_caller_text_length ON {schema}.calls IS 'gapless:1:d3bef16940e49b10';

COMMENT ON CONSTRAINT calls_caller_number_caller_text_agree ON {schema}.calls IS 'gapless:1:e2832705b15dad60';

COMMENT ON CONSTRAINT check_duration_positive ON {schema}.calls IS 'gapless:1:60ed37a2b3418db3';

COMMENT ON CONSTRAINT check_ai_confidence_range ON {schema}.calls IS 'gapless:1:a961646c98189057';

COMMENT ON CONSTRAINT check_call_quality_range ON {schema}.calls IS 'gapless:1:ac42181c90b90777';

COMMENT ON CONSTRAINT calls_outcome_length ON {schema}.calls IS 'gapless:1:7c1490967964700f';

COMMENT ON CONSTRAINT calls_sentiment_length ON {schema}.calls IS 'gapless:1:729a557dbbb0428b';

COMMENT ON CONSTRAINT check_end_after_start ON {schema}.calls IS 'gapless:1:f08453cd45d3c983';

COMMENT ON CONSTRAINT calls_status_ended_at_agree ON {schema}.calls IS 'gapless:1:a84db41e71cd6e89';

COMMENT ON CONSTRAINT calls_active_needs_number ON {schema}.calls IS 'gapless:1:9fa7f2d8c5b9139f';

COMMENT ON CONSTRAINT calls_handled_by_user_id_human ON {schema}.calls IS 'gapless:1:b427dc76096f3dbf';

COMMENT ON CONSTRAINT calls_organization_id_fkey ON {schema}.calls IS 'gapless:1:7f95a4bb1d275260';

COMMENT ON CONSTRAINT calls_phone_number_id_fkey ON {schema}.calls IS 'gapless:1:d6d4796df1cf58e2';

COMMENT ON CONSTRAINT calls_handled_by_user_id_fkey ON {schema}.calls IS 'gapless:1:bebded7a959959c9';

CREATE STATISTICS {schema}.calls_phone_number_id_fkey (ndistinct, dependencies)
ON organization_id, phone_number_id FROM {schema}.calls;

COMMENT ON STATISTICS {schema}.calls_phone_number_id_fkey IS 'gapless:1:c8779fa89d6a5114';

CREATE STATISTICS {schema}.calls_handled_by_user_id_fkey (ndistinct, dependencies)
ON organization_id, handled_by_user_id FROM {schema}.calls;

COMMENT ON STATISTICS {schema}.calls_handled_by_user_id_fkey IS 'gapless:1:eccd2079a9d2a34d';

CREATE INDEX idx_calls_org_date ON {schema}.calls (organization_id, started_at DESC);

COMMENT ON INDEX {schema}.idx_calls_org_date IS 'gapless:1:c34ed2bc28e48257';

CREATE INDEX idx_calls_caller_date ON {schema}.calls (caller_number, started_at DESC);

COMMENT ON INDEX {schema}.idx_calls_caller_date IS 'gapless:1:332ad4c9df42b705';

CREATE INDEX idx_calls_outcome_date ON {schema}.calls (outcome, started_at DESC);

COMMENT ON INDEX {schema}.idx_calls_outcome_date IS 'gapless:1:770e748db6f7af8b';

CREATE INDEX idx_calls_handled_by ON {schema}.calls (handled_by, handled_by_user_id);

COMMENT ON INDEX {schema}.idx_calls_handled_by IS 'gapless:1:c9e321de680c613b';

CREATE INDEX idx_calls_sentiment ON {schema}.calls (sentiment) WHERE sentiment IS NOT NULL;

COMMENT ON INDEX {schema}.idx_calls_sentiment IS 'gapless:1:be7f5d90f73a7152';

CREATE INDEX idx_calls_phone_number ON {schema}.calls (organization_id, phone_number_id, id);

COMMENT ON INDEX {schema}.idx_calls_phone_number IS 'gapless:1:59de7c1cbbf13e8b';

CREATE INDEX idx_calls_handler_date ON {schema}.calls (organization_id, handled_by_user_id, started_at DESC);

COMMENT ON INDEX {schema}.idx_calls_handler_date IS 'gapless:1:65b7a0486f934bc1';

CREATE INDEX idx_calls_org_outcome_date ON {schema}.calls (organization_id, outcome, started_at DESC);

COMMENT ON INDEX {schema}.idx_calls_org_outcome_date IS 'gapless:1:744dfb3261a0f6bf';

CREATE INDEX idx_calls_active ON {schema}.calls (organization_id) WHERE status = 'ACTIVE';

COMMENT ON INDEX {schema}.idx_calls_active IS 'gapless:1:9e2a6d39b878ea49';

CREATE TABLE {schema}.call_notes (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    call_id UUID NOT NULL,
    user_id UUID NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT call_notes_organization_id_id_unique PRIMARY KEY (organization_id, id),
    CONSTRAINT call_notes_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT call_notes_body_length CHECK (char_length(body) >= 1 AND char_length(body) <= 5000),
    CONSTRAINT call_notes_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE CASCADE,
    CONSTRAINT call_notes_call_id_fkey FOREIGN KEY(organization_id, call_id) REFERENCES {schema}.calls (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT call_notes_user_id_fkey FOREIGN KEY(organization_id, user_id) REFERENCES {schema}.users (organization_id, id) ON DELETE CASCADE
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT call_notes_created_at_storable ON {schema}.call_notes IS 'gapless:1:a0c974edcb0ef9c8';

COMMENT ON CONSTRAINT call_notes_organization_id_id_unique ON {schema}.call_notes IS 'gapless:1:086671e086b67edd';

COMMENT ON CONSTRAINT call_notes_body_length ON {schema}.call_notes IS 'gapless:1:a121585e52f45ed1';

COMMENT ON CONSTRAINT call_notes_organization_id_fkey ON {schema}.call_notes IS 'gapless:1:0a01f1bd2b567417';

COMMENT ON CONSTRAINT call_notes_call_id_fkey ON {schema}.call_notes IS 'gapless:1:bd41c1edecdba788';

COMMENT ON CONSTRAINT call_notes_user_id_fkey ON {schema}.call_notes IS 'gapless:1:5c50125a7157f313';

CREATE STATISTICS {schema}.call_notes_call_id_fkey (ndistinct, dependencies)
ON organization_id, call_id FROM {schema}.call_notes;

COMMENT ON STATISTICS {schema}.call_notes_call_id_fkey IS 'gapless:1:763be4985cce9f46';

CREATE STATISTICS {schema}.call_notes_user_id_fkey (ndistinct, dependencies)
ON organization_id, user_id FROM {schema}.call_notes;

COMMENT ON STATISTICS {schema}.call_notes_user_id_fkey IS 'gapless:1:1d2345b4bad5f9d5';

CREATE INDEX idx_call_notes_call ON {schema}.call_notes (organization_id, call_id, id);

COMMENT ON INDEX {schema}.idx_call_notes_call IS 'gapless:1:63b20c169c180264';

CREATE INDEX idx_call_notes_user ON {schema}.call_notes (organization_id, user_id);

COMMENT ON INDEX {schema}.idx_call_notes_user IS 'gapless:1:c5d128d693a6c287';

CREATE TABLE {schema}.knowledge_items (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    question TEXT COLLATE "C" NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    is_active BOOLEAN NOT NULL,
    usage_count INTEGER NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    is_deleted BOOLEAN NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    deleted_by UUID,
    deletion_id UUID,
    version INTEGER NOT NULL,
    CONSTRAINT knowledge_items_organization_id_id_unique PRIMARY KEY (organization_id, id),
    CONSTRAINT knowledge_items_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT knowledge_items_last_used_at_storable CHECK (last_used_at >= '0001-01-02T00:00:00+00:00' AND last_used_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT knowledge_items_deleted_at_storable CHECK (deleted_at >= '0001-01-02T00:00:00+00:00' AND deleted_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT check_question_length CHECK (char_length(question) >= 10 AND char_length(question) <= 500),
    CONSTRAINT check_answer_length CHECK (char_length(answer) >= 10 AND char_length(answer) <= 5000),
    CONSTRAINT knowledge_items_category_length CHECK (char_length(category) >= 1 AND char_length(category) <= 50),
    CONSTRAINT check_usage_count_positive CHECK (usage_count >= 0),
    CONSTRAINT knowledge_items_is_deleted_deleted_at_agree CHECK (is_deleted AND deleted_at IS NOT NULL OR NOT is_deleted AND deleted_at IS NULL),
    CONSTRAINT knowledge_items_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE CASCADE
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT knowledge_items_created_at_storable ON {schema}.knowledge_items IS 'gapless:1:2506e44fbf17bd6f';

COMMENT ON CONSTRAINT knowledge_items_last_used_at_storable ON {schema}.knowledge_items IS 'gapless:1:3f36b38f54281480';

COMMENT ON CONSTRAINT knowledge_items_deleted_at_storable ON {schema}.knowledge_items IS 'gapless:1:b1624111f6bae139';

COMMENT ON CONSTRAINT knowledge_items_organization_id_id_unique ON {schema}.knowledge_items IS 'gapless:1:97a71dca96b68c77';

COMMENT ON CONSTRAINT check_question_length ON {schema}.knowledge_items IS 'gapless:1:1a8f3903791b793b';

COMMENT ON CONSTRAINT check_answer_length ON {schema}.knowledge_items IS 'gapless:1:0e5c1bb96f311805';

COMMENT ON CONSTRAINT knowledge_items_category_length ON {schema}.knowledge_items IS 'gapless:1:788096f84a190761';

COMMENT ON CONSTRAINT check_usage_count_positive ON {schema}.knowledge_items IS 'gapless:1:9293ee36a3da4dfd';

COMMENT ON CONSTRAINT knowledge_items_is_deleted_deleted_at_agree ON {schema}.knowledge_items IS 'gapless:1:bf709f1f06f5bfaa';

COMMENT ON CONSTRAINT knowledge_items_organization_id_fkey ON {schema}.knowledge_items IS 'gapless:1:65b69c28584c1dac';

CREATE INDEX idx_knowledge_category ON {schema}.knowledge_items (category, is_active);

COMMENT ON INDEX {schema}.idx_knowledge_category IS 'gapless:1:ac250ea81a0c8736';

CREATE INDEX idx_knowledge_usage ON {schema}.knowledge_items (usage_count DESC, last_used_at DESC);

COMMENT ON INDEX {schema}.idx_knowledge_usage IS 'gapless:1:723aa7948b5c77fa';

CREATE INDEX idx_knowledge_deleted ON {schema}.knowledge_items (is_deleted, organization_id);

COMMENT ON INDEX {schema}.idx_knowledge_deleted IS 'gapless:1:c687a5d93ee848bb';

CREATE INDEX idx_knowledge_org_category ON {schema}.knowledge_items (organization_id, category, is_active);

COMMENT ON INDEX {schema}.idx_knowledge_org_category IS 'gapless:1:5cbeafaedf9db322';

CREATE INDEX idx_knowledge_org_usage ON {schema}.knowledge_items (organization_id, usage_count DESC, id);

COMMENT ON INDEX {schema}.idx_knowledge_org_usage IS 'gapless:1:33732097f40c9f10';

CREATE TABLE {schema}.subscriptions (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    plan TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    current_period_start TIMESTAMP WITH TIME ZONE NOT NULL,
    current_period_end TIMESTAMP WITH TIME ZONE NOT NULL,
    retry_count INTEGER NOT NULL,
    payment_failed_at TIMESTAMP WITH TIME ZONE,
    scheduled_plan TEXT COLLATE "C",
    scheduled_users_to_deactivate UUID[],
    version INTEGER NOT NULL,
    CONSTRAINT subscriptions_organization_id_id_unique PRIMARY KEY (organization_id, id),
    CONSTRAINT subscriptions_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT subscriptions_current_period_start_storable CHECK (current_period_start >= '0001-01-02T00:00:00+00:00' AND current_period_start <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT subscriptions_current_period_end_storable CHECK (current_period_end >= '0001-01-02T00:00:00+00:00' AND current_period_end <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT subscriptions_payment_failed_at_storable CHECK (payment_failed_at >= '0001-01-02T00:00:00+00:00' AND payment_failed_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT subscriptions_scheduled_users_to_deactivate_storable CHECK (CASE WHEN coalesce(array_ndims(scheduled_users_to_deactivate), 1) = 1 THEN array_position(scheduled_users_to_deactivate, NULL) IS NULL ELSE false END),
    CONSTRAINT subscriptions_status_known CHECK (status IN ('TRIALING', 'ACTIVE', 'PAST_DUE', 'CANCELED')),
    CONSTRAINT check_period_end_after_start CHECK (current_period_end > current_period_start),
    CONSTRAINT check_retry_count_positive CHECK (retry_count >= 0),
    CONSTRAINT subscriptions_plan_length CHECK (char_length(plan) >= 1 AND char_length(plan) <= 500),
    CONSTRAINT subscriptions_scheduled_plan_length CHECK (char_length(scheduled_plan) >= 1 AND char_length(scheduled_plan) <= 500),
    CONSTRAINT subscriptions_schedule_agree CHECK (scheduled_plan IS NOT NULL OR scheduled_users_to_deactivate IS NULL),
    CONSTRAINT subscriptions_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE CASCADE
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT subscriptions_created_at_storable ON {schema}.subscriptions IS 'gapless:1:678514793fc89ba5';

COMMENT ON CONSTRAINT subscriptions_current_period_start_storable ON {schema}.subscriptions IS 'gapless:1:b99d6a0a230e4e58';

COMMENT ON CONSTRAINT subscriptions_current_period_end_storable ON {schema}.subscriptions IS 'gapless:1:7c5fe40df2f3725c';

COMMENT ON CONSTRAINT subscriptions_payment_failed_at_storable ON {schema}.subscriptions IS 'gapless:1:3eb6ccc604462848';

COMMENT ON CONSTRAINT subscriptions_scheduled_users_to_deactivate_storable ON {schema}.subscriptions IS 'gapless:1:0c9d9ba50e9525bf';

COMMENT ON CONSTRAINT subscriptions_status_known ON {schema}.subscriptions IS 'gapless:1:ec7883d24d121070';

COMMENT ON CONSTRAINT subscriptions_organization_id_id_unique ON {schema}.subscriptions IS 'gapless:1:1124748de2fbf29b';

COMMENT ON CONSTRAINT check_period_end_after_start ON {schema}.subscriptions IS 'gapless:1:b42df6ed2fcc9dae';

COMMENT ON CONSTRAINT check_retry_count_positive ON {schema}.subscriptions IS 'gapless:1:029629ecd63ac9e3';

COMMENT ON CONSTRAINT subscriptions_plan_length ON {schema}.subscriptions IS 'gapless:1:406966ee8d71aa53';

COMMENT ON CONSTRAINT subscriptions_scheduled_plan_length ON {schema}.subscriptions IS 'gapless:1:a84cda83bc1972d1';

COMMENT ON CONSTRAINT subscriptions_schedule_agree ON {schema}.subscriptions IS 'gapless:1:4ed1de64a92172c4';

COMMENT ON CONSTRAINT subscriptions_organization_id_fkey ON {schema}.subscriptions IS 'gapless:1:6778fd1a9f42453c';

CREATE UNIQUE INDEX subscriptions_organization_id_unique ON {schema}.subscriptions (organization_id);

COMMENT ON INDEX {schema}.subscriptions_organization_id_unique IS 'gapless:1:739e6f5eb7851869';

CREATE INDEX idx_subscriptions_status ON {schema}.subscriptions (status, current_period_end);

COMMENT ON INDEX {schema}.idx_subscriptions_status IS 'gapless:1:a34c5b5f68bcb281';

CREATE TABLE {schema}.invoices (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    period_start TIMESTAMP WITH TIME ZONE NOT NULL,
    period_end TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    paid_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    CONSTRAINT invoices_organization_id_id_unique PRIMARY KEY (organization_id, id),
    CONSTRAINT invoices_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT invoices_period_start_storable CHECK (period_start >= '0001-01-02T00:00:00+00:00' AND period_start <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT invoices_period_end_storable CHECK (period_end >= '0001-01-02T00:00:00+00:00' AND period_end <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT invoices_due_at_storable CHECK (due_at >= '0001-01-02T00:00:00+00:00' AND due_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT invoices_paid_at_storable CHECK (paid_at >= '0001-01-02T00:00:00+00:00' AND paid_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT invoices_status_known CHECK (status IN ('DRAFT', 'OPEN', 'PAID', 'VOID')),
    CONSTRAINT invoices_number_length CHECK (char_length(number) >= 1 AND char_length(number) <= 500),
    CONSTRAINT invoices_number_not_blank CHECK (char_length(number) > 500 OR NOT (number ~ E'^(?:[\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffc\\U00013430-\\U0001343f\\U00016fe4\\U0001bca0-\\U0001bca3\\U0001d159\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]*)\u0024')),
    CONSTRAINT invoices_amount_minor_range CHECK (amount_minor >= 0 AND amount_minor <= 9007199254740991),
    CONSTRAINT invoices_currency_format CHECK (currency ~ '^(?:[A-Z]{3})$'),
    CONSTRAINT invoices_period_end_after_start CHECK (period_end > period_start),
    CONSTRAINT invoices_status_paid_at_agree CHECK (status = 'PAID' AND paid_at IS NOT NULL OR status != 'PAID' AND paid_at IS NULL),
    CONSTRAINT invoices_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE RESTRICT
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT invoices_created_at_storable ON {schema}.invoices IS 'gapless:1:f1c3efba06f642b4';

COMMENT ON CONSTRAINT invoices_period_start_storable ON {schema}.invoices IS 'gapless:1:0ec4dfb363806740';

COMMENT ON CONSTRAINT invoices_period_end_storable ON {schema}.invoices IS 'gapless:1:adc6e6ecc8ce22dd';

COMMENT ON CONSTRAINT invoices_due_at_storable ON {schema}.invoices IS 'gapless:1:ef675896ea247456';

COMMENT ON CONSTRAINT invoices_paid_at_storable ON {schema}.invoices IS 'gapless:1:cff5f5ae9f35653e';

COMMENT ON CONSTRAINT invoices_status_known ON {schema}.invoices IS 'gapless:1:4f7cd6588aec7941';

COMMENT ON CONSTRAINT invoices_organization_id_id_unique ON {schema}.invoices IS 'gapless:1:27abcab523581c28';

COMMENT ON CONSTRAINT invoices_number_length ON {schema}.invoices IS 'gapless:1:732634added7c67d';

COMMENT ON CONSTRAINT invoices_number_not_blank ON {schema}.invoices IS 'gapless:1:b65bda7bcf2be207';

COMMENT ON CONSTRAINT invoices_amount_minor_range ON {schema}.invoices IS 'gapless:1:a9cf3ba2d2c5b83f';

COMMENT ON CONSTRAINT invoices_currency_format ON {schema}.invoices IS 'gapless:1:0d9be8d370d23fe1';

COMMENT ON CONSTRAINT invoices_period_end_after_start ON {schema}.invoices IS 'gapless:1:8b0a1e9a2d065a66';

COMMENT ON CONSTRAINT invoices_status_paid_at_agree ON {schema}.invoices IS 'gapless:1:74ea3e9e5f70c804';

COMMENT ON CONSTRAINT invoices_organization_id_fkey ON {schema}.invoices IS 'gapless:1:32a2fa3b5994de1b';

CREATE UNIQUE INDEX invoices_number_unique ON {schema}.invoices (organization_id, number);

COMMENT ON INDEX {schema}.invoices_number_unique IS 'gapless:1:d977b5b5f7363867';

CREATE INDEX idx_invoices_org_date ON {schema}.invoices (organization_id, created_at DESC);

COMMENT ON INDEX {schema}.idx_invoices_org_date IS 'gapless:1:433b82d3e1430089';

CREATE TABLE {schema}.erasures (
    root_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    CONSTRAINT erasures_root_id_id_unique PRIMARY KEY (root_id, id),
    CONSTRAINT erasures_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT erasures_reason_length CHECK (char_length(reason) >= 1 AND char_length(reason) <= 500)
);

COMMENT ON CONSTRAINT erasures_created_at_storable ON {schema}.erasures IS 'gapless:1:ee360a9dcc78ae0c';

COMMENT ON CONSTRAINT erasures_root_id_id_unique ON {schema}.erasures IS 'gapless:1:e3d1c452c027736a';

COMMENT ON CONSTRAINT erasures_reason_length ON {schema}.erasures IS 'gapless:1:e5dc524c96d36294';

CREATE UNIQUE INDEX erasures_root_id_unique ON {schema}.erasures (root_id);

COMMENT ON INDEX {schema}.erasures_root_id_unique IS 'gapless:1:3c8e6c6d928f3df2';

CREATE TABLE {schema}.audit_archive (
    root_id UUID NOT NULL,
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
    number BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT audit_archive_root_id_id_unique PRIMARY KEY (root_id, id),
    CONSTRAINT audit_archive_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT audit_archive_before_storable CHECK (CASE WHEN jsonb_typeof(before) <> 'object' OR jsonb_path_exists(before, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(before, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT audit_archive_after_storable CHECK (CASE WHEN jsonb_typeof(after) <> 'object' OR jsonb_path_exists(after, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(after, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT audit_archive_metadata_storable CHECK (CASE WHEN jsonb_typeof(metadata) <> 'object' OR jsonb_path_exists(metadata, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(metadata, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT audit_archive_recorded_at_storable CHECK (recorded_at >= '0001-01-02T00:00:00+00:00' AND recorded_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT audit_archive_actor_kind_known CHECK (actor_kind IN ('user', 'system')),
    CONSTRAINT audit_archive_action_length CHECK (char_length(action) >= 1 AND char_length(action) <= 100),
    CONSTRAINT audit_archive_resource_type_length CHECK (char_length(resource_type) >= 1 AND char_length(resource_type) <= 50),
    CONSTRAINT audit_archive_resource_id_length CHECK (char_length(resource_id) >= 1 AND char_length(resource_id) <= 200),
    CONSTRAINT audit_archive_job_length CHECK (char_length(job) <= 500),
    CONSTRAINT audit_archive_ip_address_length CHECK (char_length(ip_address) <= 500),
    CONSTRAINT audit_archive_user_agent_length CHECK (char_length(user_agent) <= 500),
    CONSTRAINT audit_archive_actor_named CHECK (actor_kind = 'user' AND user_id IS NOT NULL AND job IS NULL OR actor_kind = 'system' AND user_id IS NULL AND job IS NOT NULL)
);

COMMENT ON CONSTRAINT audit_archive_created_at_storable ON {schema}.audit_archive IS 'gapless:1:064c6de3f1aa35e4';

COMMENT ON CONSTRAINT audit_archive_before_storable ON {schema}.audit_archive IS 'gapless:1:5b62cb85b8cbb4e8';

COMMENT ON CONSTRAINT audit_archive_after_storable ON {schema}.audit_archive IS 'gapless:1:23a952f020055841';

COMMENT ON CONSTRAINT audit_archive_metadata_storable ON {schema}.audit_archive IS 'gapless:1:a6a5b2d981976373';

COMMENT ON CONSTRAINT audit_archive_recorded_at_storable ON {schema}.audit_archive IS 'gapless:1:534a0616ddcb2630';

COMMENT ON CONSTRAINT audit_archive_actor_kind_known ON {schema}.audit_archive IS 'gapless:1:f73b577e495b29b6';

COMMENT ON CONSTRAINT audit_archive_root_id_id_unique ON {schema}.audit_archive IS 'gapless:1:53d5780c1e510452';

COMMENT ON CONSTRAINT audit_archive_action_length ON {schema}.audit_archive IS 'gapless:1:0dbe464e676d2aeb';

COMMENT ON CONSTRAINT audit_archive_resource_type_length ON {schema}.audit_archive IS 'gapless:1:18278e8af56830ce';

COMMENT ON CONSTRAINT audit_archive_resource_id_length ON {schema}.audit_archive IS 'gapless:1:e7266ca480046372';

COMMENT ON CONSTRAINT audit_archive_job_length ON {schema}.audit_archive IS 'gapless:1:ad73868ea314aaf0';

COMMENT ON CONSTRAINT audit_archive_ip_address_length ON {schema}.audit_archive IS 'gapless:1:ad220f829735c7ef';

COMMENT ON CONSTRAINT audit_archive_user_agent_length ON {schema}.audit_archive IS 'gapless:1:bface142e32c436b';

COMMENT ON CONSTRAINT audit_archive_actor_named ON {schema}.audit_archive IS 'gapless:1:191b04b2d0631767';

CREATE INDEX idx_audit_archive_number ON {schema}.audit_archive (root_id, number DESC, id DESC);

COMMENT ON INDEX {schema}.idx_audit_archive_number IS 'gapless:1:3115c09cc8f431db';

CREATE TABLE {schema}.audit_logs (
    root_id UUID NOT NULL,
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
    number BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT audit_logs_root_id_id_unique PRIMARY KEY (root_id, id),
    CONSTRAINT audit_logs_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT audit_logs_before_storable CHECK (CASE WHEN jsonb_typeof(before) <> 'object' OR jsonb_path_exists(before, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(before, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT audit_logs_after_storable CHECK (CASE WHEN jsonb_typeof(after) <> 'object' OR jsonb_path_exists(after, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(after, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT audit_logs_metadata_storable CHECK (CASE WHEN jsonb_typeof(metadata) <> 'object' OR jsonb_path_exists(metadata, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(metadata, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT audit_logs_recorded_at_storable CHECK (recorded_at >= '0001-01-02T00:00:00+00:00' AND recorded_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT audit_logs_actor_kind_known CHECK (actor_kind IN ('user', 'system')),
    CONSTRAINT audit_logs_action_length CHECK (char_length(action) >= 1 AND char_length(action) <= 100),
    CONSTRAINT audit_logs_resource_type_length CHECK (char_length(resource_type) >= 1 AND char_length(resource_type) <= 50),
    CONSTRAINT audit_logs_resource_id_length CHECK (char_length(resource_id) >= 1 AND char_length(resource_id) <= 200),
    CONSTRAINT audit_logs_job_length CHECK (char_length(job) <= 500),
    CONSTRAINT audit_logs_ip_address_length CHECK (char_length(ip_address) <= 500),
    CONSTRAINT audit_logs_user_agent_length CHECK (char_length(user_agent) <= 500),
    CONSTRAINT audit_logs_actor_named CHECK (actor_kind = 'user' AND user_id IS NOT NULL AND job IS NULL OR actor_kind = 'system' AND user_id IS NULL AND job IS NOT NULL),
    CONSTRAINT audit_logs_root_id_fkey FOREIGN KEY(root_id) REFERENCES {schema}.organizations (id) ON DELETE CASCADE
);

COMMENT ON CONSTRAINT audit_logs_created_at_storable ON {schema}.audit_logs IS 'gapless:1:95fa6dc96b650f8f';

COMMENT ON CONSTRAINT audit_logs_before_storable ON {schema}.audit_logs IS 'gapless:1:19fa151eb42056ba';

COMMENT ON CONSTRAINT audit_logs_after_storable ON {schema}.audit_logs IS 'gapless:1:1c34ee4f87b44599';

COMMENT ON CONSTRAINT audit_logs_metadata_storable ON {schema}.audit_logs IS 'gapless:1:14065155384f4389';

COMMENT ON CONSTRAINT audit_logs_recorded_at_storable ON {schema}.audit_logs IS 'gapless:1:a240d2575785fac4';

COMMENT ON CONSTRAINT audit_logs_actor_kind_known ON {schema}.audit_logs IS 'gapless:1:1b85203b99d9b9da';

COMMENT ON CONSTRAINT audit_logs_root_id_id_unique ON {schema}.audit_logs IS 'gapless:1:912f15a8b0ff162c';

COMMENT ON CONSTRAINT audit_logs_action_length ON {schema}.audit_logs IS 'gapless:1:d281a37084a0a20b';

COMMENT ON CONSTRAINT audit_logs_resource_type_length ON {schema}.audit_logs IS 'gapless:1:b1d5232605bb1c31';

COMMENT ON CONSTRAINT audit_logs_resource_id_length ON {schema}.audit_logs IS 'gapless:1:e6a759c57095ee04';

COMMENT ON CONSTRAINT audit_logs_job_length ON {schema}.audit_logs IS 'gapless:1:2b866d03731633c0';

COMMENT ON CONSTRAINT audit_logs_ip_address_length ON {schema}.audit_logs IS 'gapless:1:2b88f404ae5eee3d';

COMMENT ON CONSTRAINT audit_logs_user_agent_length ON {schema}.audit_logs IS 'gapless:1:0e6cead7e5c10955';

COMMENT ON CONSTRAINT audit_logs_actor_named ON {schema}.audit_logs IS 'gapless:1:1341eb4fde37afc8';

COMMENT ON CONSTRAINT audit_logs_root_id_fkey ON {schema}.audit_logs IS 'gapless:1:91ed00fb66722324';

CREATE INDEX idx_audit_org_date ON {schema}.audit_logs (root_id, created_at DESC);

COMMENT ON INDEX {schema}.idx_audit_org_date IS 'gapless:1:61231bac1cf3af19';

CREATE INDEX idx_audit_resource ON {schema}.audit_logs (resource_type, resource_id);

COMMENT ON INDEX {schema}.idx_audit_resource IS 'gapless:1:4c45c5f68afbbde3';

CREATE INDEX idx_audit_number ON {schema}.audit_logs (root_id, number DESC, id DESC);

COMMENT ON INDEX {schema}.idx_audit_number IS 'gapless:1:c635bdf1ef680f9a';

CREATE INDEX idx_audit_resource_number ON {schema}.audit_logs (root_id, resource_type, resource_id, number DESC, id DESC);

COMMENT ON INDEX {schema}.idx_audit_resource_number IS 'gapless:1:29b87414e588bc6e';

CREATE INDEX idx_audit_user_number ON {schema}.audit_logs (root_id, user_id, number DESC, id DESC);

COMMENT ON INDEX {schema}.idx_audit_user_number IS 'gapless:1:68ee575275312458';

CREATE TABLE {schema}.outbox (
    root_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    payload JSONB NOT NULL,
    attempts INTEGER NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    claim UUID,
    version INTEGER NOT NULL,
    CONSTRAINT outbox_root_id_id_unique PRIMARY KEY (root_id, id),
    CONSTRAINT outbox_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT outbox_payload_storable CHECK (CASE WHEN jsonb_typeof(payload) <> 'object' OR jsonb_path_exists(payload, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(payload, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT outbox_due_at_storable CHECK (due_at >= '0001-01-02T00:00:00+00:00' AND due_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT outbox_kind_length CHECK (char_length(kind) >= 1 AND char_length(kind) <= 100),
    CONSTRAINT outbox_attempts_not_negative CHECK (attempts >= 0)
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT outbox_created_at_storable ON {schema}.outbox IS 'gapless:1:411baf3fa3604d3e';

COMMENT ON CONSTRAINT outbox_payload_storable ON {schema}.outbox IS 'gapless:1:e32b13090f32dc50';

COMMENT ON CONSTRAINT outbox_due_at_storable ON {schema}.outbox IS 'gapless:1:df0611d5eae8b5ca';

COMMENT ON CONSTRAINT outbox_root_id_id_unique ON {schema}.outbox IS 'gapless:1:1b7ea3d1969d13e2';

COMMENT ON CONSTRAINT outbox_kind_length ON {schema}.outbox IS 'gapless:1:dcb76eb6c1483760';

COMMENT ON CONSTRAINT outbox_attempts_not_negative ON {schema}.outbox IS 'gapless:1:fc4cba3aa8214d0b';

CREATE INDEX idx_outbox_due_at ON {schema}.outbox (due_at);

COMMENT ON INDEX {schema}.idx_outbox_due_at IS 'gapless:1:dfa82d73b066ecbd';

CREATE INDEX idx_outbox_claim ON {schema}.outbox (claim);

COMMENT ON INDEX {schema}.idx_outbox_claim IS 'gapless:1:3cb3c3996675e4a1';

CREATE TABLE {schema}.handled_commands (
    root_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    result JSONB NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    CONSTRAINT handled_commands_root_id_kind_key_unique PRIMARY KEY (root_id, kind, key),
    CONSTRAINT handled_commands_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT handled_commands_result_storable CHECK (CASE WHEN jsonb_typeof(result) <> 'object' OR jsonb_path_exists(result, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(result, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT handled_commands_expires_at_storable CHECK (expires_at >= '0001-01-02T00:00:00+00:00' AND expires_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT handled_commands_kind_length CHECK (char_length(kind) >= 1 AND char_length(kind) <= 100),
    CONSTRAINT handled_commands_key_length CHECK (char_length(key) >= 1 AND char_length(key) <= 200),
    CONSTRAINT handled_commands_root_id_fkey FOREIGN KEY(root_id) REFERENCES {schema}.organizations (id) ON DELETE CASCADE
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT handled_commands_created_at_storable ON {schema}.handled_commands IS 'gapless:1:8378ac69265f23c5';

COMMENT ON CONSTRAINT handled_commands_result_storable ON {schema}.handled_commands IS 'gapless:1:91930a2fac282f0a';

COMMENT ON CONSTRAINT handled_commands_expires_at_storable ON {schema}.handled_commands IS 'gapless:1:b6f934d34ffcc103';

COMMENT ON CONSTRAINT handled_commands_root_id_kind_key_unique ON {schema}.handled_commands IS 'gapless:1:338d7052dd9b1e57';

COMMENT ON CONSTRAINT handled_commands_kind_length ON {schema}.handled_commands IS 'gapless:1:dc92954f3abd5ac0';

COMMENT ON CONSTRAINT handled_commands_key_length ON {schema}.handled_commands IS 'gapless:1:1adc7807041544a2';

COMMENT ON CONSTRAINT handled_commands_root_id_fkey ON {schema}.handled_commands IS 'gapless:1:48481e7e7d2c4099';

CREATE INDEX idx_handled_commands_expires_at ON {schema}.handled_commands (expires_at) WHERE expires_at IS NOT NULL;

COMMENT ON INDEX {schema}.idx_handled_commands_expires_at IS 'gapless:1:af1ff37607f1aa77';

CREATE FUNCTION {schema}.lock_organization(uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM {schema}.organizations WHERE id = $1 FOR NO KEY UPDATE;
    RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION {schema}.lock_organization(uuid) FROM PUBLIC;

COMMENT ON FUNCTION {schema}.lock_organization(uuid) IS 'gapless:1:aabd2655fa5c7b0a';

CREATE FUNCTION {schema}.keep_organizations_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "organizations_key_constant" of table "organizations" is violated',
        CONSTRAINT = 'organizations_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'organizations';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_organizations_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_organizations_key_constant() IS 'gapless:1:0cc295d7b98ed743';

CREATE TRIGGER organizations_key_constant BEFORE UPDATE ON {schema}.organizations
FOR EACH ROW WHEN (NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_organizations_key_constant();

COMMENT ON TRIGGER organizations_key_constant ON {schema}.organizations IS 'gapless:1:8fa2812d0bd1ba8c';

CREATE FUNCTION {schema}.keep_organizations_created_at_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "organizations_created_at_constant" of table "organizations" is violated',
        CONSTRAINT = 'organizations_created_at_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'organizations';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_organizations_created_at_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_organizations_created_at_constant() IS 'gapless:1:09014190c2576978';

CREATE TRIGGER organizations_created_at_constant BEFORE UPDATE ON {schema}.organizations
FOR EACH ROW WHEN (NEW.created_at <> OLD.created_at) EXECUTE FUNCTION {schema}.keep_organizations_created_at_constant();

COMMENT ON TRIGGER organizations_created_at_constant ON {schema}.organizations IS 'gapless:1:18934f1fc10c00a9';

CREATE FUNCTION {schema}.keep_organizations_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "organizations_version_step" of table "organizations" is violated',
        CONSTRAINT = 'organizations_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'organizations';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_organizations_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_organizations_version_step() IS 'gapless:1:81a61959a1ec8099';

CREATE TRIGGER organizations_version_step BEFORE UPDATE ON {schema}.organizations
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_organizations_version_step();

COMMENT ON TRIGGER organizations_version_step ON {schema}.organizations IS 'gapless:1:050c2651a97d6c5a';

CREATE FUNCTION {schema}.refuse_storage_quota() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "storage_quota" of table "organizations" is violated',
        CONSTRAINT = 'storage_quota', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'organizations';
END
$$;

REVOKE ALL ON FUNCTION {schema}.refuse_storage_quota() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.refuse_storage_quota() IS 'gapless:1:68d695f856c42d0c';

CREATE TRIGGER update_storage_quota AFTER UPDATE ON {schema}.organizations
FOR EACH ROW WHEN ((NEW.used_storage <= OLD.used_storage OR NEW.used_storage <= NEW.storage_quota) IS FALSE) EXECUTE FUNCTION {schema}.refuse_storage_quota();

COMMENT ON TRIGGER update_storage_quota ON {schema}.organizations IS 'gapless:1:25fe98d6b2e40448';

CREATE TRIGGER insert_storage_quota AFTER INSERT ON {schema}.organizations
FOR EACH ROW WHEN ((NEW.used_storage <= NEW.storage_quota) IS FALSE) EXECUTE FUNCTION {schema}.refuse_storage_quota();

COMMENT ON TRIGGER insert_storage_quota ON {schema}.organizations IS 'gapless:1:1d89f81899966285';

CREATE FUNCTION {schema}.keep_users_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "users_key_constant" of table "users" is violated',
        CONSTRAINT = 'users_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'users';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_users_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_users_key_constant() IS 'gapless:1:bb164b062b096302';

CREATE TRIGGER users_key_constant BEFORE UPDATE ON {schema}.users
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_users_key_constant();

COMMENT ON TRIGGER users_key_constant ON {schema}.users IS 'gapless:1:b7534308825b4fd0';

CREATE FUNCTION {schema}.keep_users_created_at_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "users_created_at_constant" of table "users" is violated',
        CONSTRAINT = 'users_created_at_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'users';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_users_created_at_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_users_created_at_constant() IS 'gapless:1:6dc9f1aac3443285';

CREATE TRIGGER users_created_at_constant BEFORE UPDATE ON {schema}.users
FOR EACH ROW WHEN (NEW.created_at <> OLD.created_at) EXECUTE FUNCTION {schema}.keep_users_created_at_constant();

COMMENT ON TRIGGER users_created_at_constant ON {schema}.users IS 'gapless:1:f712dd01d583b9d4';

CREATE FUNCTION {schema}.keep_users_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "users_version_step" of table "users" is violated',
        CONSTRAINT = 'users_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'users';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_users_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_users_version_step() IS 'gapless:1:56ce0978963434a8';

CREATE TRIGGER users_version_step BEFORE UPDATE ON {schema}.users
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_users_version_step();

COMMENT ON TRIGGER users_version_step ON {schema}.users IS 'gapless:1:8d90ecb4a902ee61';

CREATE FUNCTION {schema}.refuse_users_last_seen_at_forward() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "users_last_seen_at_forward" of table "users" is violated',
        CONSTRAINT = 'users_last_seen_at_forward', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'users';
END
$$;

REVOKE ALL ON FUNCTION {schema}.refuse_users_last_seen_at_forward() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.refuse_users_last_seen_at_forward() IS 'gapless:1:75e058fab9a30b37';

CREATE TRIGGER update_users_last_seen_at_forward AFTER UPDATE ON {schema}.users
FOR EACH ROW WHEN ((NEW.last_seen_at >= OLD.last_seen_at) IS FALSE) EXECUTE FUNCTION {schema}.refuse_users_last_seen_at_forward();

COMMENT ON TRIGGER update_users_last_seen_at_forward ON {schema}.users IS 'gapless:1:6fef848fa1145907';

CREATE FUNCTION {schema}.users_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
    parents_team_members_quota uuid[];
BEGIN
    IF TG_RELID <> '{schema}.users'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'INSERT'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function users_inserted acts for the triggers of table users alone';
    END IF;
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE true),
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

REVOKE ALL ON FUNCTION {schema}.users_inserted() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.users_inserted() IS 'gapless:1:36f27a9f0000c237';

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.users
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.users_inserted();

COMMENT ON TRIGGER rules_inserted ON {schema}.users IS 'gapless:1:54cfd43521838586';

CREATE FUNCTION {schema}.users_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
    parents_last_owner uuid[];
    parents_team_members_quota uuid[];
BEGIN
    IF TG_RELID <> '{schema}.users'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function users_updated acts for the triggers of table users alone';
    END IF;
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

REVOKE ALL ON FUNCTION {schema}.users_updated() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.users_updated() IS 'gapless:1:a61f654d4a59daff';

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.users
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.users_updated();

COMMENT ON TRIGGER rules_updated ON {schema}.users IS 'gapless:1:01ebe551be840722';

CREATE FUNCTION {schema}.users_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_last_owner uuid[];
BEGIN
    IF TG_RELID <> '{schema}.users'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'DELETE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function users_deleted acts for the triggers of table users alone';
    END IF;
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

REVOKE ALL ON FUNCTION {schema}.users_deleted() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.users_deleted() IS 'gapless:1:07e9c693d0a66f26';

CREATE TRIGGER rules_deleted AFTER DELETE ON {schema}.users
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.users_deleted();

COMMENT ON TRIGGER rules_deleted ON {schema}.users IS 'gapless:1:4fa431593c2fb072';

CREATE FUNCTION {schema}.keep_phone_numbers_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "phone_numbers_key_constant" of table "phone_numbers" is violated',
        CONSTRAINT = 'phone_numbers_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'phone_numbers';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_phone_numbers_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_phone_numbers_key_constant() IS 'gapless:1:aff8a75d636bd454';

CREATE TRIGGER phone_numbers_key_constant BEFORE UPDATE ON {schema}.phone_numbers
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_phone_numbers_key_constant();

COMMENT ON TRIGGER phone_numbers_key_constant ON {schema}.phone_numbers IS 'gapless:1:bec1479f4e453900';

CREATE FUNCTION {schema}.keep_phone_numbers_created_at_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "phone_numbers_created_at_constant" of table "phone_numbers" is violated',
        CONSTRAINT = 'phone_numbers_created_at_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'phone_numbers';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_phone_numbers_created_at_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_phone_numbers_created_at_constant() IS 'gapless:1:365dd177dd390256';

CREATE TRIGGER phone_numbers_created_at_constant BEFORE UPDATE ON {schema}.phone_numbers
FOR EACH ROW WHEN (NEW.created_at <> OLD.created_at) EXECUTE FUNCTION {schema}.keep_phone_numbers_created_at_constant();

COMMENT ON TRIGGER phone_numbers_created_at_constant ON {schema}.phone_numbers IS 'gapless:1:7c591cdc73bf9f9f';

CREATE FUNCTION {schema}.keep_phone_numbers_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "phone_numbers_version_step" of table "phone_numbers" is violated',
        CONSTRAINT = 'phone_numbers_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'phone_numbers';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_phone_numbers_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_phone_numbers_version_step() IS 'gapless:1:a6ea27c78eceb35c';

CREATE TRIGGER phone_numbers_version_step BEFORE UPDATE ON {schema}.phone_numbers
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_phone_numbers_version_step();

COMMENT ON TRIGGER phone_numbers_version_step ON {schema}.phone_numbers IS 'gapless:1:f57ba57f9338b82d';

CREATE FUNCTION {schema}.refuse_phone_numbers_is_released_final() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "phone_numbers_is_released_final" of table "phone_numbers" is violated',
        CONSTRAINT = 'phone_numbers_is_released_final', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'phone_numbers';
END
$$;

REVOKE ALL ON FUNCTION {schema}.refuse_phone_numbers_is_released_final() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.refuse_phone_numbers_is_released_final() IS 'gapless:1:02ed54a833e7ec77';

CREATE TRIGGER update_phone_numbers_is_released_final AFTER UPDATE ON {schema}.phone_numbers
FOR EACH ROW WHEN ((NOT OLD.is_released OR NEW.is_released) IS FALSE) EXECUTE FUNCTION {schema}.refuse_phone_numbers_is_released_final();

COMMENT ON TRIGGER update_phone_numbers_is_released_final ON {schema}.phone_numbers IS 'gapless:1:d34a6762863047f5';

CREATE TRIGGER insert_phone_numbers_is_released_final AFTER INSERT ON {schema}.phone_numbers
FOR EACH ROW WHEN ((NOT NEW.is_released) IS FALSE) EXECUTE FUNCTION {schema}.refuse_phone_numbers_is_released_final();

COMMENT ON TRIGGER insert_phone_numbers_is_released_final ON {schema}.phone_numbers IS 'gapless:1:ea5daf46be8db255';

CREATE FUNCTION {schema}.phone_numbers_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
    parents_phone_numbers_quota uuid[];
BEGIN
    IF TG_RELID <> '{schema}.phone_numbers'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'INSERT'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function phone_numbers_inserted acts for the triggers of table phone_numbers alone';
    END IF;
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE true),
        array_agg(DISTINCT organization_id) FILTER (WHERE NOT is_released)
    INTO parents_live_organization, parents_phone_numbers_quota
    FROM new_rows;
    IF parents_live_organization IS NOT NULL
        OR cardinality(parents_live_organization || parents_phone_numbers_quota) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_live_organization || parents_phone_numbers_quota)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_live_organization IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_live_organization) AND (NOT parent.is_deleted) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "live_organization" of table "phone_numbers" is violated',
                CONSTRAINT = 'live_organization', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'phone_numbers';
        END IF;
    END IF;
    IF parents_phone_numbers_quota IS NOT NULL THEN
        UPDATE {schema}.organizations
        SET touches = touches + 1, at_phone_numbers_quota = pg_current_xact_id()
        WHERE id = ANY (parents_phone_numbers_quota);
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.phone_numbers_inserted() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.phone_numbers_inserted() IS 'gapless:1:9bc0460bb67d5160';

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.phone_numbers
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.phone_numbers_inserted();

COMMENT ON TRIGGER rules_inserted ON {schema}.phone_numbers IS 'gapless:1:39550598a19a10e3';

CREATE FUNCTION {schema}.phone_numbers_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
    parents_phone_numbers_quota uuid[];
BEGIN
    IF TG_RELID <> '{schema}.phone_numbers'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function phone_numbers_updated acts for the triggers of table phone_numbers alone';
    END IF;
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE is_live_organization AND NOT was_live_organization),
        array_agg(DISTINCT organization_id) FILTER (WHERE is_phone_numbers_quota AND NOT was_phone_numbers_quota)
    INTO parents_live_organization, parents_phone_numbers_quota
    FROM (
        SELECT organization_id, id,
            bool_or(was_live_organization) AS was_live_organization,
            bool_or(is_live_organization) AS is_live_organization,
            bool_or(was_phone_numbers_quota) AS was_phone_numbers_quota,
            bool_or(is_phone_numbers_quota) AS is_phone_numbers_quota
        FROM (
            SELECT organization_id, id,
                (true) IS TRUE AS was_live_organization,
                false AS is_live_organization,
                (NOT is_released) IS TRUE AS was_phone_numbers_quota,
                false AS is_phone_numbers_quota
            FROM old_rows
            UNION ALL
            SELECT organization_id, id,
                false,
                (true) IS TRUE,
                false,
                (NOT is_released) IS TRUE
            FROM new_rows
        ) AS versions
        GROUP BY organization_id, id
    ) AS changed;
    IF parents_live_organization IS NOT NULL
        OR cardinality(parents_live_organization || parents_phone_numbers_quota) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_live_organization || parents_phone_numbers_quota)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_live_organization IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_live_organization) AND (NOT parent.is_deleted) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "live_organization" of table "phone_numbers" is violated',
                CONSTRAINT = 'live_organization', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'phone_numbers';
        END IF;
    END IF;
    IF parents_phone_numbers_quota IS NOT NULL THEN
        UPDATE {schema}.organizations
        SET touches = touches + 1, at_phone_numbers_quota = pg_current_xact_id()
        WHERE id = ANY (parents_phone_numbers_quota);
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.phone_numbers_updated() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.phone_numbers_updated() IS 'gapless:1:27808bc906fe7219';

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.phone_numbers
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.phone_numbers_updated();

COMMENT ON TRIGGER rules_updated ON {schema}.phone_numbers IS 'gapless:1:2cbb0e597b2f95ad';

CREATE FUNCTION {schema}.link_calls_phone_number_id_fkey() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gapless_released boolean;
    gapless_link record;
BEGIN
    IF TG_RELID <> '{schema}.calls'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'ROW', 'UPDATE'), ('AFTER', 'STATEMENT', 'INSERT'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function link_calls_phone_number_id_fkey acts for the triggers of table calls alone';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT parent.is_released INTO gapless_released
        FROM {schema}.phone_numbers AS parent
        WHERE parent.organization_id = NEW.organization_id AND parent.id = NEW.phone_number_id FOR SHARE;
        IF gapless_released THEN
            RAISE EXCEPTION USING ERRCODE = '23503', MESSAGE = 'rule "calls_phone_number_id_fkey" of table "calls" is violated',
                CONSTRAINT = 'calls_phone_number_id_fkey', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'calls';
        END IF;
        RETURN NULL;
    END IF;
    FOR gapless_link IN
        SELECT DISTINCT organization_id, phone_number_id FROM new_rows WHERE phone_number_id IS NOT NULL ORDER BY organization_id, phone_number_id
    LOOP
        SELECT parent.is_released INTO gapless_released
        FROM {schema}.phone_numbers AS parent
        WHERE parent.organization_id = gapless_link.organization_id AND parent.id = gapless_link.phone_number_id FOR SHARE;
        IF gapless_released THEN
            RAISE EXCEPTION USING ERRCODE = '23503', MESSAGE = 'rule "calls_phone_number_id_fkey" of table "calls" is violated',
                CONSTRAINT = 'calls_phone_number_id_fkey', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'calls';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.link_calls_phone_number_id_fkey() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.link_calls_phone_number_id_fkey() IS 'gapless:1:85526c3c59d64512';

CREATE TRIGGER link_added_calls_phone_number_id_fkey AFTER INSERT ON {schema}.calls
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.link_calls_phone_number_id_fkey();

COMMENT ON TRIGGER link_added_calls_phone_number_id_fkey ON {schema}.calls IS 'gapless:1:e89a8e9d8ef9283c';

CREATE TRIGGER updated_link_calls_phone_number_id_fkey AFTER UPDATE ON {schema}.calls
FOR EACH ROW WHEN (NEW.phone_number_id IS NOT NULL AND (NEW.organization_id <> OLD.organization_id OR OLD.phone_number_id IS NULL OR NEW.phone_number_id <> OLD.phone_number_id)) EXECUTE FUNCTION {schema}.link_calls_phone_number_id_fkey();

COMMENT ON TRIGGER updated_link_calls_phone_number_id_fkey ON {schema}.calls IS 'gapless:1:19cd14973c91ab09';

CREATE FUNCTION {schema}.release_calls_phone_number_id_fkey() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_RELID <> '{schema}.phone_numbers'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'ROW', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function release_calls_phone_number_id_fkey acts for the triggers of table phone_numbers alone';
    END IF;
    IF EXISTS (
        SELECT FROM {schema}.calls AS child WHERE child.organization_id = NEW.organization_id AND child.phone_number_id IS NOT DISTINCT FROM NEW.id AND child.status = 'ACTIVE'
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "calls_active_needs_number" of table "calls" is violated',
            CONSTRAINT = 'calls_active_needs_number', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'calls';
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.release_calls_phone_number_id_fkey() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.release_calls_phone_number_id_fkey() IS 'gapless:1:40e6ddefe44e0209';

CREATE TRIGGER released_calls_phone_number_id_fkey AFTER UPDATE ON {schema}.phone_numbers
FOR EACH ROW WHEN (NEW.is_released AND NOT OLD.is_released) EXECUTE FUNCTION {schema}.release_calls_phone_number_id_fkey();

COMMENT ON TRIGGER released_calls_phone_number_id_fkey ON {schema}.phone_numbers IS 'gapless:1:b8a665877b7fad32';

CREATE FUNCTION {schema}.keep_calls_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "calls_key_constant" of table "calls" is violated',
        CONSTRAINT = 'calls_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'calls';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_calls_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_calls_key_constant() IS 'gapless:1:b0fb2e3011378940';

CREATE TRIGGER calls_key_constant BEFORE UPDATE ON {schema}.calls
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_calls_key_constant();

COMMENT ON TRIGGER calls_key_constant ON {schema}.calls IS 'gapless:1:b4c2db7877ec0223';

CREATE FUNCTION {schema}.keep_calls_created_at_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "calls_created_at_constant" of table "calls" is violated',
        CONSTRAINT = 'calls_created_at_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'calls';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_calls_created_at_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_calls_created_at_constant() IS 'gapless:1:7d0e4c641e97985d';

CREATE TRIGGER calls_created_at_constant BEFORE UPDATE ON {schema}.calls
FOR EACH ROW WHEN (NEW.created_at <> OLD.created_at) EXECUTE FUNCTION {schema}.keep_calls_created_at_constant();

COMMENT ON TRIGGER calls_created_at_constant ON {schema}.calls IS 'gapless:1:5db0ab20d5bccd5f';

CREATE FUNCTION {schema}.keep_calls_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "calls_version_step" of table "calls" is violated',
        CONSTRAINT = 'calls_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'calls';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_calls_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_calls_version_step() IS 'gapless:1:941a8fc0bd381206';

CREATE TRIGGER calls_version_step BEFORE UPDATE ON {schema}.calls
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_calls_version_step();

COMMENT ON TRIGGER calls_version_step ON {schema}.calls IS 'gapless:1:c48fac4821b7954d';

CREATE FUNCTION {schema}.calls_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
    parents_call_minutes_quota uuid[];
    parents_no_active_calls uuid[];
BEGIN
    IF TG_RELID <> '{schema}.calls'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'INSERT'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function calls_inserted acts for the triggers of table calls alone';
    END IF;
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE true),
        array_agg(DISTINCT organization_id) FILTER (WHERE status = 'ACTIVE'),
        array_agg(DISTINCT organization_id) FILTER (WHERE status = 'ACTIVE')
    INTO parents_live_organization, parents_call_minutes_quota, parents_no_active_calls
    FROM new_rows;
    IF parents_live_organization IS NOT NULL
        OR parents_call_minutes_quota IS NOT NULL
        OR cardinality(parents_live_organization || parents_call_minutes_quota || parents_no_active_calls) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_live_organization || parents_call_minutes_quota || parents_no_active_calls)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_live_organization IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_live_organization) AND (NOT parent.is_deleted) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "live_organization" of table "calls" is violated',
                CONSTRAINT = 'live_organization', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'calls';
        END IF;
    END IF;
    IF parents_call_minutes_quota IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_call_minutes_quota) AND (parent.used_minutes < parent.call_minutes_quota) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "call_minutes_quota" of table "calls" is violated',
                CONSTRAINT = 'call_minutes_quota', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'calls';
        END IF;
    END IF;
    IF parents_no_active_calls IS NOT NULL THEN
        UPDATE {schema}.organizations
        SET touches = touches + 1, at_no_active_calls = pg_current_xact_id()
        WHERE id = ANY (parents_no_active_calls);
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.calls_inserted() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.calls_inserted() IS 'gapless:1:8a388e0996d8f414';

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.calls
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.calls_inserted();

COMMENT ON TRIGGER rules_inserted ON {schema}.calls IS 'gapless:1:9da35710b95a3d55';

CREATE FUNCTION {schema}.calls_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
    parents_call_minutes_quota uuid[];
    parents_no_active_calls uuid[];
BEGIN
    IF TG_RELID <> '{schema}.calls'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function calls_updated acts for the triggers of table calls alone';
    END IF;
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE is_live_organization AND NOT was_live_organization),
        array_agg(DISTINCT organization_id) FILTER (WHERE is_call_minutes_quota AND NOT was_call_minutes_quota),
        array_agg(DISTINCT organization_id) FILTER (WHERE is_no_active_calls AND NOT was_no_active_calls)
    INTO parents_live_organization, parents_call_minutes_quota, parents_no_active_calls
    FROM (
        SELECT organization_id, id,
            bool_or(was_live_organization) AS was_live_organization,
            bool_or(is_live_organization) AS is_live_organization,
            bool_or(was_call_minutes_quota) AS was_call_minutes_quota,
            bool_or(is_call_minutes_quota) AS is_call_minutes_quota,
            bool_or(was_no_active_calls) AS was_no_active_calls,
            bool_or(is_no_active_calls) AS is_no_active_calls
        FROM (
            SELECT organization_id, id,
                (true) IS TRUE AS was_live_organization,
                false AS is_live_organization,
                (status = 'ACTIVE') IS TRUE AS was_call_minutes_quota,
                false AS is_call_minutes_quota,
                (status = 'ACTIVE') IS TRUE AS was_no_active_calls,
                false AS is_no_active_calls
            FROM old_rows
            UNION ALL
            SELECT organization_id, id,
                false,
                (true) IS TRUE,
                false,
                (status = 'ACTIVE') IS TRUE,
                false,
                (status = 'ACTIVE') IS TRUE
            FROM new_rows
        ) AS versions
        GROUP BY organization_id, id
    ) AS changed;
    IF parents_live_organization IS NOT NULL
        OR parents_call_minutes_quota IS NOT NULL
        OR cardinality(parents_live_organization || parents_call_minutes_quota || parents_no_active_calls) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_live_organization || parents_call_minutes_quota || parents_no_active_calls)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_live_organization IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_live_organization) AND (NOT parent.is_deleted) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "live_organization" of table "calls" is violated',
                CONSTRAINT = 'live_organization', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'calls';
        END IF;
    END IF;
    IF parents_call_minutes_quota IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_call_minutes_quota) AND (parent.used_minutes < parent.call_minutes_quota) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "call_minutes_quota" of table "calls" is violated',
                CONSTRAINT = 'call_minutes_quota', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'calls';
        END IF;
    END IF;
    IF parents_no_active_calls IS NOT NULL THEN
        UPDATE {schema}.organizations
        SET touches = touches + 1, at_no_active_calls = pg_current_xact_id()
        WHERE id = ANY (parents_no_active_calls);
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.calls_updated() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.calls_updated() IS 'gapless:1:222d7bae54721312';

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.calls
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.calls_updated();

COMMENT ON TRIGGER rules_updated ON {schema}.calls IS 'gapless:1:9765422654f01a06';

CREATE FUNCTION {schema}.keep_call_notes_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "call_notes_key_constant" of table "call_notes" is violated',
        CONSTRAINT = 'call_notes_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'call_notes';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_call_notes_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_call_notes_key_constant() IS 'gapless:1:78810514b76c9bb5';

CREATE TRIGGER call_notes_key_constant BEFORE UPDATE ON {schema}.call_notes
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_call_notes_key_constant();

COMMENT ON TRIGGER call_notes_key_constant ON {schema}.call_notes IS 'gapless:1:bd6925b20a6b4f4b';

CREATE FUNCTION {schema}.keep_call_notes_created_at_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "call_notes_created_at_constant" of table "call_notes" is violated',
        CONSTRAINT = 'call_notes_created_at_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'call_notes';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_call_notes_created_at_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_call_notes_created_at_constant() IS 'gapless:1:209571998b0e1f81';

CREATE TRIGGER call_notes_created_at_constant BEFORE UPDATE ON {schema}.call_notes
FOR EACH ROW WHEN (NEW.created_at <> OLD.created_at) EXECUTE FUNCTION {schema}.keep_call_notes_created_at_constant();

COMMENT ON TRIGGER call_notes_created_at_constant ON {schema}.call_notes IS 'gapless:1:d2402788e73b0d43';

CREATE FUNCTION {schema}.keep_call_notes_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "call_notes_version_step" of table "call_notes" is violated',
        CONSTRAINT = 'call_notes_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'call_notes';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_call_notes_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_call_notes_version_step() IS 'gapless:1:36c39b96dbe7177f';

CREATE TRIGGER call_notes_version_step BEFORE UPDATE ON {schema}.call_notes
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_call_notes_version_step();

COMMENT ON TRIGGER call_notes_version_step ON {schema}.call_notes IS 'gapless:1:dc1a4bdba4fdbdbb';

CREATE FUNCTION {schema}.call_notes_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
BEGIN
    IF TG_RELID <> '{schema}.call_notes'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'INSERT'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function call_notes_inserted acts for the triggers of table call_notes alone';
    END IF;
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE true)
    INTO parents_live_organization
    FROM new_rows;
    IF parents_live_organization IS NOT NULL
        OR cardinality(parents_live_organization) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_live_organization)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_live_organization IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_live_organization) AND (NOT parent.is_deleted) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "live_organization" of table "call_notes" is violated',
                CONSTRAINT = 'live_organization', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'call_notes';
        END IF;
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.call_notes_inserted() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.call_notes_inserted() IS 'gapless:1:b39ea6b82ad713ff';

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.call_notes
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.call_notes_inserted();

COMMENT ON TRIGGER rules_inserted ON {schema}.call_notes IS 'gapless:1:26d17edcb929f801';

CREATE FUNCTION {schema}.call_notes_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
BEGIN
    IF TG_RELID <> '{schema}.call_notes'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function call_notes_updated acts for the triggers of table call_notes alone';
    END IF;
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE is_live_organization AND NOT was_live_organization)
    INTO parents_live_organization
    FROM (
        SELECT organization_id, id,
            bool_or(was_live_organization) AS was_live_organization,
            bool_or(is_live_organization) AS is_live_organization
        FROM (
            SELECT organization_id, id,
                (true) IS TRUE AS was_live_organization,
                false AS is_live_organization
            FROM old_rows
            UNION ALL
            SELECT organization_id, id,
                false,
                (true) IS TRUE
            FROM new_rows
        ) AS versions
        GROUP BY organization_id, id
    ) AS changed;
    IF parents_live_organization IS NOT NULL
        OR cardinality(parents_live_organization) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_live_organization)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_live_organization IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_live_organization) AND (NOT parent.is_deleted) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "live_organization" of table "call_notes" is violated',
                CONSTRAINT = 'live_organization', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'call_notes';
        END IF;
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.call_notes_updated() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.call_notes_updated() IS 'gapless:1:bae76d44c3b76f82';

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.call_notes
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.call_notes_updated();

COMMENT ON TRIGGER rules_updated ON {schema}.call_notes IS 'gapless:1:9a999b45e6571dd6';

CREATE FUNCTION {schema}.keep_knowledge_items_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "knowledge_items_key_constant" of table "knowledge_items" is violated',
        CONSTRAINT = 'knowledge_items_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'knowledge_items';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_knowledge_items_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_knowledge_items_key_constant() IS 'gapless:1:85eeda683bb53252';

CREATE TRIGGER knowledge_items_key_constant BEFORE UPDATE ON {schema}.knowledge_items
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_knowledge_items_key_constant();

COMMENT ON TRIGGER knowledge_items_key_constant ON {schema}.knowledge_items IS 'gapless:1:87f143fc3c4c4103';

CREATE FUNCTION {schema}.keep_knowledge_items_created_at_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "knowledge_items_created_at_constant" of table "knowledge_items" is violated',
        CONSTRAINT = 'knowledge_items_created_at_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'knowledge_items';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_knowledge_items_created_at_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_knowledge_items_created_at_constant() IS 'gapless:1:e8f66c3d52a185e0';

CREATE TRIGGER knowledge_items_created_at_constant BEFORE UPDATE ON {schema}.knowledge_items
FOR EACH ROW WHEN (NEW.created_at <> OLD.created_at) EXECUTE FUNCTION {schema}.keep_knowledge_items_created_at_constant();

COMMENT ON TRIGGER knowledge_items_created_at_constant ON {schema}.knowledge_items IS 'gapless:1:33115fdaafbda9b5';

CREATE FUNCTION {schema}.keep_knowledge_items_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "knowledge_items_version_step" of table "knowledge_items" is violated',
        CONSTRAINT = 'knowledge_items_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'knowledge_items';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_knowledge_items_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_knowledge_items_version_step() IS 'gapless:1:09736935c4c2d5c0';

CREATE TRIGGER knowledge_items_version_step BEFORE UPDATE ON {schema}.knowledge_items
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_knowledge_items_version_step();

COMMENT ON TRIGGER knowledge_items_version_step ON {schema}.knowledge_items IS 'gapless:1:87b68e9ddd87639b';

CREATE FUNCTION {schema}.refuse_knowledge_items_last_used_at_forward() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "knowledge_items_last_used_at_forward" of table "knowledge_items" is violated',
        CONSTRAINT = 'knowledge_items_last_used_at_forward', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'knowledge_items';
END
$$;

REVOKE ALL ON FUNCTION {schema}.refuse_knowledge_items_last_used_at_forward() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.refuse_knowledge_items_last_used_at_forward() IS 'gapless:1:3d814c2f5b4891ef';

CREATE TRIGGER update_knowledge_items_last_used_at_forward AFTER UPDATE ON {schema}.knowledge_items
FOR EACH ROW WHEN ((NEW.last_used_at >= OLD.last_used_at) IS FALSE) EXECUTE FUNCTION {schema}.refuse_knowledge_items_last_used_at_forward();

COMMENT ON TRIGGER update_knowledge_items_last_used_at_forward ON {schema}.knowledge_items IS 'gapless:1:cd37dab0c779719a';

CREATE FUNCTION {schema}.knowledge_items_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
BEGIN
    IF TG_RELID <> '{schema}.knowledge_items'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'INSERT'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function knowledge_items_inserted acts for the triggers of table knowledge_items alone';
    END IF;
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE true)
    INTO parents_live_organization
    FROM new_rows;
    IF parents_live_organization IS NOT NULL
        OR cardinality(parents_live_organization) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_live_organization)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_live_organization IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_live_organization) AND (NOT parent.is_deleted) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "live_organization" of table "knowledge_items" is violated',
                CONSTRAINT = 'live_organization', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'knowledge_items';
        END IF;
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.knowledge_items_inserted() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.knowledge_items_inserted() IS 'gapless:1:8d2a6891c13bf6ee';

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.knowledge_items
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.knowledge_items_inserted();

COMMENT ON TRIGGER rules_inserted ON {schema}.knowledge_items IS 'gapless:1:fa67e98981c11af1';

CREATE FUNCTION {schema}.knowledge_items_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
BEGIN
    IF TG_RELID <> '{schema}.knowledge_items'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function knowledge_items_updated acts for the triggers of table knowledge_items alone';
    END IF;
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE is_live_organization AND NOT was_live_organization)
    INTO parents_live_organization
    FROM (
        SELECT organization_id, id,
            bool_or(was_live_organization) AS was_live_organization,
            bool_or(is_live_organization) AS is_live_organization
        FROM (
            SELECT organization_id, id,
                (NOT is_deleted) IS TRUE AS was_live_organization,
                false AS is_live_organization
            FROM old_rows
            UNION ALL
            SELECT organization_id, id,
                false,
                (NOT is_deleted) IS TRUE
            FROM new_rows
        ) AS versions
        GROUP BY organization_id, id
    ) AS changed;
    IF parents_live_organization IS NOT NULL
        OR cardinality(parents_live_organization) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_live_organization)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_live_organization IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_live_organization) AND (NOT parent.is_deleted) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "live_organization" of table "knowledge_items" is violated',
                CONSTRAINT = 'live_organization', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'knowledge_items';
        END IF;
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.knowledge_items_updated() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.knowledge_items_updated() IS 'gapless:1:b94e0e2ac728ca91';

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.knowledge_items
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.knowledge_items_updated();

COMMENT ON TRIGGER rules_updated ON {schema}.knowledge_items IS 'gapless:1:78461a7639b05448';

CREATE FUNCTION {schema}.keep_subscriptions_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "subscriptions_key_constant" of table "subscriptions" is violated',
        CONSTRAINT = 'subscriptions_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'subscriptions';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_subscriptions_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_subscriptions_key_constant() IS 'gapless:1:5856d1cead35d1dd';

CREATE TRIGGER subscriptions_key_constant BEFORE UPDATE ON {schema}.subscriptions
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_subscriptions_key_constant();

COMMENT ON TRIGGER subscriptions_key_constant ON {schema}.subscriptions IS 'gapless:1:97012c6171ca1f92';

CREATE FUNCTION {schema}.keep_subscriptions_created_at_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "subscriptions_created_at_constant" of table "subscriptions" is violated',
        CONSTRAINT = 'subscriptions_created_at_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'subscriptions';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_subscriptions_created_at_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_subscriptions_created_at_constant() IS 'gapless:1:268414243b648516';

CREATE TRIGGER subscriptions_created_at_constant BEFORE UPDATE ON {schema}.subscriptions
FOR EACH ROW WHEN (NEW.created_at <> OLD.created_at) EXECUTE FUNCTION {schema}.keep_subscriptions_created_at_constant();

COMMENT ON TRIGGER subscriptions_created_at_constant ON {schema}.subscriptions IS 'gapless:1:e89459d5460907a8';

CREATE FUNCTION {schema}.keep_subscriptions_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "subscriptions_version_step" of table "subscriptions" is violated',
        CONSTRAINT = 'subscriptions_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'subscriptions';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_subscriptions_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_subscriptions_version_step() IS 'gapless:1:7bc8ce85d8c72c1e';

CREATE TRIGGER subscriptions_version_step BEFORE UPDATE ON {schema}.subscriptions
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_subscriptions_version_step();

COMMENT ON TRIGGER subscriptions_version_step ON {schema}.subscriptions IS 'gapless:1:13ec5d1fd7a7f8a8';

CREATE FUNCTION {schema}.refuse_subscriptions_payment_failed_at_forward() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "subscriptions_payment_failed_at_forward" of table "subscriptions" is violated',
        CONSTRAINT = 'subscriptions_payment_failed_at_forward', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'subscriptions';
END
$$;

REVOKE ALL ON FUNCTION {schema}.refuse_subscriptions_payment_failed_at_forward() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.refuse_subscriptions_payment_failed_at_forward() IS 'gapless:1:3d394a591d7f2a29';

CREATE TRIGGER update_subscriptions_payment_failed_at_forward AFTER UPDATE ON {schema}.subscriptions
FOR EACH ROW WHEN ((NEW.payment_failed_at >= OLD.payment_failed_at) IS FALSE) EXECUTE FUNCTION {schema}.refuse_subscriptions_payment_failed_at_forward();

COMMENT ON TRIGGER update_subscriptions_payment_failed_at_forward ON {schema}.subscriptions IS 'gapless:1:574177b0709c29fe';

CREATE FUNCTION {schema}.subscriptions_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
BEGIN
    IF TG_RELID <> '{schema}.subscriptions'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'INSERT'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function subscriptions_inserted acts for the triggers of table subscriptions alone';
    END IF;
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE true)
    INTO parents_live_organization
    FROM new_rows;
    IF parents_live_organization IS NOT NULL
        OR cardinality(parents_live_organization) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_live_organization)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_live_organization IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_live_organization) AND (NOT parent.is_deleted) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "live_organization" of table "subscriptions" is violated',
                CONSTRAINT = 'live_organization', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'subscriptions';
        END IF;
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.subscriptions_inserted() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.subscriptions_inserted() IS 'gapless:1:d3843b32e019d2ff';

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.subscriptions
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.subscriptions_inserted();

COMMENT ON TRIGGER rules_inserted ON {schema}.subscriptions IS 'gapless:1:47a0b43377bc58ab';

CREATE FUNCTION {schema}.subscriptions_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
BEGIN
    IF TG_RELID <> '{schema}.subscriptions'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function subscriptions_updated acts for the triggers of table subscriptions alone';
    END IF;
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE is_live_organization AND NOT was_live_organization)
    INTO parents_live_organization
    FROM (
        SELECT organization_id, id,
            bool_or(was_live_organization) AS was_live_organization,
            bool_or(is_live_organization) AS is_live_organization
        FROM (
            SELECT organization_id, id,
                (true) IS TRUE AS was_live_organization,
                false AS is_live_organization
            FROM old_rows
            UNION ALL
            SELECT organization_id, id,
                false,
                (true) IS TRUE
            FROM new_rows
        ) AS versions
        GROUP BY organization_id, id
    ) AS changed;
    IF parents_live_organization IS NOT NULL
        OR cardinality(parents_live_organization) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_live_organization)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_live_organization IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.organizations AS parent
            WHERE parent.id = ANY (parents_live_organization) AND (NOT parent.is_deleted) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "live_organization" of table "subscriptions" is violated',
                CONSTRAINT = 'live_organization', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'subscriptions';
        END IF;
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.subscriptions_updated() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.subscriptions_updated() IS 'gapless:1:41cf5b8380a4b16c';

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.subscriptions
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.subscriptions_updated();

COMMENT ON TRIGGER rules_updated ON {schema}.subscriptions IS 'gapless:1:77abb667c9d01c53';

CREATE FUNCTION {schema}.keep_invoices_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "invoices_key_constant" of table "invoices" is violated',
        CONSTRAINT = 'invoices_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'invoices';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_invoices_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_invoices_key_constant() IS 'gapless:1:8858d4bf9d2802d2';

CREATE TRIGGER invoices_key_constant BEFORE UPDATE ON {schema}.invoices
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_invoices_key_constant();

COMMENT ON TRIGGER invoices_key_constant ON {schema}.invoices IS 'gapless:1:745af9af8d035bb9';

CREATE FUNCTION {schema}.keep_invoices_created_at_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "invoices_created_at_constant" of table "invoices" is violated',
        CONSTRAINT = 'invoices_created_at_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'invoices';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_invoices_created_at_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_invoices_created_at_constant() IS 'gapless:1:cba58398a0957e25';

CREATE TRIGGER invoices_created_at_constant BEFORE UPDATE ON {schema}.invoices
FOR EACH ROW WHEN (NEW.created_at <> OLD.created_at) EXECUTE FUNCTION {schema}.keep_invoices_created_at_constant();

COMMENT ON TRIGGER invoices_created_at_constant ON {schema}.invoices IS 'gapless:1:3b461efa59a0c43d';

CREATE FUNCTION {schema}.keep_invoices_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "invoices_version_step" of table "invoices" is violated',
        CONSTRAINT = 'invoices_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'invoices';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_invoices_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_invoices_version_step() IS 'gapless:1:2f5ae6b7f15a4944';

CREATE TRIGGER invoices_version_step BEFORE UPDATE ON {schema}.invoices
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_invoices_version_step();

COMMENT ON TRIGGER invoices_version_step ON {schema}.invoices IS 'gapless:1:7ed69543e82e0e48';

CREATE FUNCTION {schema}.keep_erasures_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "erasures_key_constant" of table "erasures" is violated',
        CONSTRAINT = 'erasures_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'erasures';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_erasures_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_erasures_key_constant() IS 'gapless:1:70954f79c5ffa979';

CREATE TRIGGER erasures_key_constant BEFORE UPDATE ON {schema}.erasures
FOR EACH ROW WHEN (NEW.root_id <> OLD.root_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_erasures_key_constant();

COMMENT ON TRIGGER erasures_key_constant ON {schema}.erasures IS 'gapless:1:6894e4eb6a94f2af';

CREATE FUNCTION {schema}.keep_erasures_created_at_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "erasures_created_at_constant" of table "erasures" is violated',
        CONSTRAINT = 'erasures_created_at_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'erasures';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_erasures_created_at_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_erasures_created_at_constant() IS 'gapless:1:45a7062bed5dba1e';

CREATE TRIGGER erasures_created_at_constant BEFORE UPDATE ON {schema}.erasures
FOR EACH ROW WHEN (NEW.created_at <> OLD.created_at) EXECUTE FUNCTION {schema}.keep_erasures_created_at_constant();

COMMENT ON TRIGGER erasures_created_at_constant ON {schema}.erasures IS 'gapless:1:02524bc790149184';

CREATE FUNCTION {schema}.keep_audit_archive_append_only() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_RELID <> '{schema}.audit_archive'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('BEFORE', 'ROW', 'DELETE'), ('BEFORE', 'ROW', 'UPDATE'), ('BEFORE', 'STATEMENT', 'TRUNCATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function keep_audit_archive_append_only acts for the triggers of table audit_archive alone';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.root_id IS NOT DISTINCT FROM OLD.root_id
            AND NEW.id IS NOT DISTINCT FROM OLD.id
            AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at
            AND NEW.actor_kind IS NOT DISTINCT FROM OLD.actor_kind
            AND NEW.user_id IS NOT DISTINCT FROM OLD.user_id
            AND NEW.job IS NOT DISTINCT FROM OLD.job
            AND NEW.action IS NOT DISTINCT FROM OLD.action
            AND NEW.resource_type IS NOT DISTINCT FROM OLD.resource_type
            AND NEW.resource_id IS NOT DISTINCT FROM OLD.resource_id
            AND NEW.metadata::text IS NOT DISTINCT FROM OLD.metadata::text
            AND NEW.number IS NOT DISTINCT FROM OLD.number
            AND NEW.recorded_at IS NOT DISTINCT FROM OLD.recorded_at
            AND (NEW.before IS NULL OR NEW.before::text IS NOT DISTINCT FROM OLD.before::text
                OR CASE WHEN jsonb_typeof(NEW.before) = 'object' AND jsonb_typeof(OLD.before) = 'object' THEN NOT EXISTS (SELECT FROM jsonb_each(NEW.before) AS kept WHERE OLD.before -> kept.key IS NULL OR (OLD.before -> kept.key)::text <> kept.value::text) ELSE false END)
            AND (NEW.after IS NULL OR NEW.after::text IS NOT DISTINCT FROM OLD.after::text
                OR CASE WHEN jsonb_typeof(NEW.after) = 'object' AND jsonb_typeof(OLD.after) = 'object' THEN NOT EXISTS (SELECT FROM jsonb_each(NEW.after) AS kept WHERE OLD.after -> kept.key IS NULL OR (OLD.after -> kept.key)::text <> kept.value::text) ELSE false END)
            AND (NEW.ip_address IS NULL OR NEW.ip_address IS NOT DISTINCT FROM OLD.ip_address)
            AND (NEW.user_agent IS NULL OR NEW.user_agent IS NOT DISTINCT FROM OLD.user_agent)
            AND NOT (NEW.before::text IS NOT DISTINCT FROM OLD.before::text AND NEW.after::text IS NOT DISTINCT FROM OLD.after::text AND NEW.ip_address IS NOT DISTINCT FROM OLD.ip_address AND NEW.user_agent IS NOT DISTINCT FROM OLD.user_agent) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION USING ERRCODE = '23001', MESSAGE = 'rule "audit_archive_append_only" of table "audit_archive" is violated',
        CONSTRAINT = 'audit_archive_append_only', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'audit_archive';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_audit_archive_append_only() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_audit_archive_append_only() IS 'gapless:1:097f98fa31067671';

CREATE TRIGGER audit_archive_append_only BEFORE UPDATE OR DELETE ON {schema}.audit_archive
FOR EACH ROW EXECUTE FUNCTION {schema}.keep_audit_archive_append_only();

ALTER TABLE {schema}.audit_archive ENABLE ALWAYS TRIGGER audit_archive_append_only;

COMMENT ON TRIGGER audit_archive_append_only ON {schema}.audit_archive IS 'gapless:1:d6b36356d2907e37';

CREATE TRIGGER audit_archive_append_only_truncate BEFORE TRUNCATE ON {schema}.audit_archive
FOR EACH STATEMENT EXECUTE FUNCTION {schema}.keep_audit_archive_append_only();

ALTER TABLE {schema}.audit_archive ENABLE ALWAYS TRIGGER audit_archive_append_only_truncate;

COMMENT ON TRIGGER audit_archive_append_only_truncate ON {schema}.audit_archive IS 'gapless:1:0b2bdc0cadf5707b';

CREATE FUNCTION {schema}.keep_audit_logs_append_only() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_RELID <> '{schema}.audit_logs'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('BEFORE', 'ROW', 'DELETE'), ('BEFORE', 'ROW', 'UPDATE'), ('BEFORE', 'STATEMENT', 'TRUNCATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function keep_audit_logs_append_only acts for the triggers of table audit_logs alone';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.root_id IS NOT DISTINCT FROM OLD.root_id
            AND NEW.id IS NOT DISTINCT FROM OLD.id
            AND NEW.created_at IS NOT DISTINCT FROM OLD.created_at
            AND NEW.actor_kind IS NOT DISTINCT FROM OLD.actor_kind
            AND NEW.user_id IS NOT DISTINCT FROM OLD.user_id
            AND NEW.job IS NOT DISTINCT FROM OLD.job
            AND NEW.action IS NOT DISTINCT FROM OLD.action
            AND NEW.resource_type IS NOT DISTINCT FROM OLD.resource_type
            AND NEW.resource_id IS NOT DISTINCT FROM OLD.resource_id
            AND NEW.metadata::text IS NOT DISTINCT FROM OLD.metadata::text
            AND NEW.number IS NOT DISTINCT FROM OLD.number
            AND NEW.recorded_at IS NOT DISTINCT FROM OLD.recorded_at
            AND (NEW.before IS NULL OR NEW.before::text IS NOT DISTINCT FROM OLD.before::text
                OR CASE WHEN jsonb_typeof(NEW.before) = 'object' AND jsonb_typeof(OLD.before) = 'object' THEN NOT EXISTS (SELECT FROM jsonb_each(NEW.before) AS kept WHERE OLD.before -> kept.key IS NULL OR (OLD.before -> kept.key)::text <> kept.value::text) ELSE false END)
            AND (NEW.after IS NULL OR NEW.after::text IS NOT DISTINCT FROM OLD.after::text
                OR CASE WHEN jsonb_typeof(NEW.after) = 'object' AND jsonb_typeof(OLD.after) = 'object' THEN NOT EXISTS (SELECT FROM jsonb_each(NEW.after) AS kept WHERE OLD.after -> kept.key IS NULL OR (OLD.after -> kept.key)::text <> kept.value::text) ELSE false END)
            AND (NEW.ip_address IS NULL OR NEW.ip_address IS NOT DISTINCT FROM OLD.ip_address)
            AND (NEW.user_agent IS NULL OR NEW.user_agent IS NOT DISTINCT FROM OLD.user_agent)
            AND NOT (NEW.before::text IS NOT DISTINCT FROM OLD.before::text AND NEW.after::text IS NOT DISTINCT FROM OLD.after::text AND NEW.ip_address IS NOT DISTINCT FROM OLD.ip_address AND NEW.user_agent IS NOT DISTINCT FROM OLD.user_agent) THEN
            RETURN NEW;
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM {schema}.organizations WHERE id = OLD.root_id) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION USING ERRCODE = '23001', MESSAGE = 'rule "audit_logs_append_only" of table "audit_logs" is violated',
        CONSTRAINT = 'audit_logs_append_only', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'audit_logs';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_audit_logs_append_only() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_audit_logs_append_only() IS 'gapless:1:45a694f861886b25';

CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE ON {schema}.audit_logs
FOR EACH ROW EXECUTE FUNCTION {schema}.keep_audit_logs_append_only();

ALTER TABLE {schema}.audit_logs ENABLE ALWAYS TRIGGER audit_logs_append_only;

COMMENT ON TRIGGER audit_logs_append_only ON {schema}.audit_logs IS 'gapless:1:a204abcdf46f8653';

CREATE TRIGGER audit_logs_append_only_truncate BEFORE TRUNCATE ON {schema}.audit_logs
FOR EACH STATEMENT EXECUTE FUNCTION {schema}.keep_audit_logs_append_only();

ALTER TABLE {schema}.audit_logs ENABLE ALWAYS TRIGGER audit_logs_append_only_truncate;

COMMENT ON TRIGGER audit_logs_append_only_truncate ON {schema}.audit_logs IS 'gapless:1:d77869b33ad174f0';

CREATE FUNCTION {schema}.archive_audit_logs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_RELID <> '{schema}.audit_logs'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'DELETE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function archive_audit_logs acts for the triggers of table audit_logs alone';
    END IF;
    INSERT INTO {schema}.audit_archive (root_id, id, created_at, actor_kind, user_id, job, action, resource_type, resource_id, before, after, metadata, ip_address, user_agent, number, recorded_at)
    SELECT root_id, id, created_at, actor_kind, user_id, job, action, resource_type, resource_id, before, after, metadata, ip_address, user_agent, number, recorded_at FROM old_rows
    WHERE NOT EXISTS (
        SELECT FROM {schema}.audit_archive AS archived
        WHERE archived.root_id = old_rows.root_id
        AND archived.id = old_rows.id
        AND archived.created_at IS NOT DISTINCT FROM old_rows.created_at
        AND archived.actor_kind IS NOT DISTINCT FROM old_rows.actor_kind
        AND archived.user_id IS NOT DISTINCT FROM old_rows.user_id
        AND archived.job IS NOT DISTINCT FROM old_rows.job
        AND archived.action IS NOT DISTINCT FROM old_rows.action
        AND archived.resource_type IS NOT DISTINCT FROM old_rows.resource_type
        AND archived.resource_id IS NOT DISTINCT FROM old_rows.resource_id
        AND archived.before::text IS NOT DISTINCT FROM old_rows.before::text
        AND archived.after::text IS NOT DISTINCT FROM old_rows.after::text
        AND archived.metadata::text IS NOT DISTINCT FROM old_rows.metadata::text
        AND archived.ip_address IS NOT DISTINCT FROM old_rows.ip_address
        AND archived.user_agent IS NOT DISTINCT FROM old_rows.user_agent
        AND archived.number IS NOT DISTINCT FROM old_rows.number
        AND archived.recorded_at IS NOT DISTINCT FROM old_rows.recorded_at
    )
    AND NOT EXISTS (
        SELECT FROM {schema}.erasures AS erasure WHERE erasure.root_id = old_rows.root_id
    );
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.archive_audit_logs() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.archive_audit_logs() IS 'gapless:1:7c8158da933c603c';

CREATE TRIGGER archive_audit_logs AFTER DELETE ON {schema}.audit_logs
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.archive_audit_logs();

ALTER TABLE {schema}.audit_logs ENABLE ALWAYS TRIGGER archive_audit_logs;

COMMENT ON TRIGGER archive_audit_logs ON {schema}.audit_logs IS 'gapless:1:c1b825001d2266f4';

CREATE FUNCTION {schema}.fill_audit_logs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gapless_counted bigint;
    gapless_greatest bigint;
BEGIN
    IF TG_RELID <> '{schema}.audit_logs'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('BEFORE', 'ROW', 'INSERT'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function fill_audit_logs acts for the triggers of table audit_logs alone';
    END IF;
    SELECT parent.last_number INTO gapless_counted
    FROM {schema}.organizations AS parent
    WHERE parent.id = NEW.root_id FOR NO KEY UPDATE;
    SELECT greatest(
        (SELECT max(numbered.number) FROM {schema}.audit_logs AS numbered
            WHERE numbered.root_id = NEW.root_id)
    ) INTO gapless_greatest;
    NEW.number := coalesce(greatest(gapless_counted, gapless_greatest), 0) + 1;
    NEW.recorded_at := clock_timestamp();
    RETURN NEW;
END
$$;

REVOKE ALL ON FUNCTION {schema}.fill_audit_logs() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.fill_audit_logs() IS 'gapless:1:a8caaf0bf1b10ac5';

CREATE TRIGGER fill_audit_logs BEFORE INSERT ON {schema}.audit_logs
FOR EACH ROW EXECUTE FUNCTION {schema}.fill_audit_logs();

COMMENT ON TRIGGER fill_audit_logs ON {schema}.audit_logs IS 'gapless:1:07669f26bf9de781';

CREATE FUNCTION {schema}.count_audit_logs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gapless_numbered record;
BEGIN
    IF TG_RELID <> '{schema}.audit_logs'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'INSERT'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function count_audit_logs acts for the triggers of table audit_logs alone';
    END IF;
    FOR gapless_numbered IN
        SELECT new_rows.root_id AS parent, max(new_rows.number) AS last FROM new_rows
        GROUP BY new_rows.root_id ORDER BY new_rows.root_id
    LOOP
        UPDATE {schema}.organizations AS parent SET last_number = gapless_numbered.last
        WHERE parent.id = gapless_numbered.parent
            AND parent.last_number < gapless_numbered.last;
    END LOOP;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.count_audit_logs() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.count_audit_logs() IS 'gapless:1:315686853aea7054';

CREATE TRIGGER count_audit_logs AFTER INSERT ON {schema}.audit_logs
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.count_audit_logs();

COMMENT ON TRIGGER count_audit_logs ON {schema}.audit_logs IS 'gapless:1:782700c9af9f82cd';

CREATE FUNCTION {schema}.keep_outbox_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "outbox_key_constant" of table "outbox" is violated',
        CONSTRAINT = 'outbox_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'outbox';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_outbox_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_outbox_key_constant() IS 'gapless:1:9d89dff3a72bbfc5';

CREATE TRIGGER outbox_key_constant BEFORE UPDATE ON {schema}.outbox
FOR EACH ROW WHEN (NEW.root_id <> OLD.root_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_outbox_key_constant();

COMMENT ON TRIGGER outbox_key_constant ON {schema}.outbox IS 'gapless:1:6366998199db0fd8';

CREATE FUNCTION {schema}.keep_outbox_created_at_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "outbox_created_at_constant" of table "outbox" is violated',
        CONSTRAINT = 'outbox_created_at_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'outbox';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_outbox_created_at_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_outbox_created_at_constant() IS 'gapless:1:e6defad48ebad646';

CREATE TRIGGER outbox_created_at_constant BEFORE UPDATE ON {schema}.outbox
FOR EACH ROW WHEN (NEW.created_at <> OLD.created_at) EXECUTE FUNCTION {schema}.keep_outbox_created_at_constant();

COMMENT ON TRIGGER outbox_created_at_constant ON {schema}.outbox IS 'gapless:1:ecb89cdf986b42da';

CREATE FUNCTION {schema}.keep_outbox_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "outbox_version_step" of table "outbox" is violated',
        CONSTRAINT = 'outbox_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'outbox';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_outbox_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_outbox_version_step() IS 'gapless:1:30a4e59cecfc37f9';

CREATE TRIGGER outbox_version_step BEFORE UPDATE ON {schema}.outbox
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_outbox_version_step();

COMMENT ON TRIGGER outbox_version_step ON {schema}.outbox IS 'gapless:1:8de04d966f169f22';

CREATE FUNCTION {schema}.keep_handled_commands_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "handled_commands_key_constant" of table "handled_commands" is violated',
        CONSTRAINT = 'handled_commands_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'handled_commands';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_handled_commands_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_handled_commands_key_constant() IS 'gapless:1:f5507ad1bdc03867';

CREATE TRIGGER handled_commands_key_constant BEFORE UPDATE ON {schema}.handled_commands
FOR EACH ROW WHEN (NEW.root_id <> OLD.root_id OR NEW.kind <> OLD.kind OR NEW.key <> OLD.key) EXECUTE FUNCTION {schema}.keep_handled_commands_key_constant();

COMMENT ON TRIGGER handled_commands_key_constant ON {schema}.handled_commands IS 'gapless:1:c64e8d6be9bbaada';

CREATE FUNCTION {schema}.keep_handled_commands_created_at_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "handled_commands_created_at_constant" of table "handled_commands" is violated',
        CONSTRAINT = 'handled_commands_created_at_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'handled_commands';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_handled_commands_created_at_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_handled_commands_created_at_constant() IS 'gapless:1:c2804c8c09c843d9';

CREATE TRIGGER handled_commands_created_at_constant BEFORE UPDATE ON {schema}.handled_commands
FOR EACH ROW WHEN (NEW.created_at <> OLD.created_at) EXECUTE FUNCTION {schema}.keep_handled_commands_created_at_constant();

COMMENT ON TRIGGER handled_commands_created_at_constant ON {schema}.handled_commands IS 'gapless:1:b3c022cbc2773cdc';

CREATE FUNCTION {schema}.keep_handled_commands_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "handled_commands_version_step" of table "handled_commands" is violated',
        CONSTRAINT = 'handled_commands_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'handled_commands';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_handled_commands_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_handled_commands_version_step() IS 'gapless:1:757dc6947e25f740';

CREATE TRIGGER handled_commands_version_step BEFORE UPDATE ON {schema}.handled_commands
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_handled_commands_version_step();

COMMENT ON TRIGGER handled_commands_version_step ON {schema}.handled_commands IS 'gapless:1:334bd465bb2d8afb';

CREATE FUNCTION {schema}.arm_last_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.touches := NEW.touches + 1;
    NEW.at_last_owner := pg_current_xact_id();
    RETURN NEW;
END
$$;

REVOKE ALL ON FUNCTION {schema}.arm_last_owner() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.arm_last_owner() IS 'gapless:1:31419bd5c48eb9a2';

CREATE TRIGGER added_01_last_owner BEFORE INSERT ON {schema}.organizations
FOR EACH ROW WHEN ((NOT NEW.is_deleted) IS TRUE) EXECUTE FUNCTION {schema}.arm_last_owner();

COMMENT ON TRIGGER added_01_last_owner ON {schema}.organizations IS 'gapless:1:f6d14f4b8610588d';

CREATE TRIGGER entered_01_last_owner BEFORE UPDATE ON {schema}.organizations
FOR EACH ROW WHEN ((NOT NEW.is_deleted) IS TRUE AND (NOT OLD.is_deleted) IS NOT TRUE) EXECUTE FUNCTION {schema}.arm_last_owner();

COMMENT ON TRIGGER entered_01_last_owner ON {schema}.organizations IS 'gapless:1:71660c6e3a789a58';

CREATE FUNCTION {schema}.judge_last_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_RELID <> '{schema}.organizations'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'ROW', 'INSERT'), ('AFTER', 'ROW', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function judge_last_owner acts for the triggers of table organizations alone';
    END IF;
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

REVOKE ALL ON FUNCTION {schema}.judge_last_owner() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.judge_last_owner() IS 'gapless:1:4f46441384b43295';

CREATE CONSTRAINT TRIGGER judge_01_last_owner AFTER INSERT OR UPDATE ON {schema}.organizations
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.at_last_owner = pg_current_xact_id()) EXECUTE FUNCTION {schema}.judge_last_owner();

COMMENT ON TRIGGER judge_01_last_owner ON {schema}.organizations IS 'gapless:1:167e64097478a67e';

CREATE FUNCTION {schema}.refuse_last_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "last_owner" of table "users" is violated',
        CONSTRAINT = 'last_owner', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'users';
END
$$;

REVOKE ALL ON FUNCTION {schema}.refuse_last_owner() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.refuse_last_owner() IS 'gapless:1:e3e86ec352e8bdd9';

CREATE TRIGGER last_owner_truncate BEFORE TRUNCATE ON {schema}.users
FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_last_owner();

COMMENT ON TRIGGER last_owner_truncate ON {schema}.users IS 'gapless:1:bb2583ef6bb8233c';

CREATE FUNCTION {schema}.judge_team_members_quota() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_RELID <> '{schema}.organizations'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'ROW', 'INSERT'), ('AFTER', 'ROW', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function judge_team_members_quota acts for the triggers of table organizations alone';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.touches = OLD.touches THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT FROM {schema}.organizations AS parent
        CROSS JOIN LATERAL (SELECT parent.team_members_quota
        ) AS bound (most)
        WHERE parent.id = NEW.id AND parent.touches = NEW.touches
            AND parent.at_team_members_quota = pg_current_xact_id()
            AND (
                SELECT count(*) FROM (
                    SELECT FROM {schema}.users AS child
                    WHERE child.organization_id = parent.id AND (child.is_active AND NOT child.is_deleted) IS TRUE
                    LIMIT least(greatest(bound.most, 0), 9223372036854775806) + 1
                ) AS counted
            ) > bound.most
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "team_members_quota" of table "users" is violated',
            CONSTRAINT = 'team_members_quota', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'users';
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.judge_team_members_quota() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.judge_team_members_quota() IS 'gapless:1:9bfb2c7548dadb1e';

CREATE CONSTRAINT TRIGGER judge_02_team_members_quota AFTER INSERT OR UPDATE ON {schema}.organizations
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.at_team_members_quota = pg_current_xact_id()) EXECUTE FUNCTION {schema}.judge_team_members_quota();

COMMENT ON TRIGGER judge_02_team_members_quota ON {schema}.organizations IS 'gapless:1:a6ae5e61712cb196';

CREATE FUNCTION {schema}.judge_phone_numbers_quota() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_RELID <> '{schema}.organizations'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'ROW', 'INSERT'), ('AFTER', 'ROW', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function judge_phone_numbers_quota acts for the triggers of table organizations alone';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.touches = OLD.touches THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT FROM {schema}.organizations AS parent
        CROSS JOIN LATERAL (SELECT parent.phone_numbers_quota
        ) AS bound (most)
        WHERE parent.id = NEW.id AND parent.touches = NEW.touches
            AND parent.at_phone_numbers_quota = pg_current_xact_id()
            AND (
                SELECT count(*) FROM (
                    SELECT FROM {schema}.phone_numbers AS child
                    WHERE child.organization_id = parent.id AND (NOT child.is_released) IS TRUE
                    LIMIT least(greatest(bound.most, 0), 9223372036854775806) + 1
                ) AS counted
            ) > bound.most
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "phone_numbers_quota" of table "phone_numbers" is violated',
            CONSTRAINT = 'phone_numbers_quota', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'phone_numbers';
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.judge_phone_numbers_quota() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.judge_phone_numbers_quota() IS 'gapless:1:6a39225590c881b4';

CREATE CONSTRAINT TRIGGER judge_03_phone_numbers_quota AFTER INSERT OR UPDATE ON {schema}.organizations
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.at_phone_numbers_quota = pg_current_xact_id()) EXECUTE FUNCTION {schema}.judge_phone_numbers_quota();

COMMENT ON TRIGGER judge_03_phone_numbers_quota ON {schema}.organizations IS 'gapless:1:40a4b2b36c59b03f';

CREATE FUNCTION {schema}.arm_no_active_calls() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.touches := NEW.touches + 1;
    NEW.at_no_active_calls := pg_current_xact_id();
    RETURN NEW;
END
$$;

REVOKE ALL ON FUNCTION {schema}.arm_no_active_calls() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.arm_no_active_calls() IS 'gapless:1:36c4e4415c574a79';

CREATE TRIGGER added_04_no_active_calls BEFORE INSERT ON {schema}.organizations
FOR EACH ROW WHEN ((NEW.is_deleted) IS TRUE) EXECUTE FUNCTION {schema}.arm_no_active_calls();

COMMENT ON TRIGGER added_04_no_active_calls ON {schema}.organizations IS 'gapless:1:58fdd38a67fd71f9';

CREATE TRIGGER entered_04_no_active_calls BEFORE UPDATE ON {schema}.organizations
FOR EACH ROW WHEN ((NEW.is_deleted) IS TRUE AND (OLD.is_deleted) IS NOT TRUE) EXECUTE FUNCTION {schema}.arm_no_active_calls();

COMMENT ON TRIGGER entered_04_no_active_calls ON {schema}.organizations IS 'gapless:1:91c82ca83e068c1c';

CREATE FUNCTION {schema}.judge_no_active_calls() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_RELID <> '{schema}.organizations'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'ROW', 'INSERT'), ('AFTER', 'ROW', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function judge_no_active_calls acts for the triggers of table organizations alone';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.touches = OLD.touches THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT FROM {schema}.organizations AS parent
        CROSS JOIN LATERAL (SELECT 0
        ) AS bound (most)
        WHERE parent.id = NEW.id AND parent.touches = NEW.touches
            AND parent.at_no_active_calls = pg_current_xact_id() AND (parent.is_deleted)
            AND (
                SELECT count(*) FROM (
                    SELECT FROM {schema}.calls AS child
                    WHERE child.organization_id = parent.id AND (child.status = 'ACTIVE')
                    LIMIT least(greatest(bound.most, 0), 9223372036854775806) + 1
                ) AS counted
            ) > bound.most
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "no_active_calls" of table "calls" is violated',
            CONSTRAINT = 'no_active_calls', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'calls';
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.judge_no_active_calls() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.judge_no_active_calls() IS 'gapless:1:cea2878653d0c015';

CREATE CONSTRAINT TRIGGER judge_04_no_active_calls AFTER INSERT OR UPDATE ON {schema}.organizations
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.at_no_active_calls = pg_current_xact_id()) EXECUTE FUNCTION {schema}.judge_no_active_calls();

COMMENT ON TRIGGER judge_04_no_active_calls ON {schema}.organizations IS 'gapless:1:ee90e71980bf5479';
