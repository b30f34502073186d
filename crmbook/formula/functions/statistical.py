"""Averages, counts and ranks."""
