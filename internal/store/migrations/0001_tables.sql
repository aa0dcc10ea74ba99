-- +goose Up
-- Times are microseconds since 1970, 0 for none. Digests are text, '' for none.
-- status_before || '>' || status is the last step a row took; its CHECK repeats petri's table.

CREATE TABLE settings (
    key   {{.Name}} NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id         {{.ID}},
    name       {{.Name}} NOT NULL UNIQUE,
    admin      BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE tokens (
    hash       TEXT NOT NULL PRIMARY KEY,
    user_id    BIGINT NOT NULL REFERENCES users (id),
    name       TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE environments (
    id          {{.ID}},
    owner       {{.Name}} NOT NULL,
    name        {{.Name}} NOT NULL,
    description TEXT NOT NULL,
    visibility  TEXT NOT NULL CHECK (visibility IN ('private', 'team', 'everyone')),
    active      BIGINT NOT NULL DEFAULT 0,
    archived    BOOLEAN NOT NULL,
    created_by  {{.Name}} NOT NULL,
    created_at  BIGINT NOT NULL,
    revisions   BIGINT NOT NULL DEFAULT 0,
    UNIQUE (owner, name),
    CHECK (active BETWEEN 0 AND revisions)
);

CREATE TABLE revisions (
    id                  {{.ID}},
    environment_id      BIGINT NOT NULL REFERENCES environments (id),
    number              BIGINT NOT NULL CHECK (number > 0),
    base_kind           TEXT NOT NULL CHECK (base_kind IN ('image', 'revision', 'file')),
    base_ref            TEXT NOT NULL,
    base_file           TEXT NOT NULL,
    base_digest         TEXT NOT NULL,
    base_environment_id BIGINT REFERENCES environments (id),
    instructions        TEXT NOT NULL,
    files               TEXT NOT NULL,
    variables           TEXT NOT NULL,
    definition_digest   TEXT NOT NULL,
    note                TEXT NOT NULL,
    created_by          {{.Name}} NOT NULL,
    created_at          BIGINT NOT NULL,
    status              TEXT NOT NULL CHECK (status IN ('queued', 'building', 'ready', 'failed', 'canceled')),
    error               TEXT NOT NULL DEFAULT '',
    build_micros        BIGINT NOT NULL DEFAULT 0,
    image_digest        TEXT NOT NULL DEFAULT '',
    image_manifest      TEXT NOT NULL DEFAULT '',
    image_bytes         BIGINT NOT NULL DEFAULT 0,
    image_packages      TEXT NOT NULL DEFAULT '',
    image_package_count BIGINT NOT NULL DEFAULT 0,
    image_user          TEXT NOT NULL DEFAULT '',
    reused_from         TEXT NOT NULL DEFAULT '',
    promote             BOOLEAN NOT NULL,
    UNIQUE (environment_id, number),
    CHECK (status <> 'ready' OR image_digest <> '')
);
CREATE INDEX revisions_by_definition ON revisions (definition_digest, id);
CREATE INDEX revisions_by_base ON revisions (base_environment_id);

CREATE TABLE builds (
    id               {{.ID}},
    revision_id      BIGINT NOT NULL REFERENCES revisions (id),
    status           TEXT NOT NULL CHECK (status IN ('queued', 'building', 'ready', 'failed', 'canceled')),
    status_before    TEXT NOT NULL DEFAULT '',
    worker           TEXT NOT NULL DEFAULT '',
    no_cache         BOOLEAN NOT NULL,
    cancel_requested BOOLEAN NOT NULL,
    created_at       BIGINT NOT NULL,
    started_at       BIGINT NOT NULL DEFAULT 0,
    finished_at      BIGINT NOT NULL DEFAULT 0,
    log              TEXT NOT NULL DEFAULT '',
    error            TEXT NOT NULL DEFAULT '',
    CHECK ((status_before || '>' || status) IN (
        '>queued',
        'queued>building', 'queued>canceled', 'queued>ready',
        'building>ready', 'building>failed', 'building>canceled', 'building>queued')),
    CHECK ((worker <> '') = (status = 'building'))
);
CREATE INDEX builds_by_status ON builds (status, id);
CREATE INDEX builds_by_revision ON builds (revision_id, id);

CREATE TABLE projects (
    id                   {{.ID}},
    owner                {{.Name}} NOT NULL,
    name                 {{.Name}} NOT NULL,
    visibility           TEXT NOT NULL CHECK (visibility IN ('private', 'team', 'everyone')),
    environment_owner    {{.Name}} NOT NULL,
    environment_name     {{.Name}} NOT NULL,
    environment_revision BIGINT NOT NULL,
    head                 TEXT NOT NULL,
    archived             BOOLEAN NOT NULL,
    created_by           {{.Name}} NOT NULL,
    created_at           BIGINT NOT NULL,
    runs                 BIGINT NOT NULL DEFAULT 0,
    UNIQUE (owner, name)
);
CREATE INDEX projects_by_environment ON projects (environment_owner, environment_name);

CREATE TABLE commits (
    project_id   BIGINT NOT NULL REFERENCES projects (id),
    id           {{.Name}} NOT NULL,
    first_parent TEXT NOT NULL,
    tree         TEXT NOT NULL,
    parents      TEXT NOT NULL,
    author       TEXT NOT NULL,
    message      TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    files        BIGINT NOT NULL,
    bytes        BIGINT NOT NULL,
    git          TEXT NOT NULL,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE runs (
    id                   {{.ID}},
    project_id           BIGINT NOT NULL REFERENCES projects (id),
    number               BIGINT NOT NULL CHECK (number > 0),
    status               TEXT NOT NULL CHECK (status IN ('queued', 'starting', 'running', 'collecting', 'succeeded', 'failed', 'stopped', 'error')),
    status_before        TEXT NOT NULL DEFAULT '',
    worker               TEXT NOT NULL DEFAULT '',
    attempts             BIGINT NOT NULL DEFAULT 0,
    spec                 TEXT NOT NULL,
    commit_id            TEXT NOT NULL,
    revision_id          BIGINT NOT NULL REFERENCES revisions (id),
    environment_owner    {{.Name}} NOT NULL,
    environment_name     {{.Name}} NOT NULL,
    environment_revision BIGINT NOT NULL,
    image                TEXT NOT NULL,
    origin               TEXT NOT NULL,
    created_by           {{.Name}} NOT NULL,
    rerun_of             TEXT NOT NULL,
    created_at           BIGINT NOT NULL,
    started_at           BIGINT NOT NULL DEFAULT 0,
    finished_at          BIGINT NOT NULL DEFAULT 0,
    sealed_at            BIGINT NOT NULL DEFAULT 0,
    stop_requested_by    TEXT NOT NULL DEFAULT '',
    outcome              TEXT NOT NULL DEFAULT '',
    log                  TEXT NOT NULL DEFAULT '',
    results              TEXT NOT NULL DEFAULT '',
    packages_before      TEXT NOT NULL DEFAULT '',
    packages_after       TEXT NOT NULL DEFAULT '',
    record               TEXT NOT NULL DEFAULT '',
    error                TEXT NOT NULL DEFAULT '',
    -- Last, for it can be long: SQLite then reads it only where it is asked for.
    result_changes       TEXT NOT NULL DEFAULT '',
    UNIQUE (project_id, number),
    CHECK ((status_before || '>' || status) IN (
        '>queued',
        'queued>starting', 'queued>stopped', 'queued>error',
        'starting>running', 'starting>collecting', 'starting>queued', 'starting>stopped', 'starting>error',
        'running>collecting', 'running>error',
        'collecting>succeeded', 'collecting>failed', 'collecting>stopped', 'collecting>error')),
    CHECK ((worker <> '') = (status IN ('starting', 'running', 'collecting')))
);
CREATE INDEX runs_by_status ON runs (status, id);
CREATE INDEX runs_by_revision ON runs (revision_id);

CREATE TABLE run_tags (
    tag    {{.Name}} NOT NULL,
    run_id BIGINT NOT NULL REFERENCES runs (id),
    PRIMARY KEY (tag, run_id)
);
