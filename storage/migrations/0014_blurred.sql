-- What is made from a blurred picture is blurred from its first frame on; so the job knows it, too.
ALTER TABLE jobs ADD COLUMN blurred INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET blurred = 1 WHERE code IN (SELECT code FROM generations WHERE blurred = 1);

DROP TRIGGER generation_made;
CREATE TRIGGER generation_made AFTER UPDATE OF status ON jobs
    WHEN NEW.status = 'posting' AND NEW.picture_sha256 IS NOT NULL
BEGIN
    INSERT INTO generations (code, job_id, guild_id, place_id, channel_id, member_id, private, parent, prompt, engine,
                             model, width, height, steps, seed, init_sha256, init_weight, seconds, score, recipe,
                             picture_sha256, created_at, blurred)
    VALUES (NEW.code, NEW.id, NEW.guild_id, coalesce(NEW.result_channel_id, NEW.place_id),
            coalesce(NEW.result_channel_id, NEW.channel_id), NEW.member_id, NEW.private, NEW.parent,
            NEW.prompt, NEW.engine, NEW.model, NEW.width, NEW.height, coalesce(NEW.stop_step, NEW.steps), NEW.seed,
            NEW.init_sha256, NEW.init_weight, NEW.seconds, NEW.score, NEW.recipe, NEW.picture_sha256,
            (julianday('now') - 2440587.5) * 86400.0, NEW.blurred)
    ON CONFLICT (job_id) DO UPDATE SET steps = excluded.steps, seconds = excluded.seconds, score = excluded.score,
        recipe = excluded.recipe, picture_sha256 = excluded.picture_sha256;
END;
