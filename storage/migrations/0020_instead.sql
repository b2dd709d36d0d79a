-- The model in whose place another paints, where it does not read the language of the prompt. NULL: there is none.
ALTER TABLE jobs ADD COLUMN instead_of TEXT;
