-- Clinics with their rooms, doctors, shifts and appointments; countries and people.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = 'btree_gist')
    THEN
        CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;
    END IF;
EXCEPTION
    WHEN unique_violation OR duplicate_object THEN
        NULL;
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = pg_catalog.format('Rules of the kind Exclusion need the extension btree_gist, and %1$I has not the right CREATE on the database %2$I to make it: GRANT CREATE ON DATABASE %2$I TO %1$I, or let an administrator run there: CREATE EXTENSION btree_gist',
            current_user, pg_catalog.current_database());
    WHEN invalid_schema_name THEN
        RAISE EXCEPTION USING ERRCODE = '3F000', MESSAGE = pg_catalog.format('Rules of the kind Exclusion need the extension btree_gist, and the database %2$I has no schema public for it: let an administrator run there: CREATE EXTENSION btree_gist SCHEMA and the name of another one',
            current_user, pg_catalog.current_database());
    WHEN feature_not_supported OR undefined_file THEN
        RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = pg_catalog.format('Rules of the kind Exclusion need the extension btree_gist, which is not installed on the server of %2$I: it is one of those that come with PostgreSQL, in some distributions in a package called postgresql-contrib',
            current_user, pg_catalog.current_database());
END
$$;

CREATE TABLE {schema}.countries (
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT countries_code_unique PRIMARY KEY (code),
    CONSTRAINT countries_code_form CHECK (code ~ '^(?:[A-Z]{2})$'),
    CONSTRAINT countries_name_length CHECK (char_length(name) >= 2 AND char_length(name) <= 60)
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT countries_code_unique ON {schema}.countries IS 'gapless:1:e800c82469e94967';

COMMENT ON CONSTRAINT countries_code_form ON {schema}.countries IS 'gapless:1:a2c679c17a5670a1';

COMMENT ON CONSTRAINT countries_name_length ON {schema}.countries IS 'gapless:1:2654b97f04ee3435';

CREATE TABLE {schema}.people (
    register TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    country TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT people_register_unique PRIMARY KEY (register),
    CONSTRAINT people_register_form CHECK (char_length(register) = 7 AND (register ~ '^(?:P[0-9]+)$')),
    CONSTRAINT people_name_shown CHECK (char_length(name) > 80 OR NOT (name ~ E'^(?:[\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffc\\U00013430-\\U0001343f\\U00016fe4\\U0001bca0-\\U0001bca3\\U0001d159\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff]*)\u0024')),
    CONSTRAINT people_name_length CHECK (char_length(name) <= 80),
    CONSTRAINT people_country_fkey FOREIGN KEY(country) REFERENCES {schema}.countries (code) ON DELETE RESTRICT
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT people_register_unique ON {schema}.people IS 'gapless:1:b08f54620b05644a';

COMMENT ON CONSTRAINT people_register_form ON {schema}.people IS 'gapless:1:00c366892ae80675';

COMMENT ON CONSTRAINT people_name_shown ON {schema}.people IS 'gapless:1:6b2b4b0e71118d60';

COMMENT ON CONSTRAINT people_name_length ON {schema}.people IS 'gapless:1:d0844b3623c7275e';

COMMENT ON CONSTRAINT people_country_fkey ON {schema}.people IS 'gapless:1:ccaa75e089848763';

CREATE TABLE {schema}.clinics (
    id INTEGER NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    rooms_quota INTEGER NOT NULL,
    doctors_quota INTEGER NOT NULL,
    version INTEGER NOT NULL,
    last_number BIGINT DEFAULT 0 NOT NULL,
    touches BIGINT DEFAULT 0 NOT NULL,
    at_rooms_quota xid8,
    at_doctors_quota xid8,
    CONSTRAINT clinics_id_unique PRIMARY KEY (id),
    CONSTRAINT clinics_name_length CHECK (char_length(name) >= 2 AND char_length(name) <= 80),
    CONSTRAINT clinics_rooms_quota_range CHECK (rooms_quota >= 0 AND rooms_quota <= 500),
    CONSTRAINT clinics_doctors_quota_range CHECK (doctors_quota >= 0 AND doctors_quota <= 900)
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT clinics_id_unique ON {schema}.clinics IS 'gapless:1:e143af3a9558223a';

COMMENT ON CONSTRAINT clinics_name_length ON {schema}.clinics IS 'gapless:1:3f302614ad0f9975';

COMMENT ON CONSTRAINT clinics_rooms_quota_range ON {schema}.clinics IS 'gapless:1:e80b24f2daf4698d';

COMMENT ON CONSTRAINT clinics_doctors_quota_range ON {schema}.clinics IS 'gapless:1:c65aeeaf581da6d0';

CREATE TABLE {schema}.rooms (
    clinic INTEGER NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT rooms_clinic_code_unique PRIMARY KEY (clinic, code),
    CONSTRAINT rooms_clinic_fkey FOREIGN KEY(clinic) REFERENCES {schema}.clinics (id) ON DELETE CASCADE,
    CONSTRAINT rooms_code_form CHECK (code ~ '^(?:[A-Z][0-9]{1,3})$')
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT rooms_clinic_code_unique ON {schema}.rooms IS 'gapless:1:3ca807a90ac1c66a';

COMMENT ON CONSTRAINT rooms_clinic_fkey ON {schema}.rooms IS 'gapless:1:4ba8165b7fa45c3b';

COMMENT ON CONSTRAINT rooms_code_form ON {schema}.rooms IS 'gapless:1:373ba14ada693d69';

CREATE TABLE {schema}.doctors (
    clinic INTEGER NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    person TEXT COLLATE "C" NOT NULL,
    is_at_work BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT doctors_clinic_code_unique PRIMARY KEY (clinic, code),
    CONSTRAINT doctors_clinic_fkey FOREIGN KEY(clinic) REFERENCES {schema}.clinics (id) ON DELETE CASCADE,
    CONSTRAINT doctors_code_form CHECK (char_length(code) <= 8 AND char_length(code) >= 2 AND (code ~ '^(?:[a-z]+)$')),
    CONSTRAINT doctors_person_form CHECK (char_length(person) = 7 AND (person ~ '^(?:P[0-9]+)$')),
    CONSTRAINT doctors_person_fkey FOREIGN KEY(person) REFERENCES {schema}.people (register) ON DELETE RESTRICT
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT doctors_clinic_code_unique ON {schema}.doctors IS 'gapless:1:8e01e87b36e2dcd8';

COMMENT ON CONSTRAINT doctors_clinic_fkey ON {schema}.doctors IS 'gapless:1:331454c13a4ad474';

COMMENT ON CONSTRAINT doctors_code_form ON {schema}.doctors IS 'gapless:1:662e0b6971937836';

COMMENT ON CONSTRAINT doctors_person_form ON {schema}.doctors IS 'gapless:1:b2c1fadfdd76af45';

COMMENT ON CONSTRAINT doctors_person_fkey ON {schema}.doctors IS 'gapless:1:46b30bac66d43e86';

CREATE STATISTICS {schema}.doctors_person_fkey (ndistinct, dependencies)
ON clinic, person FROM {schema}.doctors;

COMMENT ON STATISTICS {schema}.doctors_person_fkey IS 'gapless:1:1096396bb3371bce';

CREATE UNIQUE INDEX doctors_person_unique ON {schema}.doctors (clinic, person);

COMMENT ON INDEX {schema}.doctors_person_unique IS 'gapless:1:095fab2b103b9626';

CREATE TABLE {schema}.shifts (
    clinic INTEGER NOT NULL,
    doctor TEXT COLLATE "C" NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    is_open BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    touches BIGINT DEFAULT 0 NOT NULL,
    at_appointments_a_day xid8,
    CONSTRAINT shifts_clinic_doctor_day_unique PRIMARY KEY (clinic, doctor, day),
    CONSTRAINT shifts_clinic_fkey FOREIGN KEY(clinic) REFERENCES {schema}.clinics (id) ON DELETE CASCADE,
    CONSTRAINT shifts_doctor_fkey FOREIGN KEY(clinic, doctor) REFERENCES {schema}.doctors (clinic, code) ON DELETE CASCADE,
    CONSTRAINT shifts_doctor_form CHECK (char_length(doctor) <= 8 AND char_length(doctor) >= 2 AND (doctor ~ '^(?:[a-z]+)$')),
    CONSTRAINT shifts_day_form CHECK (day ~ '^(?:20[0-9]{2}-[01][0-9]-[0-3][0-9])$')
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT shifts_clinic_doctor_day_unique ON {schema}.shifts IS 'gapless:1:714b7c11814cf67a';

COMMENT ON CONSTRAINT shifts_clinic_fkey ON {schema}.shifts IS 'gapless:1:ee4359a85c90734d';

COMMENT ON CONSTRAINT shifts_doctor_fkey ON {schema}.shifts IS 'gapless:1:4143adb71b15c608';

COMMENT ON CONSTRAINT shifts_doctor_form ON {schema}.shifts IS 'gapless:1:a30664a661161650';

COMMENT ON CONSTRAINT shifts_day_form ON {schema}.shifts IS 'gapless:1:a6a6b867299240f5';

CREATE STATISTICS {schema}.shifts_doctor_fkey (ndistinct, dependencies)
ON clinic, doctor FROM {schema}.shifts;

COMMENT ON STATISTICS {schema}.shifts_doctor_fkey IS 'gapless:1:03de74e322825402';

CREATE TABLE {schema}.appointments (
    clinic INTEGER NOT NULL,
    number INTEGER NOT NULL,
    doctor TEXT COLLATE "C" NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    room TEXT COLLATE "C" NOT NULL,
    patient TEXT COLLATE "C" NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    is_cancelled BOOLEAN NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT appointments_clinic_number_unique PRIMARY KEY (clinic, number),
    CONSTRAINT appointments_starts_at_storable CHECK (starts_at >= '0001-01-02T00:00:00+00:00' AND starts_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT appointments_ends_at_storable CHECK (ends_at >= '0001-01-02T00:00:00+00:00' AND ends_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT appointments_clinic_fkey FOREIGN KEY(clinic) REFERENCES {schema}.clinics (id) ON DELETE CASCADE,
    CONSTRAINT appointments_shift_fkey FOREIGN KEY(clinic, doctor, day) REFERENCES {schema}.shifts (clinic, doctor, day) ON DELETE RESTRICT,
    CONSTRAINT appointments_room_fkey FOREIGN KEY(clinic, room) REFERENCES {schema}.rooms (clinic, code) ON DELETE RESTRICT,
    CONSTRAINT appointments_doctor_form CHECK (char_length(doctor) <= 8 AND char_length(doctor) >= 2 AND (doctor ~ '^(?:[a-z]+)$')),
    CONSTRAINT appointments_room_form CHECK (room ~ '^(?:[A-Z][0-9]{1,3})$'),
    CONSTRAINT appointments_patient_length CHECK (char_length(patient) >= 2 AND char_length(patient) <= 80),
    CONSTRAINT appointments_period CHECK (starts_at < ends_at)
)
 WITH (fillfactor = 85);

COMMENT ON CONSTRAINT appointments_starts_at_storable ON {schema}.appointments IS 'gapless:1:09370fd3a1d378c7';

COMMENT ON CONSTRAINT appointments_ends_at_storable ON {schema}.appointments IS 'gapless:1:9bdcba57768a6826';

COMMENT ON CONSTRAINT appointments_clinic_number_unique ON {schema}.appointments IS 'gapless:1:e85391af2552ffb3';

COMMENT ON CONSTRAINT appointments_clinic_fkey ON {schema}.appointments IS 'gapless:1:a926bdb8d2f7195a';

COMMENT ON CONSTRAINT appointments_shift_fkey ON {schema}.appointments IS 'gapless:1:566d743e7ac91648';

COMMENT ON CONSTRAINT appointments_room_fkey ON {schema}.appointments IS 'gapless:1:93566569fbc08edb';

COMMENT ON CONSTRAINT appointments_doctor_form ON {schema}.appointments IS 'gapless:1:ed783f7c4f4b6caa';

COMMENT ON CONSTRAINT appointments_room_form ON {schema}.appointments IS 'gapless:1:53b6feef7474925c';

COMMENT ON CONSTRAINT appointments_patient_length ON {schema}.appointments IS 'gapless:1:590926de54305b3d';

COMMENT ON CONSTRAINT appointments_period ON {schema}.appointments IS 'gapless:1:4d097d7cdcbd1c94';

CREATE STATISTICS {schema}.appointments_shift_fkey (ndistinct, dependencies)
ON clinic, doctor, day FROM {schema}.appointments;

COMMENT ON STATISTICS {schema}.appointments_shift_fkey IS 'gapless:1:31315c43345cb9f4';

CREATE STATISTICS {schema}.appointments_room_fkey (ndistinct, dependencies)
ON clinic, room FROM {schema}.appointments;

COMMENT ON STATISTICS {schema}.appointments_room_fkey IS 'gapless:1:b5bed492792af674';

ALTER TABLE {schema}.appointments
ADD CONSTRAINT appointments_doctor_is_free EXCLUDE USING gist (clinic WITH =, doctor WITH =, pg_catalog.tstzrange(starts_at, ends_at, '[)') WITH &&) WHERE (NOT is_cancelled);

COMMENT ON CONSTRAINT appointments_doctor_is_free ON {schema}.appointments IS 'gapless:1:23e776a56926a81d';

ALTER TABLE {schema}.appointments
ADD CONSTRAINT appointments_room_is_free EXCLUDE USING gist (clinic WITH =, room WITH =, pg_catalog.tstzrange(starts_at, ends_at, '[)') WITH &&) WHERE (NOT is_cancelled);

COMMENT ON CONSTRAINT appointments_room_is_free ON {schema}.appointments IS 'gapless:1:2c79f957c22c0e14';

CREATE TABLE {schema}.erasures (
    root_id INTEGER NOT NULL,
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
    root_id INTEGER,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C",
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
    CONSTRAINT audit_archive_id_unique PRIMARY KEY (id),
    CONSTRAINT audit_archive_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT audit_archive_before_storable CHECK (CASE WHEN jsonb_typeof(before) <> 'object' OR jsonb_path_exists(before, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(before, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT audit_archive_after_storable CHECK (CASE WHEN jsonb_typeof(after) <> 'object' OR jsonb_path_exists(after, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(after, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT audit_archive_metadata_storable CHECK (CASE WHEN jsonb_typeof(metadata) <> 'object' OR jsonb_path_exists(metadata, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(metadata, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT audit_archive_recorded_at_storable CHECK (recorded_at >= '0001-01-02T00:00:00+00:00' AND recorded_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT audit_archive_actor_kind_known CHECK (actor_kind IN ('user', 'system')),
    CONSTRAINT audit_archive_user_id_length CHECK (char_length(user_id) <= 200),
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

COMMENT ON CONSTRAINT audit_archive_id_unique ON {schema}.audit_archive IS 'gapless:1:cdb07528dfae8048';

COMMENT ON CONSTRAINT audit_archive_user_id_length ON {schema}.audit_archive IS 'gapless:1:efb2873b5cd25b2d';

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
    root_id INTEGER,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C",
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
    CONSTRAINT audit_logs_id_unique PRIMARY KEY (id),
    CONSTRAINT audit_logs_created_at_storable CHECK (created_at >= '0001-01-02T00:00:00+00:00' AND created_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT audit_logs_before_storable CHECK (CASE WHEN jsonb_typeof(before) <> 'object' OR jsonb_path_exists(before, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(before, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT audit_logs_after_storable CHECK (CASE WHEN jsonb_typeof(after) <> 'object' OR jsonb_path_exists(after, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(after, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT audit_logs_metadata_storable CHECK (CASE WHEN jsonb_typeof(metadata) <> 'object' OR jsonb_path_exists(metadata, 'strict $.**{64}') THEN false ELSE NOT jsonb_path_exists(metadata, 'strict $.** ? (@ >= 9007199254740991.5 || @ <= -9007199254740991.5)') END),
    CONSTRAINT audit_logs_recorded_at_storable CHECK (recorded_at >= '0001-01-02T00:00:00+00:00' AND recorded_at <= '9999-12-30T23:59:59.999999+00:00'),
    CONSTRAINT audit_logs_actor_kind_known CHECK (actor_kind IN ('user', 'system')),
    CONSTRAINT audit_logs_user_id_length CHECK (char_length(user_id) <= 200),
    CONSTRAINT audit_logs_action_length CHECK (char_length(action) >= 1 AND char_length(action) <= 100),
    CONSTRAINT audit_logs_resource_type_length CHECK (char_length(resource_type) >= 1 AND char_length(resource_type) <= 50),
    CONSTRAINT audit_logs_resource_id_length CHECK (char_length(resource_id) >= 1 AND char_length(resource_id) <= 200),
    CONSTRAINT audit_logs_job_length CHECK (char_length(job) <= 500),
    CONSTRAINT audit_logs_ip_address_length CHECK (char_length(ip_address) <= 500),
    CONSTRAINT audit_logs_user_agent_length CHECK (char_length(user_agent) <= 500),
    CONSTRAINT audit_logs_actor_named CHECK (actor_kind = 'user' AND user_id IS NOT NULL AND job IS NULL OR actor_kind = 'system' AND user_id IS NULL AND job IS NOT NULL),
    CONSTRAINT audit_logs_root_id_fkey FOREIGN KEY(root_id) REFERENCES {schema}.clinics (id) ON DELETE CASCADE
);

COMMENT ON CONSTRAINT audit_logs_created_at_storable ON {schema}.audit_logs IS 'gapless:1:95fa6dc96b650f8f';

COMMENT ON CONSTRAINT audit_logs_before_storable ON {schema}.audit_logs IS 'gapless:1:19fa151eb42056ba';

COMMENT ON CONSTRAINT audit_logs_after_storable ON {schema}.audit_logs IS 'gapless:1:1c34ee4f87b44599';

COMMENT ON CONSTRAINT audit_logs_metadata_storable ON {schema}.audit_logs IS 'gapless:1:14065155384f4389';

COMMENT ON CONSTRAINT audit_logs_recorded_at_storable ON {schema}.audit_logs IS 'gapless:1:a240d2575785fac4';

COMMENT ON CONSTRAINT audit_logs_actor_kind_known ON {schema}.audit_logs IS 'gapless:1:1b85203b99d9b9da';

COMMENT ON CONSTRAINT audit_logs_id_unique ON {schema}.audit_logs IS 'gapless:1:d01a836c713a8946';

COMMENT ON CONSTRAINT audit_logs_user_id_length ON {schema}.audit_logs IS 'gapless:1:90fda6bb9831b13d';

COMMENT ON CONSTRAINT audit_logs_action_length ON {schema}.audit_logs IS 'gapless:1:d281a37084a0a20b';

COMMENT ON CONSTRAINT audit_logs_resource_type_length ON {schema}.audit_logs IS 'gapless:1:b1d5232605bb1c31';

COMMENT ON CONSTRAINT audit_logs_resource_id_length ON {schema}.audit_logs IS 'gapless:1:e6a759c57095ee04';

COMMENT ON CONSTRAINT audit_logs_job_length ON {schema}.audit_logs IS 'gapless:1:2b866d03731633c0';

COMMENT ON CONSTRAINT audit_logs_ip_address_length ON {schema}.audit_logs IS 'gapless:1:2b88f404ae5eee3d';

COMMENT ON CONSTRAINT audit_logs_user_agent_length ON {schema}.audit_logs IS 'gapless:1:0e6cead7e5c10955';

COMMENT ON CONSTRAINT audit_logs_actor_named ON {schema}.audit_logs IS 'gapless:1:1341eb4fde37afc8';

COMMENT ON CONSTRAINT audit_logs_root_id_fkey ON {schema}.audit_logs IS 'gapless:1:010fcc2b143c5984';

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
    root_id INTEGER,
    id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    payload JSONB NOT NULL,
    attempts INTEGER NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    claim UUID,
    version INTEGER NOT NULL,
    CONSTRAINT outbox_id_unique PRIMARY KEY (id),
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

COMMENT ON CONSTRAINT outbox_id_unique ON {schema}.outbox IS 'gapless:1:477925d56dd871d3';

COMMENT ON CONSTRAINT outbox_kind_length ON {schema}.outbox IS 'gapless:1:dcb76eb6c1483760';

COMMENT ON CONSTRAINT outbox_attempts_not_negative ON {schema}.outbox IS 'gapless:1:fc4cba3aa8214d0b';

CREATE INDEX idx_outbox_due_at ON {schema}.outbox (due_at);

COMMENT ON INDEX {schema}.idx_outbox_due_at IS 'gapless:1:dfa82d73b066ecbd';

CREATE INDEX idx_outbox_claim ON {schema}.outbox (claim);

COMMENT ON INDEX {schema}.idx_outbox_claim IS 'gapless:1:3cb3c3996675e4a1';

CREATE FUNCTION {schema}.lock_clinic(integer) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM {schema}.clinics WHERE id = $1 FOR NO KEY UPDATE;
    RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION {schema}.lock_clinic(integer) FROM PUBLIC;

COMMENT ON FUNCTION {schema}.lock_clinic(integer) IS 'gapless:1:7c7395a4e09fc9c5';

CREATE FUNCTION {schema}.keep_countries_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "countries_key_constant" of table "countries" is violated',
        CONSTRAINT = 'countries_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'countries';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_countries_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_countries_key_constant() IS 'gapless:1:6e8845c1674ae012';

CREATE TRIGGER countries_key_constant BEFORE UPDATE ON {schema}.countries
FOR EACH ROW WHEN (NEW.code <> OLD.code) EXECUTE FUNCTION {schema}.keep_countries_key_constant();

COMMENT ON TRIGGER countries_key_constant ON {schema}.countries IS 'gapless:1:998026f2eb50c3a8';

CREATE FUNCTION {schema}.keep_countries_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "countries_version_step" of table "countries" is violated',
        CONSTRAINT = 'countries_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'countries';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_countries_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_countries_version_step() IS 'gapless:1:bfe697aa46630681';

CREATE TRIGGER countries_version_step BEFORE UPDATE ON {schema}.countries
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_countries_version_step();

COMMENT ON TRIGGER countries_version_step ON {schema}.countries IS 'gapless:1:22b9ff1143b58447';

CREATE FUNCTION {schema}.keep_people_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "people_key_constant" of table "people" is violated',
        CONSTRAINT = 'people_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'people';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_people_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_people_key_constant() IS 'gapless:1:2d0bf0aff337c9b6';

CREATE TRIGGER people_key_constant BEFORE UPDATE ON {schema}.people
FOR EACH ROW WHEN (NEW.register <> OLD.register) EXECUTE FUNCTION {schema}.keep_people_key_constant();

COMMENT ON TRIGGER people_key_constant ON {schema}.people IS 'gapless:1:0057700eafd56824';

CREATE FUNCTION {schema}.keep_people_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "people_version_step" of table "people" is violated',
        CONSTRAINT = 'people_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'people';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_people_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_people_version_step() IS 'gapless:1:3058d9c186214667';

CREATE TRIGGER people_version_step BEFORE UPDATE ON {schema}.people
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_people_version_step();

COMMENT ON TRIGGER people_version_step ON {schema}.people IS 'gapless:1:9942691f7dd6189b';

CREATE FUNCTION {schema}.keep_clinics_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "clinics_key_constant" of table "clinics" is violated',
        CONSTRAINT = 'clinics_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'clinics';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_clinics_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_clinics_key_constant() IS 'gapless:1:ff6dacbf3265c369';

CREATE TRIGGER clinics_key_constant BEFORE UPDATE ON {schema}.clinics
FOR EACH ROW WHEN (NEW.id <> OLD.id) EXECUTE FUNCTION {schema}.keep_clinics_key_constant();

COMMENT ON TRIGGER clinics_key_constant ON {schema}.clinics IS 'gapless:1:c34e36e0c7c8a8dd';

CREATE FUNCTION {schema}.keep_clinics_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "clinics_version_step" of table "clinics" is violated',
        CONSTRAINT = 'clinics_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'clinics';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_clinics_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_clinics_version_step() IS 'gapless:1:1d10f9eec728de39';

CREATE TRIGGER clinics_version_step BEFORE UPDATE ON {schema}.clinics
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_clinics_version_step();

COMMENT ON TRIGGER clinics_version_step ON {schema}.clinics IS 'gapless:1:b8e9fe36be1b8b4f';

CREATE FUNCTION {schema}.keep_rooms_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "rooms_key_constant" of table "rooms" is violated',
        CONSTRAINT = 'rooms_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'rooms';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_rooms_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_rooms_key_constant() IS 'gapless:1:b83ca3d5a061b833';

CREATE TRIGGER rooms_key_constant BEFORE UPDATE ON {schema}.rooms
FOR EACH ROW WHEN (NEW.clinic <> OLD.clinic OR NEW.code <> OLD.code) EXECUTE FUNCTION {schema}.keep_rooms_key_constant();

COMMENT ON TRIGGER rooms_key_constant ON {schema}.rooms IS 'gapless:1:3af1fe6fd9c6590c';

CREATE FUNCTION {schema}.keep_rooms_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "rooms_version_step" of table "rooms" is violated',
        CONSTRAINT = 'rooms_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'rooms';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_rooms_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_rooms_version_step() IS 'gapless:1:e407d5d6ac932f9d';

CREATE TRIGGER rooms_version_step BEFORE UPDATE ON {schema}.rooms
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_rooms_version_step();

COMMENT ON TRIGGER rooms_version_step ON {schema}.rooms IS 'gapless:1:8f72881f268b54cc';

CREATE FUNCTION {schema}.rooms_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_rooms_quota integer[];
BEGIN
    IF TG_RELID <> '{schema}.rooms'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'INSERT'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function rooms_inserted acts for the triggers of table rooms alone';
    END IF;
    SELECT array_agg(DISTINCT clinic) FILTER (WHERE true)
    INTO parents_rooms_quota
    FROM new_rows;
    IF cardinality(parents_rooms_quota) > 1
    THEN
        PERFORM FROM {schema}.clinics
        WHERE id = ANY (parents_rooms_quota)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_rooms_quota IS NOT NULL THEN
        UPDATE {schema}.clinics
        SET touches = touches + 1, at_rooms_quota = pg_current_xact_id()
        WHERE id = ANY (parents_rooms_quota);
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.rooms_inserted() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.rooms_inserted() IS 'gapless:1:ec480c1aa5b52c6b';

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.rooms
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.rooms_inserted();

COMMENT ON TRIGGER rules_inserted ON {schema}.rooms IS 'gapless:1:1b99ba021d6d6e71';

CREATE FUNCTION {schema}.rooms_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_rooms_quota integer[];
BEGIN
    IF TG_RELID <> '{schema}.rooms'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function rooms_updated acts for the triggers of table rooms alone';
    END IF;
    SELECT array_agg(DISTINCT clinic) FILTER (WHERE is_rooms_quota AND NOT was_rooms_quota)
    INTO parents_rooms_quota
    FROM (
        SELECT clinic, code,
            bool_or(was_rooms_quota) AS was_rooms_quota,
            bool_or(is_rooms_quota) AS is_rooms_quota
        FROM (
            SELECT clinic, code,
                (true) IS TRUE AS was_rooms_quota,
                false AS is_rooms_quota
            FROM old_rows
            UNION ALL
            SELECT clinic, code,
                false,
                (true) IS TRUE
            FROM new_rows
        ) AS versions
        GROUP BY clinic, code
    ) AS changed;
    IF cardinality(parents_rooms_quota) > 1
    THEN
        PERFORM FROM {schema}.clinics
        WHERE id = ANY (parents_rooms_quota)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_rooms_quota IS NOT NULL THEN
        UPDATE {schema}.clinics
        SET touches = touches + 1, at_rooms_quota = pg_current_xact_id()
        WHERE id = ANY (parents_rooms_quota);
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.rooms_updated() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.rooms_updated() IS 'gapless:1:716c55a2f7b158a2';

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.rooms
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.rooms_updated();

COMMENT ON TRIGGER rules_updated ON {schema}.rooms IS 'gapless:1:633ed890f313a7c4';

CREATE FUNCTION {schema}.keep_doctors_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "doctors_key_constant" of table "doctors" is violated',
        CONSTRAINT = 'doctors_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'doctors';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_doctors_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_doctors_key_constant() IS 'gapless:1:38d5d48aa726acdb';

CREATE TRIGGER doctors_key_constant BEFORE UPDATE ON {schema}.doctors
FOR EACH ROW WHEN (NEW.clinic <> OLD.clinic OR NEW.code <> OLD.code) EXECUTE FUNCTION {schema}.keep_doctors_key_constant();

COMMENT ON TRIGGER doctors_key_constant ON {schema}.doctors IS 'gapless:1:b4c2b3d4140466a0';

CREATE FUNCTION {schema}.keep_doctors_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "doctors_version_step" of table "doctors" is violated',
        CONSTRAINT = 'doctors_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'doctors';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_doctors_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_doctors_version_step() IS 'gapless:1:2b2dc9e29e26696b';

CREATE TRIGGER doctors_version_step BEFORE UPDATE ON {schema}.doctors
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_doctors_version_step();

COMMENT ON TRIGGER doctors_version_step ON {schema}.doctors IS 'gapless:1:a4b1de0eb7354fa9';

CREATE FUNCTION {schema}.doctors_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_doctors_quota integer[];
BEGIN
    IF TG_RELID <> '{schema}.doctors'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'INSERT'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function doctors_inserted acts for the triggers of table doctors alone';
    END IF;
    SELECT array_agg(DISTINCT clinic) FILTER (WHERE is_at_work)
    INTO parents_doctors_quota
    FROM new_rows;
    IF cardinality(parents_doctors_quota) > 1
    THEN
        PERFORM FROM {schema}.clinics
        WHERE id = ANY (parents_doctors_quota)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_doctors_quota IS NOT NULL THEN
        UPDATE {schema}.clinics
        SET touches = touches + 1, at_doctors_quota = pg_current_xact_id()
        WHERE id = ANY (parents_doctors_quota);
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.doctors_inserted() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.doctors_inserted() IS 'gapless:1:d3d46db7a203bc6b';

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.doctors
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.doctors_inserted();

COMMENT ON TRIGGER rules_inserted ON {schema}.doctors IS 'gapless:1:552528c430a28d30';

CREATE FUNCTION {schema}.doctors_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_doctors_quota integer[];
BEGIN
    IF TG_RELID <> '{schema}.doctors'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function doctors_updated acts for the triggers of table doctors alone';
    END IF;
    SELECT array_agg(DISTINCT clinic) FILTER (WHERE is_doctors_quota AND NOT was_doctors_quota)
    INTO parents_doctors_quota
    FROM (
        SELECT clinic, code,
            bool_or(was_doctors_quota) AS was_doctors_quota,
            bool_or(is_doctors_quota) AS is_doctors_quota
        FROM (
            SELECT clinic, code,
                (is_at_work) IS TRUE AS was_doctors_quota,
                false AS is_doctors_quota
            FROM old_rows
            UNION ALL
            SELECT clinic, code,
                false,
                (is_at_work) IS TRUE
            FROM new_rows
        ) AS versions
        GROUP BY clinic, code
    ) AS changed;
    IF cardinality(parents_doctors_quota) > 1
    THEN
        PERFORM FROM {schema}.clinics
        WHERE id = ANY (parents_doctors_quota)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;
    IF parents_doctors_quota IS NOT NULL THEN
        UPDATE {schema}.clinics
        SET touches = touches + 1, at_doctors_quota = pg_current_xact_id()
        WHERE id = ANY (parents_doctors_quota);
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.doctors_updated() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.doctors_updated() IS 'gapless:1:5ff3290ad68a1fde';

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.doctors
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.doctors_updated();

COMMENT ON TRIGGER rules_updated ON {schema}.doctors IS 'gapless:1:067ea0bea6a17511';

CREATE FUNCTION {schema}.keep_shifts_key_constant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "shifts_key_constant" of table "shifts" is violated',
        CONSTRAINT = 'shifts_key_constant', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'shifts';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_shifts_key_constant() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_shifts_key_constant() IS 'gapless:1:8967fdf0ca7e5a05';

CREATE TRIGGER shifts_key_constant BEFORE UPDATE ON {schema}.shifts
FOR EACH ROW WHEN (NEW.clinic <> OLD.clinic OR NEW.doctor <> OLD.doctor OR NEW.day <> OLD.day) EXECUTE FUNCTION {schema}.keep_shifts_key_constant();

COMMENT ON TRIGGER shifts_key_constant ON {schema}.shifts IS 'gapless:1:223b795fe7f2a5a3';

CREATE FUNCTION {schema}.keep_shifts_version_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "shifts_version_step" of table "shifts" is violated',
        CONSTRAINT = 'shifts_version_step', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'shifts';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_shifts_version_step() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_shifts_version_step() IS 'gapless:1:0cb0a01872825a48';

CREATE TRIGGER shifts_version_step BEFORE UPDATE ON {schema}.shifts
FOR EACH ROW WHEN (NEW.version < OLD.version OR (NEW.version > OLD.version AND NEW.version - 1 > OLD.version)) EXECUTE FUNCTION {schema}.keep_shifts_version_step();

COMMENT ON TRIGGER shifts_version_step ON {schema}.shifts IS 'gapless:1:7896f481188fe53e';

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
FOR EACH ROW WHEN (NEW.clinic <> OLD.clinic OR NEW.number <> OLD.number) EXECUTE FUNCTION {schema}.keep_appointments_key_constant();

COMMENT ON TRIGGER appointments_key_constant ON {schema}.appointments IS 'gapless:1:87d42245ea30cc75';

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
    parents_appointments_open jsonb[];
    parents_appointments_a_day jsonb[];
BEGIN
    IF TG_RELID <> '{schema}.appointments'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'INSERT'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function appointments_inserted acts for the triggers of table appointments alone';
    END IF;
    SELECT array_agg(DISTINCT jsonb_build_array(clinic, doctor, day)) FILTER (WHERE true),
        array_agg(DISTINCT jsonb_build_array(clinic, doctor, day)) FILTER (WHERE NOT is_cancelled)
    INTO parents_appointments_open, parents_appointments_a_day
    FROM new_rows;
    IF parents_appointments_open IS NOT NULL
        OR cardinality(parents_appointments_open || parents_appointments_a_day) > 1
    THEN
        PERFORM FROM {schema}.shifts
        WHERE (clinic, doctor, day) IN (SELECT (listed.key ->> 0)::integer, (listed.key ->> 1)::text, (listed.key ->> 2)::text FROM unnest(parents_appointments_open || parents_appointments_a_day) AS listed (key))
        ORDER BY clinic, doctor, day FOR NO KEY UPDATE;
    END IF;
    IF parents_appointments_open IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.shifts AS parent
            WHERE (parent.clinic, parent.doctor, parent.day) IN (SELECT (listed.key ->> 0)::integer, (listed.key ->> 1)::text, (listed.key ->> 2)::text FROM unnest(parents_appointments_open) AS listed (key)) AND (parent.is_open) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "appointments_open" of table "appointments" is violated',
                CONSTRAINT = 'appointments_open', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'appointments';
        END IF;
    END IF;
    IF parents_appointments_a_day IS NOT NULL THEN
        UPDATE {schema}.shifts
        SET touches = touches + 1, at_appointments_a_day = pg_current_xact_id()
        WHERE (clinic, doctor, day) IN (SELECT (listed.key ->> 0)::integer, (listed.key ->> 1)::text, (listed.key ->> 2)::text FROM unnest(parents_appointments_a_day) AS listed (key));
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.appointments_inserted() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.appointments_inserted() IS 'gapless:1:51a0c4733143e5e1';

CREATE TRIGGER rules_inserted AFTER INSERT ON {schema}.appointments
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.appointments_inserted();

COMMENT ON TRIGGER rules_inserted ON {schema}.appointments IS 'gapless:1:cbd1b379d4c480ca';

CREATE FUNCTION {schema}.appointments_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    parents_appointments_open jsonb[];
    parents_appointments_a_day jsonb[];
BEGIN
    IF TG_RELID <> '{schema}.appointments'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'STATEMENT', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function appointments_updated acts for the triggers of table appointments alone';
    END IF;
    SELECT array_agg(DISTINCT jsonb_build_array(clinic, doctor, day)) FILTER (WHERE is_appointments_open AND NOT was_appointments_open),
        array_agg(DISTINCT jsonb_build_array(clinic, doctor, day)) FILTER (WHERE is_appointments_a_day AND NOT was_appointments_a_day)
    INTO parents_appointments_open, parents_appointments_a_day
    FROM (
        SELECT clinic, doctor, day, number,
            bool_or(was_appointments_open) AS was_appointments_open,
            bool_or(is_appointments_open) AS is_appointments_open,
            bool_or(was_appointments_a_day) AS was_appointments_a_day,
            bool_or(is_appointments_a_day) AS is_appointments_a_day
        FROM (
            SELECT clinic, doctor, day, number,
                (NOT is_cancelled) IS TRUE AS was_appointments_open,
                false AS is_appointments_open,
                (NOT is_cancelled) IS TRUE AS was_appointments_a_day,
                false AS is_appointments_a_day
            FROM old_rows
            UNION ALL
            SELECT clinic, doctor, day, number,
                false,
                (NOT is_cancelled) IS TRUE,
                false,
                (NOT is_cancelled) IS TRUE
            FROM new_rows
        ) AS versions
        GROUP BY clinic, doctor, day, number
    ) AS changed;
    IF parents_appointments_open IS NOT NULL
        OR cardinality(parents_appointments_open || parents_appointments_a_day) > 1
    THEN
        PERFORM FROM {schema}.shifts
        WHERE (clinic, doctor, day) IN (SELECT (listed.key ->> 0)::integer, (listed.key ->> 1)::text, (listed.key ->> 2)::text FROM unnest(parents_appointments_open || parents_appointments_a_day) AS listed (key))
        ORDER BY clinic, doctor, day FOR NO KEY UPDATE;
    END IF;
    IF parents_appointments_open IS NOT NULL THEN
        IF EXISTS (
            SELECT FROM {schema}.shifts AS parent
            WHERE (parent.clinic, parent.doctor, parent.day) IN (SELECT (listed.key ->> 0)::integer, (listed.key ->> 1)::text, (listed.key ->> 2)::text FROM unnest(parents_appointments_open) AS listed (key)) AND (parent.is_open) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "appointments_open" of table "appointments" is violated',
                CONSTRAINT = 'appointments_open', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'appointments';
        END IF;
    END IF;
    IF parents_appointments_a_day IS NOT NULL THEN
        UPDATE {schema}.shifts
        SET touches = touches + 1, at_appointments_a_day = pg_current_xact_id()
        WHERE (clinic, doctor, day) IN (SELECT (listed.key ->> 0)::integer, (listed.key ->> 1)::text, (listed.key ->> 2)::text FROM unnest(parents_appointments_a_day) AS listed (key));
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.appointments_updated() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.appointments_updated() IS 'gapless:1:473e935eee676a19';

CREATE TRIGGER rules_updated AFTER UPDATE ON {schema}.appointments
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {schema}.appointments_updated();

COMMENT ON TRIGGER rules_updated ON {schema}.appointments IS 'gapless:1:0c1a0c9b02f38b86';

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
        IF OLD.root_id IS NOT NULL AND NOT EXISTS (SELECT FROM {schema}.clinics WHERE id = OLD.root_id) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION USING ERRCODE = '23001', MESSAGE = 'rule "audit_logs_append_only" of table "audit_logs" is violated',
        CONSTRAINT = 'audit_logs_append_only', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'audit_logs';
END
$$;

REVOKE ALL ON FUNCTION {schema}.keep_audit_logs_append_only() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.keep_audit_logs_append_only() IS 'gapless:1:b7f3d71c85cf8ae7';

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
        WHERE archived.id = old_rows.id
        AND archived.root_id IS NOT DISTINCT FROM old_rows.root_id
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

COMMENT ON FUNCTION {schema}.archive_audit_logs() IS 'gapless:1:dd62a39334d2446e';

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
    IF NEW.root_id IS NULL THEN
        NEW.number := 0;
    ELSE
        SELECT parent.last_number INTO gapless_counted
        FROM {schema}.clinics AS parent
        WHERE parent.id = NEW.root_id FOR NO KEY UPDATE;
        SELECT greatest(
            (SELECT max(numbered.number) FROM {schema}.audit_logs AS numbered
                WHERE numbered.root_id = NEW.root_id)
        ) INTO gapless_greatest;
        NEW.number := coalesce(greatest(gapless_counted, gapless_greatest), 0) + 1;
    END IF;
    NEW.recorded_at := clock_timestamp();
    RETURN NEW;
END
$$;

REVOKE ALL ON FUNCTION {schema}.fill_audit_logs() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.fill_audit_logs() IS 'gapless:1:50567f9a1fb8ed5e';

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
        UPDATE {schema}.clinics AS parent SET last_number = gapless_numbered.last
        WHERE parent.id = gapless_numbered.parent
            AND parent.last_number < gapless_numbered.last;
    END LOOP;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.count_audit_logs() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.count_audit_logs() IS 'gapless:1:191e874578f8ab2f';

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
FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.root_id <> OLD.root_id OR (NEW.root_id IS NULL) <> (OLD.root_id IS NULL)) EXECUTE FUNCTION {schema}.keep_outbox_key_constant();

COMMENT ON TRIGGER outbox_key_constant ON {schema}.outbox IS 'gapless:1:8b21956581b85a6b';

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

CREATE FUNCTION {schema}.judge_rooms_quota() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_RELID <> '{schema}.clinics'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'ROW', 'INSERT'), ('AFTER', 'ROW', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function judge_rooms_quota acts for the triggers of table clinics alone';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.touches = OLD.touches THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT FROM {schema}.clinics AS parent
        CROSS JOIN LATERAL (SELECT parent.rooms_quota
        ) AS bound (most)
        WHERE parent.id = NEW.id AND parent.touches = NEW.touches
            AND parent.at_rooms_quota = pg_current_xact_id()
            AND (
                SELECT count(*) FROM (
                    SELECT FROM {schema}.rooms AS child
                    WHERE child.clinic = parent.id
                    LIMIT least(greatest(bound.most, 0), 9223372036854775806) + 1
                ) AS counted
            ) > bound.most
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "rooms_quota" of table "rooms" is violated',
            CONSTRAINT = 'rooms_quota', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'rooms';
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.judge_rooms_quota() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.judge_rooms_quota() IS 'gapless:1:142a5be4fdcc7767';

CREATE CONSTRAINT TRIGGER judge_51_rooms_quota AFTER INSERT OR UPDATE ON {schema}.clinics
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.at_rooms_quota = pg_current_xact_id()) EXECUTE FUNCTION {schema}.judge_rooms_quota();

COMMENT ON TRIGGER judge_51_rooms_quota ON {schema}.clinics IS 'gapless:1:a3f0272aec052926';

CREATE FUNCTION {schema}.judge_doctors_quota() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_RELID <> '{schema}.clinics'::pg_catalog.regclass
        OR (TG_WHEN, TG_LEVEL, TG_OP) NOT IN (('AFTER', 'ROW', 'INSERT'), ('AFTER', 'ROW', 'UPDATE'))
    THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'function judge_doctors_quota acts for the triggers of table clinics alone';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.touches = OLD.touches THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        SELECT FROM {schema}.clinics AS parent
        CROSS JOIN LATERAL (SELECT parent.doctors_quota
        ) AS bound (most)
        WHERE parent.id = NEW.id AND parent.touches = NEW.touches
            AND parent.at_doctors_quota = pg_current_xact_id()
            AND (
                SELECT count(*) FROM (
                    SELECT FROM {schema}.doctors AS child
                    WHERE child.clinic = parent.id AND (child.is_at_work) IS TRUE
                    LIMIT least(greatest(bound.most, 0), 9223372036854775806) + 1
                ) AS counted
            ) > bound.most
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', MESSAGE = 'rule "doctors_quota" of table "doctors" is violated',
            CONSTRAINT = 'doctors_quota', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'doctors';
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION {schema}.judge_doctors_quota() FROM PUBLIC;

COMMENT ON FUNCTION {schema}.judge_doctors_quota() IS 'gapless:1:ca141365adb6942f';

CREATE CONSTRAINT TRIGGER judge_52_doctors_quota AFTER INSERT OR UPDATE ON {schema}.clinics
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.at_doctors_quota = pg_current_xact_id()) EXECUTE FUNCTION {schema}.judge_doctors_quota();

COMMENT ON TRIGGER judge_52_doctors_quota ON {schema}.clinics IS 'gapless:1:fbd7e7ada0442844';

CREATE FUNCTION {schema}.judge_appointments_a_day() RETURNS trigger
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
        CROSS JOIN LATERAL (SELECT 12
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

COMMENT ON FUNCTION {schema}.judge_appointments_a_day() IS 'gapless:1:202480cd79070b79';

CREATE CONSTRAINT TRIGGER judge_53_appointments_a_day AFTER INSERT OR UPDATE ON {schema}.shifts
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.at_appointments_a_day = pg_current_xact_id()) EXECUTE FUNCTION {schema}.judge_appointments_a_day();

COMMENT ON TRIGGER judge_53_appointments_a_day ON {schema}.shifts IS 'gapless:1:d34144fe2268159f';
