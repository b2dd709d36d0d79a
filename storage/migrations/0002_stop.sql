-- After how many steps the job's author has asked to keep the picture as it is; once it has ended, how many it had.
-- NULL: it runs, or has run, to its end.
ALTER TABLE jobs ADD COLUMN stop_step INTEGER;
