"""The people database's schema, step by step; `versions/` holds one file a step."""

HEAD = "0003"
"""The newest revision in `versions/`."""
