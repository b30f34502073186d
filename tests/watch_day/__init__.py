"""A day in a folder that is watched: the real process, people at work in it, and what is left of their work."""
