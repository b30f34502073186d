"""The sync of a folder: here alone the order of the stages is known."""
