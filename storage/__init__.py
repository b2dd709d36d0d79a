"""Gala's memory: rows in SQLite and picture files named by their SHA-256."""
