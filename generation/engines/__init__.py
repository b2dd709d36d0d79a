"""The engines: one file a way to make pictures."""
