"""The corpus database's schema, step by step; `versions/` holds one file a step."""

HEAD = "0007"
"""The newest revision in `versions/`."""
