"""Tests of crmbook.formula."""
