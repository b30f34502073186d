"""Which column of a source is which field, and which of its values is which list entry: proposed, edited, applied."""
