"""Cards and buttons; all they need is in the custom_id and the database."""
