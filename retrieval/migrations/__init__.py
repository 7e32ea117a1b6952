"""The corpus database's schema, step by step; `versions/` holds one file a step."""

HEAD = "0004"
"""The newest revision in `versions/`."""
