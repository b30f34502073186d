"""Rounding and arithmetic."""
