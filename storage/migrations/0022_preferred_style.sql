-- One of the host's styles, which prompts that name none are dressed in. NULL: none.
ALTER TABLE preferences ADD COLUMN style TEXT;
