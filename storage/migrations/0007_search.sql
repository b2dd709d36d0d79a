-- The CLIPs in whose spaces pictures lie. One is in use; the others are on their way out.
CREATE TABLE clips (
    id          INTEGER PRIMARY KEY,
    clip_sha256 TEXT NOT NULL UNIQUE,
    model       TEXT NOT NULL,
    in_use      INTEGER NOT NULL
) STRICT;

-- Where each picture lies: float16, little-endian, of unit length; NULL where the picture cannot be looked at.
-- `home_id` is the guild, or the channel of direct messages: what is searched together lies together.
CREATE TABLE vectors (
    clip_id       INTEGER NOT NULL REFERENCES clips (id),
    home_id       INTEGER NOT NULL,
    generation_id INTEGER NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    vector        BLOB,
    PRIMARY KEY (clip_id, home_id, generation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX vectors_of_generation ON vectors (generation_id, clip_id);

-- Generations that the CLIP in use has not looked at yet.
CREATE TABLE unseen (
    generation_id INTEGER PRIMARY KEY REFERENCES generations (id) ON DELETE CASCADE
) STRICT;

-- The words of the prompts, without their flags. The index has no copy of them: what is taken out of it must be
-- told in the words that were put in. `place` is a letter p and the channel.
CREATE VIRTUAL TABLE words USING fts5 (
    place, prompt, content = '', tokenize = "unicode61 remove_diacritics 2", prefix = '2 3 4 5 6'
);
CREATE VIEW worded AS
SELECT id, 'p' || place_id AS place,
       replace(replace(substr(prompt, 1, instr(prompt || ' --', ' --') - 1), 'ё', 'е'), 'Ё', 'Е') AS prompt
FROM generations;

INSERT INTO unseen SELECT id FROM generations;
INSERT INTO words (rowid, place, prompt) SELECT id, place, prompt FROM worded;

CREATE TRIGGER generation_worded AFTER INSERT ON generations
BEGIN
    INSERT INTO unseen VALUES (NEW.id);
    INSERT INTO words (rowid, place, prompt) SELECT id, place, prompt FROM worded WHERE id = NEW.id;
END;
CREATE TRIGGER generation_unworded BEFORE DELETE ON generations
BEGIN
    INSERT INTO words (words, rowid, place, prompt)
    SELECT 'delete', id, place, prompt FROM worded WHERE id = OLD.id;
END;
CREATE TRIGGER generation_rewords BEFORE UPDATE OF prompt, place_id ON generations
BEGIN
    INSERT INTO words (words, rowid, place, prompt)
    SELECT 'delete', id, place, prompt FROM worded WHERE id = OLD.id;
END;
CREATE TRIGGER generation_reworded AFTER UPDATE OF prompt, place_id ON generations
BEGIN
    INSERT INTO words (rowid, place, prompt) SELECT id, place, prompt FROM worded WHERE id = NEW.id;
END;
CREATE TRIGGER generation_repainted AFTER UPDATE OF picture_sha256 ON generations
    WHEN NEW.picture_sha256 <> OLD.picture_sha256
BEGIN
    DELETE FROM vectors WHERE generation_id = NEW.id;
    INSERT INTO unseen SELECT NEW.id WHERE NOT EXISTS (SELECT 1 FROM unseen WHERE generation_id = NEW.id);
END;

-- A search that was made, so that its pages can be turned for months. `vector` is what its words mean to the CLIP.
CREATE TABLE searches (
    id            TEXT PRIMARY KEY,
    member_id     INTEGER NOT NULL,
    guild_id      INTEGER NOT NULL,
    words         TEXT NOT NULL,
    way           TEXT NOT NULL CHECK (way IN ('both', 'meaning', 'words', 'like')),
    generation_id INTEGER REFERENCES generations (id) ON DELETE CASCADE,  -- what others are to be like
    clip_id       INTEGER REFERENCES clips (id),
    vector        BLOB,
    made_at       REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX searches_like ON searches (generation_id) WHERE generation_id IS NOT NULL;
CREATE INDEX searches_by_time ON searches (made_at);

-- The oldest that nobody loves are the first to go where there is no room.
CREATE INDEX generations_unloved ON generations (hearts, id);
