-- Appointments.

CREATE TABLE {schema}.appointments (
    organization_id UUID NOT NULL,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    host_id UUID,
    is_cancelled BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT appointments_organization_id_id_unique PRIMARY KEY (organization_id, id),
    CONSTRAINT appointments_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT appointments_starts_at_storable CHECK (starts_at >= '0001-01-02T00:00:00+00:00' AND starts_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT appointments_ends_at_storable CHECK (ends_at >= '0001-01-02T00:00:00+00:00' AND ends_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT appointments_subject_length CHECK (char_length(subject) >= 3 AND char_length(subject) <= 80),
    CONSTRAINT appointments_period CHECK (starts_at < ends_at),
    CONSTRAINT appointments_host_fkey FOREIGN KEY(organization_id, host_id) REFERENCES {schema}.users (organization_id, id) ON DELETE SET NULL (host_id),
    CONSTRAINT appointments_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES {schema}.organizations (id) ON DELETE CASCADE
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT appointments_created_at_storable ON {schema}.appointments IS 'gapless:1:56c8343d2ca03b5f';

COMMENT ON CONSTRAINT appointments_starts_at_storable ON {schema}.appointments IS 'gapless:1:09370fd3a1d378c7';

COMMENT ON CONSTRAINT appointments_ends_at_storable ON {schema}.appointments IS 'gapless:1:9bdcba57768a6826';

COMMENT ON CONSTRAINT appointments_organization_id_id_unique ON {schema}.appointments IS 'gapless:1:53e6a93edcd03b75';

COMMENT ON CONSTRAINT appointments_subject_length ON {schema}.appointments IS 'gapless:1:5e3ac7905ac49820';

COMMENT ON CONSTRAINT appointments_period ON {schema}.appointments IS 'gapless:1:4d097d7cdcbd1c94';

COMMENT ON CONSTRAINT appointments_host_fkey ON {schema}.appointments IS 'gapless:1:3c53d06c8aee2fa5';

COMMENT ON CONSTRAINT appointments_organization_id_fkey ON {schema}.appointments IS 'gapless:1:6cb6597cf29dad00';

CREATE STATISTICS {schema}.appointments_host_fkey (ndistinct, dependencies)
ON organization_id, host_id FROM {schema}.appointments;

COMMENT ON STATISTICS {schema}.appointments_host_fkey IS 'gapless:1:b3fa487a2e011750';

ALTER TABLE {schema}.organizations ADD COLUMN at_appointments_planned_most xid8;

CREATE FUNCTION {schema}.keep_appointments_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "appointments_key_constant" of table "appointments" is violated',
        CONSTRAINT = 'appointments_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'appointments';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_appointments_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_appointments_key_constant() IS 'gapless:1:13e82a5e2aa4bdcf';

CREATE TRIGGER appointments_key_constant BEFORE UPDATE ON {schema}.appointments
FOR EACH ROW WHEN (NEW.organization_id <> OLD.organization_id OR NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_appointments_key_constant();

COMMENT ON TRIGGER appointments_key_constant ON {schema}.appointments IS 'gapless:1:128dfc075c54deb0';

CREATE FUNCTION {schema}.keep_appointments_created_at_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "appointments_created_at_constant" of table "appointments" is violated',
        CONSTRAINT = 'appointments_created_at_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'appointments';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_appointments_created_at_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_appointments_created_at_constant() IS 'gapless:1:827f12264faaa1b6';

CREATE TRIGGER appointments_created_at_constant BEFORE UPDATE ON {schema}.appointments
FOR EACH ROW WHEN (NEW.created_at <> OLD.created_at) EXECUTE FUNCTION {schema}.keep_appointments_created_at_constant();

COMMENT ON TRIGGER appointments_created_at_constant ON {schema}.appointments IS 'gapless:1:fa8b2ae5590961bb';

CREATE FUNCTION {schema}.keep_appointments_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "appointments_version_step" of table "appointments" is violated',
        CONSTRAINT = 'appointments_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'appointments';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_appointments_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_appointments_version_step() IS 'gapless:1:4d36c4c3a9e0e836';

CREATE TRIGGER appointments_version_step BEFORE UPDATE ON {schema}.appointments
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_appointments_version_step();

COMMENT ON TRIGGER appointments_version_step ON {schema}.appointments IS 'gapless:1:1dcf6fa33ea8e90d';

CREATE FUNCTION {schema}.appointments_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_appointments_planned_most uuid[];
BEGIN
    IF TG_RELID <> '{schema}.appointments'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'INSERT'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function appointments_inserted acts for the triggers of table appointments alone';
    END IF;
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE NOT is_cancelled)
    INTO parents_appointments_planned_most
    FROM new_rows;
    IF cardinality(parents_appointments_planned_most) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_appointments_planned_most)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_appointments_planned_most IS NOT NULL THEN
        UPDATE {schema}.organizations
        SET touches = touches + 1, at_appointments_planned_most = pg_current_xact_id()
        WHERE id = ANY (parents_appointments_planned_most);
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.appointments_inserted() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.appointments_inserted() IS 'gapless:1:33208f17361a3af0';

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.appointments
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.appointments_inserted();

COMMENT ON TRIGGER rules_inserted ON {schema}.appointments IS 'gapless:1:cbd1b379d4c480ca';

CREATE FUNCTION {schema}.appointments_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_appointments_planned_most uuid[];
BEGIN
    IF TG_RELID <> '{schema}.appointments'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function appointments_updated acts for the triggers of table appointments alone';
    END IF;
    SELECT array_agg(DISTINCT organization_id) FILTER (WHERE is_appointments_planned_most AND NOT was_appointments_planned_most)
    INTO parents_appointments_planned_most
    FROM (
        SELECT organization_id, id,
            bool_or(was_appointments_planned_most) AS was_appointments_planned_most,
            bool_or(is_appointments_planned_most) AS is_appointments_planned_most
        FROM (
            SELECT organization_id, id,
                (NOT is_cancelled) IS TRUE AS was_appointments_planned_most,
                false AS is_appointments_planned_most
            FROM old_rows
            UNION ALL
            SELECT organization_id, id,
                false,
                (NOT is_cancelled) IS TRUE
            FROM new_rows
        ) AS versions
        GROUP BY organization_id, id
    ) AS changed;
    IF cardinality(parents_appointments_planned_most) > 1
    THEN
        PERFORM FROM {schema}.organizations
        WHERE id = ANY (parents_appointments_planned_most)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_appointments_planned_most IS NOT NULL THEN
        UPDATE {schema}.organizations
        SET touches = touches + 1, at_appointments_planned_most = pg_current_xact_id()
        WHERE id = ANY (parents_appointments_planned_most);
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.appointments_updated() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.appointments_updated() IS 'gapless:1:eea5901568a2d63f';

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.appointments
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.appointments_updated();

COMMENT ON TRIGGER rules_updated ON {schema}.appointments IS 'gapless:1:0c1a0c9b02f38b86';

CREATE FUNCTION {schema}.judge_appointments_planned_most() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_RELID <> '{schema}.organizations'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'ROW', 'INSERT'), ('AFTER', 'ROW', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function judge_appointments_planned_most acts for the triggers of table organizations alone';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.touches = OLD.touches THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT FROM {schema}.organizations AS parent
        CROSS JOIN LATERAL (SELECT 3
        ) AS bound (most)
        WHERE parent.id = NEW.id AND parent.touches = NEW.touches
            AND parent.at_appointments_planned_most = pg_current_xact_id()
            AND (
                SELECT count(*) FROM (
                    SELECT FROM {schema}.appointments AS child
                    WHERE child.organization_id = parent.id AND (NOT child.is_cancelled) IS TRUE
                    LIMIT least(greatest(bound.most, 0), 9223372036854775806) + 1
                ) AS counted
            ) > bound.most
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "appointments_planned_most" of table "appointments" is violated',
            CONSTRAINT = 'appointments_planned_most', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'appointments';
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.judge_appointments_planned_most() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.judge_appointments_planned_most() IS 'gapless:1:bb959610876cf3b5';

CREATE CONSTRAINT TRIGGER judge_51_appointments_planned_most AFTER INSERT OR UPDATE ON {schema}.organizations
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.at_appointments_planned_most = pg_current_xact_id()) EXECUTE FUNCTION {schema}.judge_appointments_planned_most();

COMMENT ON TRIGGER judge_51_appointments_planned_most ON {schema}.organizations IS 'gapless:1:5d60f506aa5b7d41';
