"""What a team does on an ordinary day, in every combination: see `tests.everyday.matrix`."""
