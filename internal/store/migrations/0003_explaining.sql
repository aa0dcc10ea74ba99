-- +goose Up
CREATE TABLE studies (
    id                {{.ID}},
    kind              TEXT NOT NULL CHECK (kind IN ('check', 'reproduction', 'trial', 'bisection')),
    status            TEXT NOT NULL CHECK (status IN ('running', 'done', 'stopped', 'error')),
    status_before     TEXT NOT NULL DEFAULT '',
    project_id        BIGINT REFERENCES projects (id),
    environment_id    BIGINT REFERENCES environments (id),
    run_id            BIGINT REFERENCES runs (id),
    candidate_id      BIGINT REFERENCES revisions (id),
    verdict           TEXT NOT NULL DEFAULT '',
    created_by        {{.Name}} NOT NULL,
    origin            TEXT NOT NULL,
    created_at        BIGINT NOT NULL,
    finished_at       BIGINT NOT NULL DEFAULT 0,
    stop_requested_by TEXT NOT NULL DEFAULT '',
    error             TEXT NOT NULL DEFAULT '',
    version           BIGINT NOT NULL CHECK (version > 0),
    document          TEXT NOT NULL,
    CHECK ((status_before || '>' || status) IN (
        '>running',
        'running>done', 'running>stopped', 'running>error',
        'stopped>running', 'error>running')),
    CHECK (kind = 'trial' OR project_id IS NOT NULL),
    CHECK (kind NOT IN ('trial', 'bisection') OR environment_id IS NOT NULL),
    CHECK (kind <> 'trial' OR candidate_id IS NOT NULL),
    CHECK (kind <> 'reproduction' OR run_id IS NOT NULL)
);
CREATE INDEX studies_running ON studies (id) WHERE status = 'running';
CREATE INDEX studies_by_project ON studies (project_id, kind, id);
CREATE INDEX studies_by_environment ON studies (environment_id, kind, id);
CREATE INDEX studies_by_run ON studies (run_id, id);
CREATE INDEX studies_by_candidate ON studies (candidate_id, id);

CREATE TABLE baselines (
    id          {{.ID}},
    project_id  BIGINT NOT NULL REFERENCES projects (id),
    check_name  {{.Name}} NOT NULL CHECK (check_name <> ''),
    run_id      BIGINT NOT NULL REFERENCES runs (id),
    accepted_by {{.Name}} NOT NULL,
    note        TEXT NOT NULL,
    accepted_at BIGINT NOT NULL
);
CREATE INDEX baselines_by_check ON baselines (project_id, check_name, id);

-- What was accepted, by whom and why, is never changed and never removed.
{{if .SQLite}}
-- +goose StatementBegin
CREATE TRIGGER baselines_no_update BEFORE UPDATE ON baselines
BEGIN
    SELECT RAISE(ABORT, 'baselines are never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER baselines_no_delete BEFORE DELETE ON baselines
BEGIN
    SELECT RAISE(ABORT, 'baselines are never removed');
END;
-- +goose StatementEnd
-- INSERT OR REPLACE would remove the old row without asking the trigger above.
-- +goose StatementBegin
CREATE TRIGGER baselines_no_replace BEFORE INSERT ON baselines
WHEN EXISTS (SELECT 1 FROM baselines WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'baselines are never replaced');
END;
-- +goose StatementEnd
{{else}}
-- +goose StatementBegin
CREATE FUNCTION baselines_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'baselines are never changed or removed';
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER baselines_no_change BEFORE UPDATE OR DELETE ON baselines
    FOR EACH ROW EXECUTE FUNCTION baselines_refuse();
CREATE TRIGGER baselines_no_truncate BEFORE TRUNCATE ON baselines
    FOR EACH STATEMENT EXECUTE FUNCTION baselines_refuse();
{{end}}

-- The package index. Every list that a revision or a sealed run names has a row in package_lists; its
-- rows are there once it is indexed. name is normal, as package lists of one ecosystem compare names.
CREATE TABLE package_lists (
    id      {{.ID}},
    digest  {{.Name}} NOT NULL UNIQUE,
    indexed BOOLEAN NOT NULL
);
CREATE INDEX package_lists_unindexed ON package_lists (id) WHERE NOT indexed;

CREATE TABLE packages (
    id        {{.ID}},
    name      {{.Name}} NOT NULL,
    ecosystem {{.Name}} NOT NULL,
    version   {{.Name}} NOT NULL,
    UNIQUE (name, ecosystem, version)
);

CREATE TABLE package_rows (
    package_id BIGINT NOT NULL REFERENCES packages (id),
    list_id    BIGINT NOT NULL REFERENCES package_lists (id),
    PRIMARY KEY (package_id, list_id)
){{if .SQLite}} WITHOUT ROWID{{end}};

-- What sealed runs had, counted: a row for each project and each three lists that a run of it had
-- at its start, at its end, and loaded. 0 is a list that there is not.
CREATE TABLE package_uses (
    id           {{.ID}},
    project_id   BIGINT NOT NULL REFERENCES projects (id),
    before_list  BIGINT NOT NULL,
    after_list   BIGINT NOT NULL,
    loaded_list  BIGINT NOT NULL,
    runs         BIGINT NOT NULL,
    result_files BIGINT NOT NULL,
    first_run    BIGINT NOT NULL,
    last_run     BIGINT NOT NULL,
    UNIQUE (before_list, after_list, loaded_list, project_id)
);
CREATE INDEX package_uses_by_last_run ON package_uses (last_run);

ALTER TABLE revisions ADD COLUMN image_facts TEXT NOT NULL DEFAULT '';
CREATE INDEX revisions_by_packages ON revisions (image_packages);

ALTER TABLE runs ADD COLUMN facts TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN loaded TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN metrics TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN study_id BIGINT REFERENCES studies (id);
ALTER TABLE runs ADD COLUMN check_name TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN likeness TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN result_files BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN package_use_id BIGINT REFERENCES package_uses (id);

UPDATE runs SET result_files =
{{if .SQLite}}(SELECT COUNT(*) FROM json_each(result_changes) WHERE json_extract(value, '$.c') IN ('added', 'changed'))
{{else}}(SELECT COUNT(*) FROM json_array_elements(result_changes::json) c WHERE c ->> 'c' IN ('added', 'changed'))
{{end}}WHERE result_changes <> '';

INSERT INTO package_lists (digest, indexed)
SELECT digest, FALSE FROM (
    SELECT image_packages AS digest FROM revisions
    UNION SELECT packages_before FROM runs WHERE status IN ('succeeded', 'failed', 'stopped')
    UNION SELECT packages_after FROM runs WHERE status IN ('succeeded', 'failed', 'stopped')) AS named
WHERE digest <> '';

INSERT INTO package_uses (project_id, before_list, after_list, loaded_list, runs, result_files, first_run, last_run)
SELECT r.project_id, COALESCE(b.id, 0), COALESCE(a.id, 0), 0, COUNT(*), SUM(r.result_files), MIN(r.id), MAX(r.id)
FROM runs r LEFT JOIN package_lists b ON b.digest = r.packages_before LEFT JOIN package_lists a ON a.digest = r.packages_after
WHERE r.status IN ('succeeded', 'failed', 'stopped') AND (b.id IS NOT NULL OR a.id IS NOT NULL)
GROUP BY r.project_id, b.id, a.id;

UPDATE runs SET package_use_id = (
    SELECT u.id FROM package_uses u
    WHERE u.project_id = runs.project_id AND u.loaded_list = 0
    AND u.before_list = COALESCE((SELECT id FROM package_lists WHERE digest = runs.packages_before), 0)
    AND u.after_list = COALESCE((SELECT id FROM package_lists WHERE digest = runs.packages_after), 0))
WHERE status IN ('succeeded', 'failed', 'stopped');

CREATE INDEX runs_by_likeness ON runs (likeness, id);
CREATE INDEX runs_by_study ON runs (study_id, id);
CREATE INDEX runs_by_packages ON runs (package_use_id, id);
