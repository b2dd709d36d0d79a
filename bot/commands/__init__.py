"""Slash commands: text in, one call, a reply; no logic."""
