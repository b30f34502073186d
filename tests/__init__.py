"""Tests of crmbook; folders mirror the package."""
