"""Values and pure rules. Standard library only."""
