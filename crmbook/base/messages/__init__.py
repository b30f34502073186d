"""The words of every message, in Chinese and English, one TOML file per area."""
