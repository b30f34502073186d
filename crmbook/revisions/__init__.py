"""The past of a book: what changed, and going back."""
