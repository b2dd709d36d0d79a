-- The pictures that a job's picture is drawn to: JSON [[SHA-256, weight, stop or null], …]. NULL: there are none.
ALTER TABLE jobs ADD COLUMN targets TEXT;
ALTER TABLE generations ADD COLUMN targets TEXT;

-- The files that they are. `code` is of a job and of its generation; while either names them, so does a row here.
CREATE TABLE targets (
    code          TEXT NOT NULL,
    target_sha256 TEXT NOT NULL,
    PRIMARY KEY (code, target_sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX targets_file ON targets (target_sha256);

CREATE TRIGGER job_aimed AFTER INSERT ON jobs WHEN NEW.targets IS NOT NULL
BEGIN
    INSERT OR IGNORE INTO targets SELECT NEW.code, json_extract(value, '$[0]') FROM json_each(NEW.targets);
END;
CREATE TRIGGER generation_aimed AFTER INSERT ON generations WHEN NEW.targets IS NOT NULL
BEGIN
    INSERT OR IGNORE INTO targets SELECT NEW.code, json_extract(value, '$[0]') FROM json_each(NEW.targets);
END;
CREATE TRIGGER job_aimless AFTER UPDATE OF targets ON jobs WHEN OLD.targets IS NOT NULL AND NEW.targets IS NULL
    AND NOT EXISTS (SELECT 1 FROM generations WHERE code = OLD.code)
BEGIN
    DELETE FROM targets WHERE code = OLD.code;
END;
CREATE TRIGGER job_aimed_gone AFTER DELETE ON jobs WHEN OLD.targets IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM generations WHERE code = OLD.code)
BEGIN
    DELETE FROM targets WHERE code = OLD.code;
END;
CREATE TRIGGER generation_aimed_gone AFTER DELETE ON generations WHEN OLD.targets IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM jobs WHERE code = OLD.code AND targets IS NOT NULL)
BEGIN
    DELETE FROM targets WHERE code = OLD.code;
END;

DROP TRIGGER generation_made;
CREATE TRIGGER generation_made AFTER UPDATE OF status, output_check ON jobs
    WHEN NEW.status = 'posting' AND NEW.picture_sha256 IS NOT NULL
        AND coalesce(NEW.output_check, 'clear') IN ('clear', 'spoiler')
BEGIN
    INSERT INTO generations (code, job_id, guild_id, place_id, channel_id, member_id, private, parent, prompt, engine,
                             model, width, height, steps, seed, init_sha256, init_weight, targets, seconds, score,
                             recipe, picture_sha256, created_at, blurred)
    VALUES (NEW.code, NEW.id, NEW.guild_id, coalesce(NEW.result_channel_id, NEW.place_id),
            coalesce(NEW.result_channel_id, NEW.channel_id), NEW.member_id, NEW.private, NEW.parent,
            NEW.prompt, NEW.engine, NEW.model, NEW.width, NEW.height, coalesce(NEW.stop_step, NEW.steps), NEW.seed,
            NEW.init_sha256, NEW.init_weight, NEW.targets, NEW.seconds, NEW.score, NEW.recipe, NEW.picture_sha256,
            (julianday('now') - 2440587.5) * 86400.0, NEW.blurred)
    ON CONFLICT (job_id) DO UPDATE SET steps = excluded.steps, seconds = excluded.seconds, score = excluded.score,
        recipe = excluded.recipe, picture_sha256 = excluded.picture_sha256,
        blurred = max(blurred, excluded.blurred);
END;
