-- +goose Up
CREATE TABLE records (
    project_id BIGINT NOT NULL REFERENCES projects (id),
    sequence   BIGINT NOT NULL CHECK (sequence > 0),
    run_id     BIGINT NOT NULL UNIQUE REFERENCES runs (id),
    digest     TEXT NOT NULL,
    previous   TEXT NOT NULL,
    document   {{.Bytes}} NOT NULL,
    envelope   {{.Bytes}} NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, sequence),
    CHECK ((sequence = 1) = (previous = ''))
);

-- A record is never changed and never removed, whoever asks.
{{if .SQLite}}
-- +goose StatementBegin
CREATE TRIGGER records_no_update BEFORE UPDATE ON records
BEGIN
    SELECT RAISE(ABORT, 'records are never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER records_no_delete BEFORE DELETE ON records
BEGIN
    SELECT RAISE(ABORT, 'records are never removed');
END;
-- +goose StatementEnd
-- INSERT OR REPLACE would remove the old row without asking the trigger above.
-- +goose StatementBegin
CREATE TRIGGER records_no_replace BEFORE INSERT ON records
WHEN EXISTS (SELECT 1 FROM records WHERE project_id = NEW.project_id AND sequence = NEW.sequence OR run_id = NEW.run_id)
BEGIN
    SELECT RAISE(ABORT, 'records are never replaced');
END;
-- +goose StatementEnd
{{else}}
-- +goose StatementBegin
CREATE FUNCTION records_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'records are never changed or removed';
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER records_no_change BEFORE UPDATE OR DELETE ON records
    FOR EACH ROW EXECUTE FUNCTION records_refuse();
CREATE TRIGGER records_no_truncate BEFORE TRUNCATE ON records
    FOR EACH STATEMENT EXECUTE FUNCTION records_refuse();
{{end}}
