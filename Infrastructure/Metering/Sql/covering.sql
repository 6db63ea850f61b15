-- A year of all groups is a few thousand rows of months, scattered over a table of all users: read from the index alone they cost a
-- fraction. Days and months are written when a day is over, so what the wider index costs is paid once a day and not by each event.
DROP INDEX rollup_day_time;
CREATE INDEX rollup_day_time ON rollup_day (tenant_id, meter_id, scope, day) INCLUDE (key, count, sum, min, max);
DROP INDEX rollup_month_time;
CREATE INDEX rollup_month_time ON rollup_month (tenant_id, meter_id, scope, month) INCLUDE (key, count, sum, min, max);
