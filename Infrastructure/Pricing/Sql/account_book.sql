-- The version of a tenant's account book: the last transaction that changed anything in it. Who has read the book keeps it as long as the version stands.
CREATE TABLE account_book_version (
    tenant_id int PRIMARY KEY,
    version bigint NOT NULL
);

-- A transaction counts once, however much it changes. Transactions that change the same book take turns from here on.
CREATE FUNCTION account_book_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO account_book_version AS v (tenant_id, version)
    SELECT DISTINCT tenant_id, pg_current_xact_id()::text::bigint FROM changed ORDER BY tenant_id
    ON CONFLICT (tenant_id) DO UPDATE SET version = excluded.version WHERE v.version <> excluded.version;
    RETURN NULL;
END $$;

DO $$
DECLARE
    book text;
BEGIN
    FOREACH book IN ARRAY ARRAY['group_slug', 'group_owner', 'plan_assignment', 'plan_version'] LOOP
        EXECUTE format('CREATE TRIGGER account_book_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION account_book_changed()', book);
        EXECUTE format('CREATE TRIGGER account_book_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION account_book_changed()', book);
        EXECUTE format('CREATE TRIGGER account_book_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION account_book_changed()', book);
    END LOOP;
END $$;
