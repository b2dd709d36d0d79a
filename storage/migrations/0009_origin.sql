-- What was to become of the earlier picture that `init_sha256` is: 'larger', 'near' or 'far'. NULL: it is none.
ALTER TABLE jobs ADD COLUMN origin TEXT;
