"""Two ways to write an answer from passages, and the check that both must pass."""
