-- Each line of the audit log is bound to the line before it, tenant by tenant, as the last thing that its transaction does.

CREATE TABLE audit_link (
    tenant_id int NOT NULL,
    number bigint NOT NULL,
    entry_id bigint NOT NULL,
    salt uuid,
    content bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant_id, number)
);
CREATE UNIQUE INDEX audit_link_entry ON audit_link (entry_id);

-- With its length before it, no text can pass for two others.
CREATE FUNCTION audit_part(value text) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT CASE WHEN value IS NULL THEN '-' ELSE octet_length(value) || ':' || value END $$;

-- What a line says. The salt keeps what was erased from being guessed from its hash; it goes with the text.
CREATE FUNCTION audit_content(e audit_entry, salt uuid) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(audit_part(salt::text) || audit_part(e.actor) || audit_part(e.action) || audit_part(e.target)
        || audit_part(e.before::text) || audit_part(e.after::text) || audit_part(e.reason), 'UTF8'))
    $$;

CREATE FUNCTION audit_append(e audit_entry) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        last record;
        link audit_link;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended('insights.audit', 0));
        SELECT l.number, l.hash INTO last FROM audit_link l WHERE l.tenant_id = e.tenant_id ORDER BY l.number DESC LIMIT 1;
        link.number := coalesce(last.number, 0) + 1;
        link.salt := gen_random_uuid();
        link.content := audit_content(e, link.salt);
        INSERT INTO audit_link VALUES (e.tenant_id, link.number, e.id, link.salt, link.content, sha256(coalesce(last.hash, ''::bytea)
            || convert_to(audit_part(e.tenant_id::text) || audit_part(link.number::text) || audit_part(e.id::text) || audit_part((extract(epoch FROM e.at) * 1000000)::bigint::text), 'UTF8')
            || link.content));
    END $$;

-- What is there already, in its order.
DO $$
    DECLARE
        e audit_entry;
    BEGIN
        FOR e IN SELECT * FROM audit_entry ORDER BY tenant_id, id LOOP
            PERFORM audit_append(e);
        END LOOP;
    END $$;

CREATE FUNCTION audit_bind() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM audit_append(NEW);
        RETURN NULL;
    END $$;

-- At the end of the transaction: the one lock of all tenants is held for a moment, and nothing is waited for after it.
CREATE CONSTRAINT TRIGGER audit_bind AFTER INSERT ON audit_entry DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_bind();

-- Lines are only ever added. The one change is the erasure of a person, which says so for its transaction, and leaves when, what and which line.
CREATE FUNCTION audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND current_setting('insights.audit_erasure', true) = 'on' THEN
            IF TG_TABLE_NAME = 'audit_entry' THEN
                IF (OLD.id, OLD.tenant_id, OLD.at, OLD.action) = (NEW.id, NEW.tenant_id, NEW.at, NEW.action) THEN RETURN NEW; END IF;
            ELSIF NEW.salt IS NULL AND (OLD.tenant_id, OLD.number, OLD.entry_id, OLD.content, OLD.hash) = (NEW.tenant_id, NEW.number, NEW.entry_id, NEW.content, NEW.hash) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'The audit log is only ever added to.' USING ERRCODE = 'insufficient_privilege';
    END $$;
CREATE TRIGGER audit_keep BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_keep BEFORE UPDATE OR DELETE ON audit_link FOR EACH ROW EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_keep_all BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_keep_all BEFORE TRUNCATE ON audit_link FOR EACH STATEMENT EXECUTE FUNCTION audit_keep();
