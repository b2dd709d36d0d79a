-- How the camera moves, where the job is a film of its own: JSON of a `generation.protocol.Motion`. NULL: a picture.
ALTER TABLE jobs ADD COLUMN motion TEXT;
