-- What the admins of a guild have chosen. A guild without a row has the defaults. Ids are Discord's.
CREATE TABLE guilds (
    guild_id            INTEGER PRIMARY KEY,
    language            TEXT,                          -- of what everybody sees; NULL: of who has asked
    time_zone           TEXT NOT NULL DEFAULT 'UTC',   -- as the tz database names it
    log_channel_id      INTEGER,
    inbox_channel_id    INTEGER,                       -- of the moderators
    showcase_channel_id INTEGER,
    retention_days      INTEGER CHECK (retention_days > 0),  -- NULL: pictures are kept
    line                TEXT NOT NULL DEFAULT 'open' CHECK (line IN ('open', 'paused', 'draining'))
) STRICT;
CREATE INDEX guilds_paused ON guilds (guild_id) WHERE line = 'paused';

-- What differs in a channel, or in all channels of a category. NULL: as in its category, else as in the guild.
CREATE TABLE guild_channels (
    guild_id   INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    painting   TEXT CHECK (painting IN ('allowed', 'denied')),
    PRIMARY KEY (guild_id, channel_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE guild_roles (
    guild_id INTEGER NOT NULL,
    role_id  INTEGER NOT NULL,
    painting TEXT NOT NULL CHECK (painting IN ('allowed', 'denied')),
    PRIMARY KEY (guild_id, role_id)
) STRICT, WITHOUT ROWID;

-- Members who may not paint for a time; one that is over stays until there is another, and means nothing.
CREATE TABLE suspensions (
    guild_id     INTEGER NOT NULL,
    member_id    INTEGER NOT NULL,
    until        REAL NOT NULL,
    reason       TEXT NOT NULL,
    suspended_by INTEGER NOT NULL,
    suspended_at REAL NOT NULL,
    PRIMARY KEY (guild_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX suspensions_by_end ON suspensions (guild_id, until);

-- What admins and moderators have done. Rows are only ever added.
CREATE TABLE audit (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id INTEGER NOT NULL,
    at       REAL NOT NULL,
    actor_id INTEGER NOT NULL,
    action   TEXT NOT NULL,            -- in code, such as "suspend"
    subject  TEXT NOT NULL,            -- what it was done to: "member 12", "channel 34", "job K7QX..."
    detail   TEXT NOT NULL             -- in words, perhaps somebody's own
) STRICT;
CREATE INDEX audit_of_guild ON audit (guild_id, id);
