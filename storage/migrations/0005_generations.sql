-- What a job brings along for its generation. `code` names it before members; `place_id` is, of a thread, the channel
-- that it belongs to; `recipe` is JSON.
ALTER TABLE jobs ADD COLUMN code TEXT;
ALTER TABLE jobs ADD COLUMN place_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN private INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN parent TEXT;
ALTER TABLE jobs ADD COLUMN recipe TEXT;

-- A code by chance for each job that was there before; then another one where two had drawn the same.
UPDATE jobs SET place_id = channel_id, code =
    substr('abcdefghjkmnpqrstuvwxyz', 1 + abs(random() % 23), 1) || substr('abcdefghjkmnpqrstuvwxyz', 1 + abs(random() % 23), 1) ||
    substr('abcdefghjkmnpqrstuvwxyz', 1 + abs(random() % 23), 1) || substr('abcdefghjkmnpqrstuvwxyz', 1 + abs(random() % 23), 1) ||
    substr('abcdefghjkmnpqrstuvwxyz', 1 + abs(random() % 23), 1) || substr('abcdefghjkmnpqrstuvwxyz', 1 + abs(random() % 23), 1);
UPDATE jobs SET code =
    substr('abcdefghjkmnpqrstuvwxyz', 1 + abs(random() % 23), 1) || substr('abcdefghjkmnpqrstuvwxyz', 1 + abs(random() % 23), 1) ||
    substr('abcdefghjkmnpqrstuvwxyz', 1 + abs(random() % 23), 1) || substr('abcdefghjkmnpqrstuvwxyz', 1 + abs(random() % 23), 1) ||
    substr('abcdefghjkmnpqrstuvwxyz', 1 + abs(random() % 23), 1) || substr('abcdefghjkmnpqrstuvwxyz', 1 + abs(random() % 23), 1)
WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY code) AS place FROM jobs) WHERE place > 1);
CREATE UNIQUE INDEX jobs_code ON jobs (code);

-- A generation is a finished picture. `hearts` is kept by triggers.
CREATE TABLE generations (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order in which they were made
    code           TEXT NOT NULL UNIQUE,
    job_id         TEXT NOT NULL UNIQUE,
    guild_id       INTEGER NOT NULL,                   -- 0 in direct messages
    place_id       INTEGER NOT NULL,
    channel_id     INTEGER NOT NULL,
    message_id     INTEGER,                            -- the result's message
    member_id      INTEGER NOT NULL,
    private        INTEGER NOT NULL,                   -- made in a private thread
    hidden         INTEGER NOT NULL DEFAULT 0,         -- its author has chosen to be the only one who sees it here
    parent         TEXT,                               -- the code of the generation that it was made from
    prompt         TEXT NOT NULL,
    engine         TEXT NOT NULL,
    model          TEXT NOT NULL,
    width          INTEGER NOT NULL,
    height         INTEGER NOT NULL,
    steps          INTEGER NOT NULL,                   -- really done
    seed           INTEGER NOT NULL,
    init_sha256    TEXT,
    init_weight    REAL NOT NULL,
    seconds        REAL,
    score          REAL,
    recipe         TEXT,
    picture_sha256 TEXT NOT NULL,
    created_at     REAL NOT NULL,
    hearts         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX generations_of_place ON generations (guild_id, place_id, id);
CREATE INDEX generations_loved ON generations (guild_id, place_id, hearts, id);
CREATE INDEX generations_of_member ON generations (guild_id, member_id, place_id, id);
CREATE INDEX generations_by_model ON generations (guild_id, model, place_id, id);
CREATE INDEX generations_by_time ON generations (guild_id, created_at, id);
CREATE INDEX generations_children ON generations (parent) WHERE parent IS NOT NULL;
CREATE INDEX generations_message ON generations (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX generations_picture ON generations (picture_sha256);
CREATE INDEX generations_init ON generations (init_sha256) WHERE init_sha256 IS NOT NULL;
CREATE INDEX jobs_picture ON jobs (picture_sha256) WHERE picture_sha256 IS NOT NULL;
CREATE INDEX jobs_init ON jobs (init_sha256) WHERE init_sha256 IS NOT NULL;
CREATE INDEX jobs_checkpoint ON jobs (checkpoint_sha256) WHERE checkpoint_sha256 IS NOT NULL;

INSERT INTO generations (code, job_id, guild_id, place_id, channel_id, message_id, member_id, private, prompt, engine,
                         model, width, height, steps, seed, init_sha256, init_weight, seconds, score, picture_sha256,
                         created_at)
SELECT code, id, guild_id, place_id, channel_id, result_id, member_id, private, prompt, engine, model, width, height,
       coalesce(stop_step, steps), seed, init_sha256, init_weight, seconds, score, picture_sha256,
       coalesce(ended_at, created_at)
FROM jobs WHERE status IN ('posting', 'finished') AND picture_sha256 IS NOT NULL ORDER BY coalesce(ended_at, created_at);

-- A generation exists from the moment its picture is on the disk, in the very transaction that says so. A picture
-- whose file was lost is painted again, for the same row.
CREATE TRIGGER generation_made AFTER UPDATE OF status ON jobs
    WHEN NEW.status = 'posting' AND NEW.picture_sha256 IS NOT NULL
BEGIN
    INSERT INTO generations (code, job_id, guild_id, place_id, channel_id, member_id, private, parent, prompt, engine,
                             model, width, height, steps, seed, init_sha256, init_weight, seconds, score, recipe,
                             picture_sha256, created_at)
    VALUES (NEW.code, NEW.id, NEW.guild_id, NEW.place_id, NEW.channel_id, NEW.member_id, NEW.private, NEW.parent,
            NEW.prompt, NEW.engine, NEW.model, NEW.width, NEW.height, coalesce(NEW.stop_step, NEW.steps), NEW.seed,
            NEW.init_sha256, NEW.init_weight, NEW.seconds, NEW.score, NEW.recipe, NEW.picture_sha256,
            (julianday('now') - 2440587.5) * 86400.0)
    ON CONFLICT (job_id) DO UPDATE SET steps = excluded.steps, seconds = excluded.seconds, score = excluded.score,
        recipe = excluded.recipe, picture_sha256 = excluded.picture_sha256;
END;
CREATE TRIGGER generation_posted AFTER UPDATE OF result_id ON jobs WHEN NEW.result_id IS NOT NULL
BEGIN
    UPDATE generations SET message_id = NEW.result_id WHERE job_id = NEW.id;
END;

CREATE TABLE hearts (
    member_id     INTEGER NOT NULL,
    generation_id INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    given_at      REAL NOT NULL,
    PRIMARY KEY (member_id, generation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX hearts_of_generation ON hearts (generation_id, given_at);
CREATE TRIGGER heart_given AFTER INSERT ON hearts
BEGIN
    UPDATE generations SET hearts = hearts + 1 WHERE id = NEW.generation_id;
END;
CREATE TRIGGER heart_taken AFTER DELETE ON hearts
BEGIN
    UPDATE generations SET hearts = hearts - 1 WHERE id = OLD.generation_id;
END;

-- Albums are their member's alone.
CREATE TABLE albums (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    member_id INTEGER NOT NULL,
    name      TEXT NOT NULL,
    made_at   REAL NOT NULL,
    UNIQUE (member_id, name)
) STRICT;
CREATE TABLE album_pictures (
    album_id      INTEGER NOT NULL REFERENCES albums (id) ON DELETE CASCADE,
    generation_id INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    added_at      REAL NOT NULL,
    PRIMARY KEY (album_id, generation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_pictures_of_generation ON album_pictures (generation_id);
