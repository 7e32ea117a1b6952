"""The people database's schema, step by step; `versions/` holds one file a step."""

HEAD = "0012"
"""The newest revision in `versions/`."""
