-- How tidy a place is kept: a card for each job, a thread for each member or each day, or nothing but the final
-- pictures. NULL: as in the category, else as in the guild, else 'card'.
ALTER TABLE guilds ADD COLUMN tidy TEXT CHECK (tidy IN ('card', 'member', 'day', 'final'));
ALTER TABLE guild_channels ADD COLUMN tidy TEXT CHECK (tidy IN ('card', 'member', 'day', 'final'));

-- The threads that Gala has made: the newest of a channel for each member, and (member 0) that of the day.
CREATE TABLE threads (
    guild_id   INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    member_id  INTEGER NOT NULL,
    day        TEXT NOT NULL,   -- in the guild's time zone; '' for a member's
    thread_id  INTEGER NOT NULL,
    PRIMARY KEY (guild_id, channel_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX threads_by_member ON threads (member_id);
