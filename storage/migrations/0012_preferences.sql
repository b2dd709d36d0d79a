-- What members get where they ask for nothing else, on all servers. NULL: what everybody gets.
CREATE TABLE preferences (
    member_id   INTEGER PRIMARY KEY,
    language    TEXT,  -- of Gala's answers; NULL: that of their Discord
    model       TEXT,
    shape       TEXT,  -- a ratio such as 3:2, or a size such as 512x256
    steps       INTEGER,
    init_weight REAL,
    unwanted    TEXT   -- as it is written after --no
) STRICT;
