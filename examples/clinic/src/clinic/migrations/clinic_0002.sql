-- A doctor has eight appointments a day, and not twelve.

DO $$
DECLARE
    gapless_broken text := '';
    gapless_found record;
BEGIN
    SELECT count(*) AS number,
        string_agg(listed.key, ', ' ORDER BY listed.place) FILTER (WHERE listed.place <= 5) AS keys
    INTO gapless_found
    FROM (
        SELECT gapless_row::text AS key, row_number() OVER (ORDER BY gapless_row) AS place
        FROM (
            SELECT parent.clinic, parent.doctor, parent.day
            FROM {schema}.shifts AS parent
            LEFT JOIN (
                SELECT child.clinic, child.doctor, child.day, count(*) AS number
                FROM {schema}.appointments AS child
                WHERE (NOT child.is_cancelled) IS TRUE
                GROUP BY child.clinic, child.doctor, child.day
            ) AS counted ON counted.clinic = parent.clinic AND counted.doctor = parent.doctor AND counted.day = parent.day
            WHERE coalesce(counted.number, 0) > 8
        ) AS gapless_row
    ) AS listed;
    IF gapless_found.number > 0 THEN
        gapless_broken := gapless_broken || '; ' || 'appointments_a_day by ' || gapless_found.number || ' of shifts, with the keys ' || gapless_found.keys;
    END IF;
    IF gapless_broken <> '' THEN
        RAISE EXCEPTION USING ERRCODE = 'RB001', MESSAGE = 'rows break rules that this revision brings: ' || substr(gapless_broken, 3);
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION {schema}.judge_appointments_a_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_RELID <> '{schema}.shifts'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'ROW', 'INSERT'), ('AFTER', 'ROW', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function judge_appointments_a_day acts for the triggers of table shifts alone';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.touches = OLD.touches THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT FROM {schema}.shifts AS parent
        CROSS JOIN LATERAL (SELECT 8
        ) AS bound (most)
        WHERE parent.clinic = NEW.clinic AND parent.doctor = NEW.doctor AND parent.day = NEW.day AND parent.touches = NEW.touches
            AND parent.at_appointments_a_day = pg_current_xact_id()
            AND (
                SELECT count(*) FROM (
                    SELECT FROM {schema}.appointments AS child
                    WHERE child.clinic = parent.clinic AND child.doctor = parent.doctor AND child.day = parent.day AND (NOT child.is_cancelled) IS TRUE
                    LIMIT least(greatest(bound.most, 0), 9223372036854775806) + 1
                ) AS counted
            ) > bound.most
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "appointments_a_day" of table "appointments" is violated',
            CONSTRAINT = 'appointments_a_day', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'appointments';
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.judge_appointments_a_day() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.judge_appointments_a_day() IS 'gapless:1:a16c77d2b4119ab8';

LOCK TABLE {schema}.appointments, {schema}.shifts IN SHARE ROW EXCLUSIVE MODE;

DO $$
DECLARE
    gapless_broken text := '';
    gapless_found record;
BEGIN
    SELECT count(*) AS number,
        string_agg(listed.key, ', ' ORDER BY listed.place) FILTER (WHERE listed.place <= 5) AS keys
    INTO gapless_found
    FROM (
        SELECT gapless_row::text AS key, row_number() OVER (ORDER BY gapless_row) AS place
        FROM (
            SELECT parent.clinic, parent.doctor, parent.day
            FROM {schema}.shifts AS parent
            LEFT JOIN (
                SELECT child.clinic, child.doctor, child.day, count(*) AS number
                FROM {schema}.appointments AS child
                WHERE (NOT child.is_cancelled) IS TRUE
                GROUP BY child.clinic, child.doctor, child.day
            ) AS counted ON counted.clinic = parent.clinic AND counted.doctor = parent.doctor AND counted.day = parent.day
            WHERE coalesce(counted.number, 0) > 8
        ) AS gapless_row
    ) AS listed;
    IF gapless_found.number > 0 THEN
        gapless_broken := gapless_broken || '; ' || 'appointments_a_day by ' || gapless_found.number || ' of shifts, with the keys ' || gapless_found.keys;
    END IF;
    IF gapless_broken <> '' THEN
        RAISE EXCEPTION USING ERRCODE = 'RB001', MESSAGE = 'rows break rules that this revision brings: ' || substr(gapless_broken, 3);
    END IF;
END
$$;
