-- ============================================
-- MIGRATION: Add Database Constraints
-- File: migrations/001_add_constraints.sql
-- ============================================

-- USER TABLE CONSTRAINTS
-- GAP-172
ALTER TABLE users
ADD CONSTRAINT check_email_length
CHECK (length(email) <= 254);

-- GAP-173
ALTER TABLE users
ADD CONSTRAINT check_name_length
CHECK (length(name) >= 2 AND length(name) <= 100);

-- GAP-174
ALTER TABLE users
ADD CONSTRAINT check_language
CHECK (language IN ('ru', 'uz', 'en'));

-- ORGANIZATION TABLE CONSTRAINTS
-- GAP-176
ALTER TABLE organizations
ADD CONSTRAINT check_org_name_length
CHECK (length(name) >= 2 AND length(name) <= 100);

-- GAP-177
ALTER TABLE organizations
ADD CONSTRAINT check_slug_format
CHECK (slug ~ '^[a-z0-9]+(?:-[a-z0-9]+)*$');

-- GAP-178
ALTER TABLE organizations
ADD CONSTRAINT check_slug_reserved
CHECK (slug NOT IN ('admin','api','www','support','billing','status','help','docs','blog','mail','ftp','localhost','dashboard','app','auth','login','signup','register'));

-- GAP-179
ALTER TABLE organizations
ADD CONSTRAINT check_billing_email
CHECK (billing_email IS NULL OR billing_email ~ '^[^\s@]+@[^\s@]+\.[^\s@]+$');

-- PHONE NUMBER TABLE CONSTRAINTS
-- GAP-180
ALTER TABLE phone_numbers
ADD CONSTRAINT check_number_format
CHECK (number ~ '^\+[1-9]\d{1,14}$');

-- GAP-181
ALTER TABLE phone_numbers
ADD CONSTRAINT check_provider
CHECK (provider IN ('vapi', 'twilio'));

-- GAP-182
ALTER TABLE phone_numbers
ADD CONSTRAINT check_display_name_length
CHECK (display_name IS NULL OR length(display_name) <= 50);

-- GAP-183
ALTER TABLE phone_numbers
ADD CONSTRAINT check_forwarding_format
CHECK (forwarding_number IS NULL OR forwarding_number ~ '^\+[1-9]\d{1,14}$');

-- CALL TABLE CONSTRAINTS
-- GAP-184
ALTER TABLE calls
ADD CONSTRAINT check_caller_number_format
CHECK (caller_number ~ '^\+[1-9]\d{1,14}$');

-- GAP-185
ALTER TABLE calls
ADD CONSTRAINT check_duration_positive
CHECK (duration_seconds IS NULL OR duration_seconds >= 0);

-- GAP-186
ALTER TABLE calls
ADD CONSTRAINT check_ai_confidence_range
CHECK (ai_confidence IS NULL OR (ai_confidence >= 0 AND ai_confidence <= 100));

-- GAP-187
ALTER TABLE calls
ADD CONSTRAINT check_call_quality_range
CHECK (call_quality IS NULL OR (call_quality >= 1 AND call_quality <= 5));

-- GAP-188
ALTER TABLE calls
ADD CONSTRAINT check_end_after_start
CHECK (ended_at IS NULL OR ended_at > started_at);

-- KNOWLEDGE ITEM TABLE CONSTRAINTS
-- GAP-189
ALTER TABLE knowledge_items
ADD CONSTRAINT check_question_length
CHECK (length(question) >= 10 AND length(question) <= 500);

-- GAP-190
ALTER TABLE knowledge_items
ADD CONSTRAINT check_answer_length
CHECK (length(answer) >= 10 AND length(answer) <= 5000);

-- GAP-191
ALTER TABLE knowledge_items
ADD CONSTRAINT check_usage_count_positive
CHECK (usage_count >= 0);

-- SUBSCRIPTION TABLE CONSTRAINTS
ALTER TABLE subscriptions
ADD CONSTRAINT check_retry_count_positive
CHECK (retry_count >= 0);

ALTER TABLE subscriptions
ADD CONSTRAINT check_period_end_after_start
CHECK (current_period_end > current_period_start);

-- ============================================
-- MIGRATION: Add Performance Indexes
-- File: migrations/002_add_indexes.sql
-- ============================================

-- USER QUERIES
-- GAP-192
CREATE INDEX idx_users_organization_role
ON users(organization_id, role);

-- GAP-193
CREATE INDEX idx_users_last_seen
ON users(last_seen_at)
WHERE is_active = true;

-- CALL QUERIES
-- GAP-194
CREATE INDEX idx_calls_org_date
ON calls(organization_id, started_at DESC);

-- GAP-195
CREATE INDEX idx_calls_caller_date
ON calls(caller_number, started_at DESC);

-- GAP-196
CREATE INDEX idx_calls_outcome_date
ON calls(outcome, started_at DESC);

-- GAP-197
CREATE INDEX idx_calls_handled_by
ON calls(handled_by, handled_by_user_id);

-- GAP-198
CREATE INDEX idx_calls_sentiment
ON calls(sentiment)
WHERE sentiment IS NOT NULL;

-- KNOWLEDGE BASE QUERIES
-- GAP-199
CREATE INDEX idx_knowledge_category
ON knowledge_items(category, is_active);

CREATE INDEX idx_knowledge_usage
ON knowledge_items(usage_count DESC, last_used_at DESC);

-- BILLING QUERIES
-- GAP-200
CREATE INDEX idx_subscriptions_status
ON subscriptions(status, current_period_end);

-- GAP-201
CREATE INDEX idx_invoices_org_date
ON invoices(organization_id, created_at DESC);

-- ADDITIONAL INDEXES FOR SOFT DELETES
CREATE INDEX idx_users_deleted
ON users(is_deleted, organization_id);

CREATE INDEX idx_organizations_deleted
ON organizations(is_deleted);

CREATE INDEX idx_knowledge_deleted
ON knowledge_items(is_deleted, organization_id);

-- AUDIT LOG INDEXES
CREATE INDEX idx_audit_org_date
ON audit_logs(organization_id, created_at DESC);

CREATE INDEX idx_audit_resource
ON audit_logs(resource_type, resource_id);
