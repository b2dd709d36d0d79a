-- What a guild does not want to be posted as it is, in words for a CLIP. A threshold is the share, 0..1, from which on
-- a concept counts as seen; `restricted` is that of age-restricted channels. NULL: it is not looked for there.
CREATE TABLE concepts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id   INTEGER NOT NULL,
    words      TEXT NOT NULL,
    action     TEXT NOT NULL CHECK (action IN ('spoiler', 'hold', 'refuse')),
    threshold  REAL NOT NULL CHECK (threshold > 0 AND threshold < 1),
    restricted REAL CHECK (restricted > 0 AND restricted < 1),
    added_by   INTEGER NOT NULL,
    added_at   REAL NOT NULL,
    UNIQUE (guild_id, words)
) STRICT;
CREATE TABLE concept_channels (
    concept_id INTEGER NOT NULL REFERENCES concepts (id) ON DELETE CASCADE,
    channel_id INTEGER NOT NULL,
    threshold  REAL CHECK (threshold > 0 AND threshold < 1),  -- NULL: it is not looked for there
    PRIMARY KEY (concept_id, channel_id)
) STRICT, WITHOUT ROWID;

-- How far a job's picture has come in the check: 'due', then 'clear', 'spoiler', 'held' or 'refused'. NULL: there is
-- none where it was asked for. `found` is the concept that was seen, `found_share` how surely.
ALTER TABLE jobs ADD COLUMN output_check TEXT;
ALTER TABLE jobs ADD COLUMN found TEXT;
ALTER TABLE jobs ADD COLUMN found_share REAL;
CREATE INDEX jobs_refused ON jobs (ended_at) WHERE output_check = 'refused' AND picture_sha256 IS NOT NULL;

-- A picture is a generation once the check has let it through, and not before.
DROP TRIGGER generation_made;
CREATE TRIGGER generation_made AFTER UPDATE OF status, output_check ON jobs
    WHEN NEW.status = 'posting' AND NEW.picture_sha256 IS NOT NULL
        AND coalesce(NEW.output_check, 'clear') IN ('clear', 'spoiler')
BEGIN
    INSERT INTO generations (code, job_id, guild_id, place_id, channel_id, member_id, private, parent, prompt, engine,
                             model, width, height, steps, seed, init_sha256, init_weight, seconds, score, recipe,
                             picture_sha256, created_at, blurred)
    VALUES (NEW.code, NEW.id, NEW.guild_id, coalesce(NEW.result_channel_id, NEW.place_id),
            coalesce(NEW.result_channel_id, NEW.channel_id), NEW.member_id, NEW.private, NEW.parent,
            NEW.prompt, NEW.engine, NEW.model, NEW.width, NEW.height, coalesce(NEW.stop_step, NEW.steps), NEW.seed,
            NEW.init_sha256, NEW.init_weight, NEW.seconds, NEW.score, NEW.recipe, NEW.picture_sha256,
            (julianday('now') - 2440587.5) * 86400.0, NEW.blurred)
    ON CONFLICT (job_id) DO UPDATE SET steps = excluded.steps, seconds = excluded.seconds, score = excluded.score,
        recipe = excluded.recipe, picture_sha256 = excluded.picture_sha256,
        blurred = max(blurred, excluded.blurred);
END;

-- Pictures that wait for the moderators' word are cases, too. A table's list of kinds cannot be changed in place; what
-- hangs on it is put aside first, for it would go with the old table.
CREATE TEMP TABLE old_voices AS SELECT * FROM case_voices;
CREATE TEMP TABLE old_deeds AS SELECT * FROM case_deeds;
DROP TABLE case_voices;
DROP TABLE case_deeds;
ALTER TABLE cases RENAME TO old_cases;
DROP INDEX cases_open;
DROP INDEX cases_of_member;
DROP INDEX cases_of_code;
CREATE TABLE cases (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id   INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('report', 'filter', 'appeal', 'held', 'plea')),
    subject    TEXT NOT NULL,           -- what makes two the same: a generation's code, "member 1", "hit 2", "job K7QX"
    member_id  INTEGER NOT NULL,        -- whose picture or prompt it is
    channel_id INTEGER NOT NULL,        -- where it was made
    message_id INTEGER,                 -- the result's message
    code       TEXT,                    -- of the generation
    job_id     TEXT,
    prompt     TEXT NOT NULL,
    rule       TEXT NOT NULL,           -- the words of the filter's rule, or of the concept, or ''
    score      REAL,                    -- the concept's share
    times      INTEGER NOT NULL DEFAULT 1,
    opened_at  REAL NOT NULL,
    inbox_id   INTEGER,                 -- where the card stands
    card_id    INTEGER,                 -- its message
    closed_at  REAL
) STRICT;
INSERT INTO cases (id, guild_id, kind, subject, member_id, channel_id, message_id, code, job_id, prompt, rule, times,
                   opened_at, inbox_id, card_id, closed_at)
SELECT id, guild_id, kind, subject, member_id, channel_id, message_id, code, job_id, prompt, rule, times,
       opened_at, inbox_id, card_id, closed_at
FROM old_cases;
DROP TABLE old_cases;
CREATE UNIQUE INDEX cases_open ON cases (guild_id, kind, subject) WHERE closed_at IS NULL;
CREATE INDEX cases_of_member ON cases (member_id, opened_at);
CREATE INDEX cases_of_code ON cases (code) WHERE code IS NOT NULL;
CREATE TABLE case_voices (
    case_id   INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    member_id INTEGER NOT NULL,
    reason    TEXT NOT NULL,
    said_at   REAL NOT NULL,
    PRIMARY KEY (case_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_voices_of_member ON case_voices (member_id);
CREATE TABLE case_deeds (
    case_id  INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    deed     TEXT NOT NULL CHECK (deed IN
        ('delete', 'blur', 'refund', 'suspend', 'allow', 'dismiss', 'release', 'refuse')),
    actor_id INTEGER NOT NULL,
    done_at  REAL NOT NULL,
    PRIMARY KEY (case_id, deed)
) STRICT, WITHOUT ROWID;
INSERT INTO case_voices SELECT * FROM old_voices;
INSERT INTO case_deeds SELECT * FROM old_deeds;
DROP TABLE temp.old_voices;
DROP TABLE temp.old_deeds;
