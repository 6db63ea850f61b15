-- What hours add up to, up to meter.tiered_until. The columns are those of rollup_hour; a moment counts from the start of its span.

CREATE TABLE rollup_day (
    tenant_id int NOT NULL,
    meter_id int NOT NULL,
    scope smallint NOT NULL,
    key text COLLATE "C" NOT NULL,
    day timestamptz NOT NULL,
    count bigint NOT NULL,
    sum numeric NOT NULL,
    moment numeric NOT NULL,
    min numeric,
    max numeric,
    PRIMARY KEY (tenant_id, meter_id, scope, key, day)
);
CREATE INDEX rollup_day_time ON rollup_day (tenant_id, meter_id, scope, day);

CREATE TABLE rollup_month (
    tenant_id int NOT NULL,
    meter_id int NOT NULL,
    scope smallint NOT NULL,
    key text COLLATE "C" NOT NULL,
    month timestamptz NOT NULL,
    count bigint NOT NULL,
    sum numeric NOT NULL,
    moment numeric NOT NULL,
    min numeric,
    max numeric,
    PRIMARY KEY (tenant_id, meter_id, scope, key, month)
);
CREATE INDEX rollup_month_time ON rollup_month (tenant_id, meter_id, scope, month);
