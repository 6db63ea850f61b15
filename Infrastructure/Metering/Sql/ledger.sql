-- The ledger and what follows from it. Tenant leads every key; no foreign keys between growing tables.

-- Every identity ever taken, also of voided events: the memory against counting twice.
CREATE TABLE event_identity (
    tenant_id int NOT NULL,
    key uuid NOT NULL,
    content_hash bytea NOT NULL,
    time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key)
);

-- The events as sent. Rows are added and marked, never changed.
CREATE TABLE ledger (
    tenant_id int NOT NULL,
    time timestamptz NOT NULL,
    key uuid NOT NULL,
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    subject text COLLATE "C",
    grp text COLLATE "C",
    event json NOT NULL,
    content_hash bytea NOT NULL,
    stored_at timestamptz NOT NULL,
    validation_error text,
    voided_at timestamptz,
    void_reason text,
    voided_by text,
    PRIMARY KEY (tenant_id, time, key)
);
CREATE INDEX ledger_subject ON ledger (tenant_id, subject, time);
CREATE INDEX ledger_group ON ledger (tenant_id, grp, time);
CREATE INDEX ledger_type ON ledger (tenant_id, type, time);
CREATE INDEX ledger_member ON ledger (tenant_id, grp, time) WHERE type IN ('group.member.joined', 'group.member.left', 'group.member.role.changed');

-- One row per meter, scope (1 acting user, 2 named group, 3 carrier), key and hour. Key '' is nobody.
-- sum, min, max: millionths of the unit. moment: sum of value times microseconds since the hour.
CREATE TABLE rollup_hour (
    tenant_id int NOT NULL,
    meter_id int NOT NULL,
    scope smallint NOT NULL,
    key text COLLATE "C" NOT NULL,
    hour timestamptz NOT NULL,
    count bigint NOT NULL,
    sum numeric NOT NULL,
    moment numeric NOT NULL,
    min numeric,
    max numeric,
    PRIMARY KEY (tenant_id, meter_id, scope, key, hour)
);
CREATE INDEX rollup_hour_time ON rollup_hour (tenant_id, meter_id, scope, hour);

-- What stored bytes depend on: input to working out who carries which file.
CREATE TABLE storage_event (
    tenant_id int NOT NULL,
    key uuid NOT NULL,
    time timestamptz NOT NULL,
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    action smallint NOT NULL,
    amount numeric NOT NULL,
    file text COLLATE "C",
    kind text COLLATE "C",
    subject text COLLATE "C",
    grp text COLLATE "C",
    own_carrier text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX storage_event_file ON storage_event (tenant_id, file) WHERE file IS NOT NULL;
CREATE INDEX storage_event_snapshot ON storage_event (tenant_id, own_carrier) WHERE action = 3;

-- The changes of level that follow. Part 0 is the event's own change, others are sides of a move.
CREATE TABLE storage_delta (
    tenant_id int NOT NULL,
    key uuid NOT NULL,
    part smallint NOT NULL,
    time timestamptz NOT NULL,
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    action smallint NOT NULL,
    carrier text COLLATE "C" NOT NULL,
    kind text COLLATE "C",
    delta numeric NOT NULL,
    subject text COLLATE "C",
    grp text COLLATE "C",
    PRIMARY KEY (tenant_id, key, part)
);
CREATE INDEX storage_delta_carrier ON storage_delta (tenant_id, carrier, time);
CREATE INDEX storage_delta_time ON storage_delta (tenant_id, time);
