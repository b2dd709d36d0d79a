-- How many pictures the job makes; more than one are a sheet, best first, with their `scores` as JSON: [0.31, …].
ALTER TABLE jobs ADD COLUMN grid INTEGER NOT NULL DEFAULT 1;
ALTER TABLE jobs ADD COLUMN scores TEXT;

-- Where `init_sha256` is a sheet: which of its pictures the job goes on from, from 1 on.
ALTER TABLE jobs ADD COLUMN candidate INTEGER;
-- The share of the start's rows, from the top, that stay as they are. NULL: the start says nothing of rows, or all stay.
ALTER TABLE jobs ADD COLUMN keep REAL;
