"""Gala's Discord side: prompts, the fair queue, cards and commands. Never loads torch."""
