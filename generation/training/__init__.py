"""The recipe that makes the models that ship with Gala."""
