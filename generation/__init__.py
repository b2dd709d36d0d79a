"""Gala's generation process: networks, engines, models and the pipe's messages."""
