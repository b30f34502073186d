"""Watch a folder: sync what people save, refresh the rest in batches and by the clock, tell who must know."""
