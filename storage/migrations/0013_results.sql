-- Where finished pictures go. NULL: as in the category, else as in the guild, else where they were asked for;
-- 0: where they were asked for.
ALTER TABLE guilds ADD COLUMN results_channel_id INTEGER;
ALTER TABLE guild_channels ADD COLUMN results_channel_id INTEGER;

-- The channel in which the job's result is to stand, as settled when it was accepted. NULL: where it was asked for.
ALTER TABLE jobs ADD COLUMN result_channel_id INTEGER;

-- A generation is as visible as the channel in which it stands.
DROP TRIGGER generation_made;
CREATE TRIGGER generation_made AFTER UPDATE OF status ON jobs
    WHEN NEW.status = 'posting' AND NEW.picture_sha256 IS NOT NULL
BEGIN
    INSERT INTO generations (code, job_id, guild_id, place_id, channel_id, member_id, private, parent, prompt, engine,
                             model, width, height, steps, seed, init_sha256, init_weight, seconds, score, recipe,
                             picture_sha256, created_at)
    VALUES (NEW.code, NEW.id, NEW.guild_id, coalesce(NEW.result_channel_id, NEW.place_id),
            coalesce(NEW.result_channel_id, NEW.channel_id), NEW.member_id, NEW.private, NEW.parent,
            NEW.prompt, NEW.engine, NEW.model, NEW.width, NEW.height, coalesce(NEW.stop_step, NEW.steps), NEW.seed,
            NEW.init_sha256, NEW.init_weight, NEW.seconds, NEW.score, NEW.recipe, NEW.picture_sha256,
            (julianday('now') - 2440587.5) * 86400.0)
    ON CONFLICT (job_id) DO UPDATE SET steps = excluded.steps, seconds = excluded.seconds, score = excluded.score,
        recipe = excluded.recipe, picture_sha256 = excluded.picture_sha256;
END;

-- Where the chosen channel is closed, it stands elsewhere, and is looked at anew, so that the search knows.
CREATE TRIGGER generation_moved AFTER UPDATE OF result_channel_id ON jobs
BEGIN
    UPDATE generations SET place_id = coalesce(NEW.result_channel_id, NEW.place_id),
        channel_id = coalesce(NEW.result_channel_id, NEW.channel_id) WHERE job_id = NEW.id;
    DELETE FROM vectors WHERE generation_id = (SELECT id FROM generations WHERE job_id = NEW.id);
    INSERT INTO unseen SELECT id FROM generations WHERE job_id = NEW.id
        AND NOT EXISTS (SELECT 1 FROM unseen WHERE generation_id = generations.id);
END;
