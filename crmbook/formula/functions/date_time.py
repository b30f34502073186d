"""Dates are serial numbers."""
