-- Members who have asked that what is kept of them be erased: until nothing is left that has to wait.
CREATE TABLE erasures (
    member_id INTEGER PRIMARY KEY,
    locale    TEXT NOT NULL,
    asked_at  REAL NOT NULL,
    told      INTEGER NOT NULL DEFAULT 0  -- the pictures and messages are gone, and the member knows it
) STRICT;

-- All that is kept of a member is found by the member alone.
CREATE INDEX generations_by_member ON generations (member_id, id);
CREATE INDEX quota_grants_by_member ON quota_grants (member_id);
CREATE INDEX quota_resets_by_member ON quota_resets (member_id);
CREATE INDEX suspensions_by_member ON suspensions (member_id);
CREATE INDEX searches_by_member ON searches (member_id);

CREATE INDEX guilds_retention ON guilds (retention_days) WHERE retention_days IS NOT NULL;

-- A moderator has blurred it: it is shown only to who asks for it, wherever it is shown again.
ALTER TABLE generations ADD COLUMN blurred INTEGER NOT NULL DEFAULT 0;
