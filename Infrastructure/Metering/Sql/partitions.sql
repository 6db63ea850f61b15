-- The ledger in parts, one for each month (UTC). What is stored already becomes the first part as it stands: nothing is copied, and its
-- indexes stay. A new part is made beside the ledger and then attached: neither readers nor writers wait for it. That is why there is no
-- default part, which each new month would have to lock alone; what lies before all months goes to the first part.
ALTER TABLE ledger RENAME TO ledger_early;
ALTER INDEX ledger_pkey RENAME TO ledger_early_pkey;
ALTER INDEX ledger_subject RENAME TO ledger_early_subject;
ALTER INDEX ledger_group RENAME TO ledger_early_group;
ALTER INDEX ledger_type RENAME TO ledger_early_type;
ALTER INDEX ledger_member RENAME TO ledger_early_member;

CREATE TABLE ledger (LIKE ledger_early) PARTITION BY RANGE (time);
ALTER TABLE ledger ADD PRIMARY KEY (tenant_id, time, key);
CREATE INDEX ledger_subject ON ledger (tenant_id, subject, time);
CREATE INDEX ledger_group ON ledger (tenant_id, grp, time);
CREATE INDEX ledger_type ON ledger (tenant_id, type, time);
CREATE INDEX ledger_member ON ledger (tenant_id, grp, time) WHERE type IN ('group.member.joined', 'group.member.left', 'group.member.role.changed');

-- Whether a part had to be made for the month in which an instant lies.
CREATE FUNCTION ledger_month(instant timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz := date_trunc('month', instant, 'UTC');
    until timestamptz := (date_trunc('month', instant AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
    part text := 'ledger_' || to_char(instant AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF instant < (SELECT (regexp_match(pg_get_expr(relpartbound, oid), 'TO \(''([^'']+)''\)'))[1]::timestamptz FROM pg_class WHERE oid = to_regclass('ledger_early')) THEN RETURN false; END IF;
    IF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'ledger'::regclass AND c.relname = part) THEN RETURN false; END IF;
    -- One at a time, over all portals; who waited finds it made.
    PERFORM pg_advisory_xact_lock(hashtextextended('insights.ledger_month', 0));
    IF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'ledger'::regclass AND c.relname = part) THEN RETURN false; END IF;
    EXECUTE format('CREATE TABLE %I (LIKE ledger INCLUDING ALL) WITH (autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05, autovacuum_freeze_min_age = 0)', part);
    EXECUTE format('ALTER TABLE ledger ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, since, until);
    RETURN true;
END $$;

-- Up to the month after the last event of any tenant, by the first index; without events up to 2020, before which nobody counts by month.
DO $$
DECLARE
    last timestamptz := (SELECT max((SELECT max(l.time) FROM ledger_early l WHERE l.tenant_id = t.id)) FROM tenant t);
    until timestamptz := '2020-01-01 00:00:00+00';
BEGIN
    IF last IS NOT NULL THEN until := (date_trunc('month', greatest(last, now()) AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'; END IF;
    EXECUTE format('ALTER TABLE ledger ATTACH PARTITION ledger_early FOR VALUES FROM (MINVALUE) TO (%L)', until);
    PERFORM ledger_month(now() + make_interval(months => n)) FROM generate_series(0, 3) n;
END $$;

-- From when on traffic is kept; no row where all of it is.
CREATE TABLE ledger_kept (one boolean PRIMARY KEY DEFAULT true CHECK (one), kept_from timestamptz NOT NULL);

-- Events and identities are written once: a page is frozen when it is first looked at, and never read for that again.
ALTER TABLE ledger_early SET (autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05, autovacuum_freeze_min_age = 0);
ALTER TABLE event_identity SET (autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_freeze_min_age = 0);
-- The running hour's rows change with each event: what that leaves behind is swept soon.
ALTER TABLE rollup_hour SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
