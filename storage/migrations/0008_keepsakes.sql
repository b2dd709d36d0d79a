-- What authors have offered for their guild's showcase, and where it stands there; without a message it is on its way.
CREATE TABLE showcase (
    generation_id INTEGER PRIMARY KEY REFERENCES generations (id) ON DELETE CASCADE,
    guild_id      INTEGER NOT NULL,
    offered_at    REAL NOT NULL,
    channel_id    INTEGER,  -- or the post of a forum
    message_id    INTEGER
) STRICT;
CREATE INDEX showcase_of_guild ON showcase (guild_id, offered_at);

-- The best of a guild's weeks: one row a week, written before it is announced. Without a generation there was none.
CREATE TABLE showcase_weeks (
    guild_id      INTEGER NOT NULL,
    began_at      REAL NOT NULL,  -- the week's first moment in the guild's time zone
    generation_id INTEGER REFERENCES generations (id) ON DELETE SET NULL,
    message_id    INTEGER,
    PRIMARY KEY (guild_id, began_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX showcase_weeks_best ON showcase_weeks (generation_id) WHERE generation_id IS NOT NULL;

CREATE INDEX guilds_with_showcase ON guilds (guild_id) WHERE showcase_channel_id IS NOT NULL;
