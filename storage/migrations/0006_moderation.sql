-- What a guild's admins forbid in prompts, and what they allow in spite of it. `folded` is the rule as it is compared.
CREATE TABLE filter_rules (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id INTEGER NOT NULL,
    allowed  INTEGER NOT NULL CHECK (allowed IN (0, 1)),
    words    TEXT NOT NULL,
    folded   TEXT NOT NULL,
    source   TEXT NOT NULL,             -- the name of the AutoMod rule that it comes from, or ''
    added_by INTEGER NOT NULL,
    added_at REAL NOT NULL,
    UNIQUE (guild_id, allowed, folded)
) STRICT;
CREATE INDEX filter_rules_imported ON filter_rules (guild_id) WHERE source <> '';

-- Prompts that the filter has refused: what their author may appeal against, for some weeks.
CREATE TABLE filter_hits (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id   INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    member_id  INTEGER NOT NULL,
    prompt     TEXT NOT NULL,
    rule       TEXT NOT NULL,           -- its words
    locale     TEXT NOT NULL,
    hit_at     REAL NOT NULL
) STRICT;
CREATE INDEX filter_hits_of_member ON filter_hits (member_id, hit_at);
CREATE INDEX filter_hits_by_time ON filter_hits (hit_at);

-- What stands, or has stood, in a guild's inbox of the moderators: a card each. Of one subject one case is open.
CREATE TABLE cases (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    guild_id   INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('report', 'filter', 'appeal')),
    subject    TEXT NOT NULL,           -- what makes two the same: a generation's code, "member 1", "hit 2"
    member_id  INTEGER NOT NULL,        -- whose picture or prompt it is
    channel_id INTEGER NOT NULL,        -- where it was made
    message_id INTEGER,                 -- the result's message
    code       TEXT,                    -- of the generation
    job_id     TEXT,
    prompt     TEXT NOT NULL,
    rule       TEXT NOT NULL,           -- the words of the filter's rule, or ''
    times      INTEGER NOT NULL DEFAULT 1,
    opened_at  REAL NOT NULL,
    inbox_id   INTEGER,                 -- where the card stands
    card_id    INTEGER,                 -- its message
    closed_at  REAL
) STRICT;
CREATE UNIQUE INDEX cases_open ON cases (guild_id, kind, subject) WHERE closed_at IS NULL;
CREATE INDEX cases_of_member ON cases (member_id, opened_at);
CREATE INDEX cases_of_code ON cases (code) WHERE code IS NOT NULL;

-- Who has reported, and why; and what moderators have done about it.
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
    deed     TEXT NOT NULL CHECK (deed IN ('delete', 'blur', 'refund', 'suspend', 'allow', 'dismiss')),
    actor_id INTEGER NOT NULL,
    done_at  REAL NOT NULL,
    PRIMARY KEY (case_id, deed)
) STRICT, WITHOUT ROWID;
