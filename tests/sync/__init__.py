"""Sync as a whole: real workbooks of a small book, a real store, and what must never happen to anybody's work."""
