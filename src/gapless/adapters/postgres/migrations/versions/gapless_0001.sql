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
    at_phone_numbers_quota xid8,
    at_no_active_calls xid8,
    CONSTRAINT organizations_id_unique PRIMARY KEY (id),
    CONSTRAINT organizations_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT organizations_deleted_at_storable CHECK (deleted_at >= '0001-01-02T00:00:00+00:00' AND deleted_at <= '9999-12-30T23:59:59.999999+00:00'),
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
    CONSTRAINT users_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT users_last_seen_at_storable CHECK (last_seen_at >= '0001-01-02T00:00:00+00:00' AND last_seen_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT users_deactivated_at_storable CHECK (deactivated_at >= '0001-01-02T00:00:00+00:00' AND deactivated_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT users_deleted_at_storable CHECK (deleted_at >= '0001-01-02T00:00:00+00:00' AND deleted_at <= '9999-12-30T23:59:59.999999+00:00'),
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

CREATE TABLE {schema}.phone_numbers (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    display_name TEXT COLLATE "C",
    forwarding_number TEXT COLLATE "C",
    version INTEGER NOT NULL,
    CONSTRAINT phone_numbers_organization_id_id_unique PRIMARY KEY (organization_id, id),
    CONSTRAINT phone_numbers_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT check_number_format CHECK (number ~ '^(?:[+][1-9][0-9]{1,14})$'),
    CONSTRAINT check_provider CHECK (provider IN ('vapi', 'twilio')),
    CONSTRAINT check_display_name_length CHECK (char_length(display_name) <= 50),
    CONSTRAINT check_forwarding_format CHECK (forwarding_number ~ '^(?:[+][1-9][0-9]{1,14})$'),
    CONSTRAINT phone_numbers_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX phone_numbers_number_unique ON {schema}.phone_numbers (number);

CREATE TABLE {schema}.calls (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    phone_number_id UUID,
    caller_number TEXT COLLATE "C",
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
    CONSTRAINT check_caller_number_format CHECK (caller_number ~ '^(?:[+][1-9][0-9]{1,14})$'),
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
);

CREATE INDEX idx_calls_org_date ON {schema}.calls (organization_id, started_at DESC);

CREATE INDEX idx_calls_caller_date ON {schema}.calls (caller_number, started_at DESC);

CREATE INDEX idx_calls_outcome_date ON {schema}.calls (outcome, started_at DESC);

CREATE INDEX idx_calls_handled_by ON {schema}.calls (handled_by, handled_by_user_id);

CREATE INDEX idx_calls_sentiment ON {schema}.calls (sentiment) WHERE sentiment IS NOT NULL;

CREATE INDEX idx_calls_phone_number ON {schema}.calls (organization_id, phone_number_id);

CREATE INDEX idx_calls_handler_date ON {schema}.calls (organization_id, handled_by_user_id, started_at DESC);

CREATE INDEX idx_calls_org_outcome_date ON {schema}.calls (organization_id, outcome, started_at DESC);

CREATE INDEX idx_calls_active ON {schema}.calls (organization_id) WHERE status = 'ACTIVE';

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
);

CREATE INDEX idx_call_notes_call ON {schema}.call_notes (organization_id, call_id, id);

CREATE INDEX idx_call_notes_user ON {schema}.call_notes (organization_id, user_id);

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
);

CREATE INDEX idx_knowledge_category ON {schema}.knowledge_items (category, is_active);

CREATE INDEX idx_knowledge_usage ON {schema}.knowledge_items (usage_count DESC, last_used_at DESC);

CREATE INDEX idx_knowledge_deleted ON {schema}.knowledge_items (is_deleted, organization_id);

CREATE INDEX idx_knowledge_org_category ON {schema}.knowledge_items (organization_id, category, is_active);

CREATE INDEX idx_knowledge_org_usage ON {schema}.knowledge_items (organization_id, usage_count DESC, id);

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
);

CREATE UNIQUE INDEX subscriptions_organization_id_unique ON {schema}.subscriptions (organization_id);

CREATE INDEX idx_subscriptions_status ON {schema}.subscriptions (status, current_period_end);

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
    CONSTRAINT invoices_amount_minor_range CHECK (amount_minor >= 0 AND amount_minor <= 9007199254740991),
    CONSTRAINT invoices_currency_format CHECK (currency ~ '^(?:[A-Z]{3})$'),
    CONSTRAINT invoices_period_end_after_start CHECK (period_end > period_start),
    CONSTRAINT invoices_status_paid_at_agree CHECK (status = 'PAID' AND paid_at IS NOT NULL OR status != 'PAID' AND paid_at IS NULL),
    CONSTRAINT invoices_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE RESTRICT
);

CREATE UNIQUE INDEX invoices_number_unique ON {schema}.invoices (organization_id, number);

CREATE INDEX idx_invoices_org_date ON {schema}.invoices (organization_id, created_at DESC);

CREATE TABLE {schema}.erasures (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    CONSTRAINT erasures_organization_id_id_unique PRIMARY KEY (organization_id, id),
    CONSTRAINT erasures_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT erasures_reason_length CHECK (char_length(reason) >= 1 AND char_length(reason) <= 500)
);

CREATE UNIQUE INDEX erasures_organization_id_unique ON {schema}.erasures (organization_id);

CREATE TABLE {schema}.audit_archive (
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
    CONSTRAINT audit_archive_organization_id_id_unique PRIMARY KEY (organization_id, id),
    CONSTRAINT audit_archive_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT audit_archive_before_storable CHECK (jsonb_typeof(before) = 'object'),
    CONSTRAINT audit_archive_after_storable CHECK (jsonb_typeof(after) = 'object'),
    CONSTRAINT audit_archive_metadata_storable CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT audit_archive_actor_kind_known CHECK (actor_kind IN ('user', 'system')),
    CONSTRAINT audit_archive_action_length CHECK (char_length(action) >= 1 AND char_length(action) <= 100),
    CONSTRAINT audit_archive_resource_type_length CHECK (char_length(resource_type) >= 1 AND char_length(resource_type) <= 50),
    CONSTRAINT audit_archive_resource_id_length CHECK (char_length(resource_id) >= 1 AND char_length(resource_id) <= 200),
    CONSTRAINT audit_archive_job_length CHECK (char_length(job) <= 500),
    CONSTRAINT audit_archive_ip_address_length CHECK (char_length(ip_address) <= 500),
    CONSTRAINT audit_archive_user_agent_length CHECK (char_length(user_agent) <= 500),
    CONSTRAINT audit_archive_actor_named CHECK (actor_kind = 'user' AND user_id IS NOT NULL AND job IS NULL OR actor_kind = 'system' AND user_id IS NULL AND job IS NOT NULL)
);

CREATE INDEX idx_audit_archive_org_date ON {schema}.audit_archive (organization_id, created_at DESC);

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
    CONSTRAINT audit_logs_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT audit_logs_before_storable CHECK (jsonb_typeof(before) = 'object'),
    CONSTRAINT audit_logs_after_storable CHECK (jsonb_typeof(after) = 'object'),
    CONSTRAINT audit_logs_metadata_storable CHECK (jsonb_typeof(metadata) = 'object'),
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
    CONSTRAINT outbox_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT outbox_payload_storable CHECK (jsonb_typeof(payload) = 'object'),
    CONSTRAINT outbox_due_at_storable CHECK (due_at >= '0001-01-02T00:00:00+00:00' AND due_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT outbox_kind_length CHECK (char_length(kind) >= 1 AND char_length(kind) <= 100),
    CONSTRAINT outbox_attempts_not_negative CHECK (attempts >= 0)
);

CREATE INDEX idx_outbox_due_at ON {schema}.outbox (due_at);

CREATE INDEX idx_outbox_claim ON {schema}.outbox (claim);

CREATE TABLE {schema}.handled_commands (
    organization_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    result JSONB NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    CONSTRAINT handled_commands_organization_id_kind_key_unique PRIMARY KEY (organization_id, kind, key),
    CONSTRAINT handled_commands_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT handled_commands_result_storable CHECK (jsonb_typeof(result) = 'object'),
    CONSTRAINT handled_commands_expires_at_storable CHECK (expires_at >= '0001-01-02T00:00:00+00:00' AND expires_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT handled_commands_kind_length CHECK (char_length(kind) >= 1 AND char_length(kind) <= 100),
    CONSTRAINT handled_commands_key_length CHECK (char_length(key) >= 1 AND char_length(key) <= 200),
    CONSTRAINT handled_commands_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE CASCADE
);

CREATE INDEX idx_handled_commands_expires_at ON {schema}.handled_commands (expires_at) WHERE expires_at IS NOT NULL;

CREATE FUNCTION {schema}.keep_organizations_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "organizations_key_constant" of table "organizations" is violated',
        CONSTRAINT = 'organizations_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'organizations';
END
$$;

CREATE TRIGGER organizations_key_constant BEFORE UPDATE ON {schema}.organizations
FOR EACH ROW WHEN (NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_organizations_key_constant();

CREATE FUNCTION {schema}.refuse_storage_quota() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "storage_quota" of table "organizations" is violated',
        CONSTRAINT = 'storage_quota', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'organizations';
END
$$;

CREATE TRIGGER refuse_update_storage_quota AFTER UPDATE ON {schema}.organizations
FOR EACH ROW WHEN ((NEW.used_storage <= OLD.used_storage OR NEW.used_storage <= NEW.storage_quota) IS FALSE) EXECUTE FUNCTION {schema}.refuse_storage_quota();

CREATE TRIGGER refuse_insert_storage_quota AFTER INSERT ON {schema}.organizations
FOR EACH ROW WHEN ((NEW.used_storage <= NEW.storage_quota) IS FALSE) EXECUTE FUNCTION {schema}.refuse_storage_quota();

CREATE FUNCTION {schema}.keep_users_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "users_key_constant" of table "users" is violated',
        CONSTRAINT = 'users_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'users';
END
$$;

CREATE TRIGGER users_key_constant BEFORE UPDATE ON {schema}.users
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_users_key_constant();

CREATE FUNCTION {schema}.users_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
    parents_team_members_quota uuid[];
BEGIN
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

CREATE FUNCTION {schema}.keep_phone_numbers_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "phone_numbers_key_constant" of table "phone_numbers" is violated',
        CONSTRAINT = 'phone_numbers_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'phone_numbers';
END
$$;

CREATE TRIGGER phone_numbers_key_constant BEFORE UPDATE ON {schema}.phone_numbers
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_phone_numbers_key_constant();

CREATE FUNCTION {schema}.phone_numbers_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
    parents_phone_numbers_quota uuid[];
BEGIN
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE true),
        array_agg(DISTINCT organization_id) FILTER (WHERE true)
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

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.phone_numbers
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.phone_numbers_inserted();

CREATE FUNCTION {schema}.phone_numbers_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
    parents_phone_numbers_quota uuid[];
BEGIN
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
                (true) IS TRUE AS was_phone_numbers_quota,
                false AS is_phone_numbers_quota
            FROM old_rows
            UNION ALL
            SELECT organization_id, id,
                false,
                (true) IS TRUE,
                false,
                (true) IS TRUE
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

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.phone_numbers
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.phone_numbers_updated();

CREATE FUNCTION {schema}.keep_calls_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "calls_key_constant" of table "calls" is violated',
        CONSTRAINT = 'calls_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'calls';
END
$$;

CREATE TRIGGER calls_key_constant BEFORE UPDATE ON {schema}.calls
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_calls_key_constant();

CREATE FUNCTION {schema}.calls_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
    parents_call_minutes_quota uuid[];
    parents_no_active_calls uuid[];
BEGIN
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

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.calls
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.calls_inserted();

CREATE FUNCTION {schema}.calls_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
    parents_call_minutes_quota uuid[];
    parents_no_active_calls uuid[];
BEGIN
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

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.calls
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.calls_updated();

CREATE FUNCTION {schema}.keep_call_notes_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "call_notes_key_constant" of table "call_notes" is violated',
        CONSTRAINT = 'call_notes_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'call_notes';
END
$$;

CREATE TRIGGER call_notes_key_constant BEFORE UPDATE ON {schema}.call_notes
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_call_notes_key_constant();

CREATE FUNCTION {schema}.call_notes_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
BEGIN
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

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.call_notes
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.call_notes_inserted();

CREATE FUNCTION {schema}.call_notes_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
BEGIN
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

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.call_notes
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.call_notes_updated();

CREATE FUNCTION {schema}.keep_knowledge_items_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "knowledge_items_key_constant" of table "knowledge_items" is violated',
        CONSTRAINT = 'knowledge_items_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'knowledge_items';
END
$$;

CREATE TRIGGER knowledge_items_key_constant BEFORE UPDATE ON {schema}.knowledge_items
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_knowledge_items_key_constant();

CREATE FUNCTION {schema}.knowledge_items_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
BEGIN
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

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.knowledge_items
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.knowledge_items_inserted();

CREATE FUNCTION {schema}.knowledge_items_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
BEGIN
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

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.knowledge_items
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.knowledge_items_updated();

CREATE FUNCTION {schema}.keep_subscriptions_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "subscriptions_key_constant" of table "subscriptions" is violated',
        CONSTRAINT = 'subscriptions_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'subscriptions';
END
$$;

CREATE TRIGGER subscriptions_key_constant BEFORE UPDATE ON {schema}.subscriptions
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_subscriptions_key_constant();

CREATE FUNCTION {schema}.subscriptions_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
BEGIN
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

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.subscriptions
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.subscriptions_inserted();

CREATE FUNCTION {schema}.subscriptions_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_live_organization uuid[];
BEGIN
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

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.subscriptions
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.subscriptions_updated();

CREATE FUNCTION {schema}.keep_invoices_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "invoices_key_constant" of table "invoices" is violated',
        CONSTRAINT = 'invoices_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'invoices';
END
$$;

CREATE TRIGGER invoices_key_constant BEFORE UPDATE ON {schema}.invoices
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_invoices_key_constant();

CREATE FUNCTION {schema}.keep_erasures_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "erasures_key_constant" of table "erasures" is violated',
        CONSTRAINT = 'erasures_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'erasures';
END
$$;

CREATE TRIGGER erasures_key_constant BEFORE UPDATE ON {schema}.erasures
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_erasures_key_constant();

CREATE FUNCTION {schema}.keep_audit_archive_append_only() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23001', MESSAGE = 'rule "audit_archive_append_only" of table "audit_archive" is violated',
        CONSTRAINT = 'audit_archive_append_only', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'audit_archive';
END
$$;

CREATE TRIGGER audit_archive_append_only BEFORE UPDATE OR DELETE ON {schema}.audit_archive
FOR EACH ROW EXECUTE FUNCTION {schema}.keep_audit_archive_append_only();

CREATE TRIGGER audit_archive_append_only_truncate BEFORE TRUNCATE ON {schema}.audit_archive
FOR EACH STATEMENT EXECUTE FUNCTION {schema}.keep_audit_archive_append_only();

ALTER TABLE {schema}.audit_archive ENABLE ALWAYS TRIGGER audit_archive_append_only;

ALTER TABLE {schema}.audit_archive ENABLE ALWAYS TRIGGER audit_archive_append_only_truncate;

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

CREATE FUNCTION {schema}.archive_audit_logs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO {schema}.audit_archive (organization_id, id, created_at, actor_kind, user_id, job, action, resource_type, resource_id, before, after, metadata, ip_address, user_agent)
    SELECT organization_id, id, created_at, actor_kind, user_id, job, action, resource_type, resource_id, before, after, metadata, ip_address, user_agent FROM old_rows
    WHERE NOT EXISTS (
        SELECT FROM {schema}.erasures AS erasure WHERE erasure.organization_id = old_rows.organization_id
    )
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER archive_audit_logs AFTER DELETE ON {schema}.audit_logs
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.archive_audit_logs();

ALTER TABLE {schema}.audit_logs ENABLE ALWAYS TRIGGER archive_audit_logs;

CREATE FUNCTION {schema}.keep_outbox_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "outbox_key_constant" of table "outbox" is violated',
        CONSTRAINT = 'outbox_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'outbox';
END
$$;

CREATE TRIGGER outbox_key_constant BEFORE UPDATE ON {schema}.outbox
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_outbox_key_constant();

CREATE FUNCTION {schema}.keep_handled_commands_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "handled_commands_key_constant" of table "handled_commands" is violated',
        CONSTRAINT = 'handled_commands_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'handled_commands';
END
$$;

CREATE TRIGGER handled_commands_key_constant BEFORE UPDATE ON {schema}.handled_commands
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.kind <> OLD.kind OR NEW.key <> OLD.key) EXECUTE FUNCTION {schema}.keep_handled_commands_key_constant();

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

CREATE FUNCTION {schema}.judge_phone_numbers_quota() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.touches = OLD.touches THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT FROM {schema}.organizations AS parent
        WHERE parent.id = NEW.id AND parent.touches = NEW.touches
            AND parent.at_phone_numbers_quota = pg_current_xact_id()
            AND (
                SELECT count(*) FROM {schema}.phone_numbers AS child
                WHERE child.organization_id = parent.id
            ) > parent.phone_numbers_quota
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "phone_numbers_quota" of table "phone_numbers" is violated',
            CONSTRAINT = 'phone_numbers_quota', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'phone_numbers';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER judge_03_phone_numbers_quota AFTER INSERT OR UPDATE ON {schema}.organizations
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.at_phone_numbers_quota = pg_current_xact_id())
EXECUTE FUNCTION {schema}.judge_phone_numbers_quota();

CREATE FUNCTION {schema}.arm_no_active_calls() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.touches := NEW.touches + 1;
    NEW.at_no_active_calls := pg_current_xact_id();
    RETURN NEW;
END
$$;

CREATE TRIGGER added_04_no_active_calls BEFORE INSERT ON {schema}.organizations
FOR EACH ROW WHEN ((NEW.is_deleted) IS TRUE) EXECUTE FUNCTION {schema}.arm_no_active_calls();

CREATE TRIGGER entered_04_no_active_calls BEFORE UPDATE ON {schema}.organizations
FOR EACH ROW WHEN ((NEW.is_deleted) IS TRUE AND (OLD.is_deleted) IS NOT TRUE) EXECUTE FUNCTION {schema}.arm_no_active_calls();

CREATE FUNCTION {schema}.judge_no_active_calls() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.touches = OLD.touches THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT FROM {schema}.organizations AS parent
        WHERE parent.id = NEW.id AND parent.touches = NEW.touches
            AND parent.at_no_active_calls = pg_current_xact_id() AND (parent.is_deleted)
            AND (
                SELECT count(*) FROM {schema}.calls AS child
                WHERE child.organization_id = parent.id AND (child.status = 'ACTIVE')
            ) > 0
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "no_active_calls" of table "calls" is violated',
            CONSTRAINT = 'no_active_calls', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'calls';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER judge_04_no_active_calls AFTER INSERT OR UPDATE ON {schema}.organizations
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.at_no_active_calls = pg_current_xact_id())
EXECUTE FUNCTION {schema}.judge_no_active_calls();