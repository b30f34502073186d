"""Finding a value in a table."""
