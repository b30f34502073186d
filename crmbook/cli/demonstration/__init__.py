"""The demonstration: the example company, edited as a person would edit it, then synced."""
