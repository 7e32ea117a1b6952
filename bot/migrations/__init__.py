"""The people database's schema, step by step; `versions/` holds one file a step."""

HEAD = "0013"
"""The newest revision in `versions/`."""
