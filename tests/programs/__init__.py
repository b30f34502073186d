"""Every program that saves a workbook: what it makes of one, and what a sync makes of that."""
