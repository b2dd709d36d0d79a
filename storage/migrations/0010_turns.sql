-- What the job was steered to on its way, as JSON: [[step, prompt, steps], …]. NULL: nothing.
ALTER TABLE jobs ADD COLUMN turns TEXT;
