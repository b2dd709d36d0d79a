-- A job is one accepted /imagine. Times are Unix seconds; sizes are pixels.
CREATE TABLE jobs (
    id                 TEXT PRIMARY KEY,
    guild_id           INTEGER NOT NULL,  -- 0 in direct messages
    channel_id         INTEGER NOT NULL,
    member_id          INTEGER NOT NULL,
    locale             TEXT NOT NULL,
    prompt             TEXT NOT NULL,
    engine             TEXT NOT NULL,
    model              TEXT NOT NULL,
    width              INTEGER NOT NULL,
    height             INTEGER NOT NULL,
    steps              INTEGER NOT NULL,
    seed               INTEGER NOT NULL,
    init_sha256        TEXT,
    init_weight        REAL NOT NULL,
    upload_limit_bytes INTEGER NOT NULL,
    status             TEXT NOT NULL
        CHECK (status IN ('queued', 'running', 'posting', 'finished', 'failed', 'cancelled')),
    created_at         REAL NOT NULL,
    started_at         REAL,
    ended_at           REAL,
    card_id            INTEGER,           -- the ticket's message
    result_id          INTEGER,           -- the result's message
    crashes            INTEGER NOT NULL DEFAULT 0,
    checkpoint_sha256  TEXT,
    picture_sha256     TEXT,
    score              REAL,
    seconds            REAL,              -- of generation
    failure            TEXT,
    detail             TEXT,
    told               INTEGER NOT NULL DEFAULT 0  -- the member has the picture, or knows that there is none
) STRICT, WITHOUT ROWID;

CREATE INDEX jobs_untold ON jobs (created_at) WHERE told = 0;
CREATE INDEX jobs_of_member ON jobs (member_id, created_at);
CREATE INDEX jobs_finished ON jobs (model, ended_at) WHERE status = 'finished';
