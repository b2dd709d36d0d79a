-- Messages in showcases whose picture is not to stand there any more, until they are removed: whatever was the reason,
-- and whether the bot was running or not.
CREATE TABLE leftovers (
    message_id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    guild_id   INTEGER NOT NULL,
    left_at    REAL NOT NULL
) STRICT;

-- With the picture goes the announcement that it was the best of a week.
CREATE TRIGGER showcase_left BEFORE DELETE ON showcase WHEN OLD.channel_id IS NOT NULL AND OLD.message_id IS NOT NULL
BEGIN
    INSERT OR IGNORE INTO leftovers (message_id, channel_id, guild_id, left_at)
    SELECT OLD.message_id, OLD.channel_id, OLD.guild_id, (julianday('now') - 2440587.5) * 86400.0
    UNION ALL
    SELECT message_id, OLD.channel_id, OLD.guild_id, (julianday('now') - 2440587.5) * 86400.0
    FROM showcase_weeks WHERE generation_id = OLD.generation_id AND message_id IS NOT NULL;
END;
CREATE TRIGGER generation_leaves_showcase BEFORE DELETE ON generations
BEGIN
    DELETE FROM showcase WHERE generation_id = OLD.id;
END;
