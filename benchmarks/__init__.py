"""How fast Gala is, beside its peers and beside what the machine could do."""
