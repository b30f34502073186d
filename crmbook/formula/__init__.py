"""crmbook.formula."""
