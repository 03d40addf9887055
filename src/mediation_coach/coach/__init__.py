"""What the coach does: decide, walk, present."""
