-- What admins allow. `target_id` is a member, a role, a channel, or the guild itself, as `scope` says.
CREATE TABLE quota_rules (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id  INTEGER NOT NULL,
    scope     TEXT NOT NULL CHECK (scope IN ('member', 'role', 'channel', 'guild')),
    target_id INTEGER NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN
        ('pictures', 'seconds', 'exempt', 'waiting', 'running', 'pixels', 'steps', 'engines', 'boosters')),
    period    TEXT NOT NULL CHECK (period IN ('', 'hour', 'day', 'week', 'month')),
    amount    REAL NOT NULL CHECK (amount >= 0),
    detail    TEXT NOT NULL,            -- the engines' names, or the size as it was typed
    set_by    INTEGER NOT NULL,
    set_at    REAL NOT NULL,
    UNIQUE (guild_id, scope, target_id, kind, period)
) STRICT;

-- Pictures or GPU seconds that an admin has given to a member beside what the rules allow.
CREATE TABLE quota_grants (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id   INTEGER NOT NULL,
    member_id  INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('pictures', 'seconds')),
    amount     REAL NOT NULL CHECK (amount > 0),
    given_by   INTEGER NOT NULL,
    given_at   REAL NOT NULL,
    expires_at REAL                     -- NULL: when it is used up
) STRICT;
CREATE INDEX quota_grants_of_member ON quota_grants (guild_id, member_id, given_at);

-- From when on a guild (member_id 0) or one of its members is counted anew.
CREATE TABLE quota_resets (
    guild_id  INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    reset_by  INTEGER NOT NULL,
    reset_at  REAL NOT NULL,
    PRIMARY KEY (guild_id, member_id)
) STRICT, WITHOUT ROWID;

-- The ledger: one row a job, written with it. What was used is the sum of rows.
CREATE TABLE quota_ledger (
    id         INTEGER PRIMARY KEY,
    job_id     TEXT UNIQUE REFERENCES jobs (id) ON DELETE SET NULL,
    guild_id   INTEGER NOT NULL,        -- 0 in direct messages
    channel_id INTEGER NOT NULL,        -- of a thread, the channel that it belongs to
    member_id  INTEGER NOT NULL,
    charged_at REAL NOT NULL,           -- the period that the row counts in
    rule       TEXT NOT NULL,           -- which one has said yes: "role 123", "grant 4", or "" where there is none
    grant_id   INTEGER REFERENCES quota_grants (id),
    estimate_s REAL NOT NULL,           -- what was charged at the start
    state      TEXT NOT NULL DEFAULT 'charged' CHECK (state IN ('charged', 'settled', 'refunded')),
    pictures   INTEGER NOT NULL,        -- what counts: 1, or 0 once refunded
    seconds    REAL NOT NULL            -- what counts: the estimate, then what was used, or 0 once refunded
) STRICT;
CREATE INDEX quota_ledger_of_member ON quota_ledger (guild_id, member_id, charged_at, grant_id, pictures, seconds);
CREATE INDEX quota_ledger_of_channel ON quota_ledger (guild_id, channel_id, charged_at, pictures, seconds);
CREATE INDEX quota_ledger_of_guild ON quota_ledger (guild_id, charged_at, pictures, seconds);
CREATE INDEX quota_ledger_everywhere ON quota_ledger (member_id, charged_at, pictures, seconds);
CREATE INDEX quota_ledger_of_grant ON quota_ledger (grant_id, pictures, seconds) WHERE grant_id IS NOT NULL;

-- An abstract of the ledger by whole hours since 1970, so that a month's sum need not read every row. It is kept by
-- the triggers below in the very statement that changes a row, in whole numbers, and so is never off.
CREATE TABLE quota_hours (
    guild_id   INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    hour       INTEGER NOT NULL,
    pictures   INTEGER NOT NULL,
    micros     INTEGER NOT NULL,        -- millionths of a second
    PRIMARY KEY (guild_id, channel_id, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX quota_hours_of_guild ON quota_hours (guild_id, hour, pictures, micros);

CREATE TRIGGER quota_hours_added AFTER INSERT ON quota_ledger
BEGIN
    INSERT INTO quota_hours VALUES (NEW.guild_id, NEW.channel_id, CAST(NEW.charged_at AS INTEGER) / 3600,
        NEW.pictures, CAST(round(NEW.seconds * 1e6) AS INTEGER))
        ON CONFLICT (guild_id, channel_id, hour) DO UPDATE SET
            pictures = pictures + excluded.pictures, micros = micros + excluded.micros;
END;
CREATE TRIGGER quota_hours_changed AFTER UPDATE OF pictures, seconds ON quota_ledger
BEGIN
    UPDATE quota_hours SET pictures = pictures + NEW.pictures - OLD.pictures,
        micros = micros + CAST(round(NEW.seconds * 1e6) AS INTEGER) - CAST(round(OLD.seconds * 1e6) AS INTEGER)
        WHERE guild_id = OLD.guild_id AND channel_id = OLD.channel_id
            AND hour = CAST(OLD.charged_at AS INTEGER) / 3600;
END;
CREATE TRIGGER quota_hours_removed AFTER DELETE ON quota_ledger
BEGIN
    UPDATE quota_hours SET pictures = pictures - OLD.pictures,
        micros = micros - CAST(round(OLD.seconds * 1e6) AS INTEGER)
        WHERE guild_id = OLD.guild_id AND channel_id = OLD.channel_id
            AND hour = CAST(OLD.charged_at AS INTEGER) / 3600;
END;
CREATE TRIGGER quota_ledger_is_fixed BEFORE UPDATE OF guild_id, channel_id, charged_at ON quota_ledger
BEGIN
    SELECT raise(ABORT, 'where and when a charge was made does not change');
END;

-- How many of its member's jobs may run at once; NULL: as many as there is room for.
ALTER TABLE jobs ADD COLUMN most_running INTEGER;

-- The ledger follows the job in the very transaction that ends it, whoever ends it. A picture counts with the
-- seconds that it took; what has failed does not count; what was cancelled counts if a frame had been seen, and that
-- is when its seconds are known.
CREATE TRIGGER quota_settled AFTER UPDATE OF status ON jobs
    WHEN NEW.status IN ('posting', 'finished') OR (NEW.status = 'cancelled' AND NEW.seconds IS NOT NULL)
BEGIN
    UPDATE quota_ledger SET state = 'settled', seconds = coalesce(NEW.seconds, seconds)
        WHERE job_id = NEW.id AND state <> 'refunded';
END;
CREATE TRIGGER quota_refunded AFTER UPDATE OF status ON jobs
    WHEN NEW.status = 'failed' OR (NEW.status = 'cancelled' AND NEW.seconds IS NULL)
BEGIN
    UPDATE quota_ledger SET state = 'refunded', pictures = 0, seconds = 0 WHERE job_id = NEW.id;
END;
CREATE TRIGGER quota_forgotten BEFORE DELETE ON jobs WHEN OLD.status IN ('queued', 'running', 'posting')
BEGIN
    UPDATE quota_ledger SET state = 'refunded', pictures = 0, seconds = 0 WHERE job_id = OLD.id;
END;
