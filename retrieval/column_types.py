"""What a column's type is called in each database."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer

WholeNumber = Integer().with_variant(BigInteger(), "postgresql")
"""Moments in seconds, Telegram's ids: SQLite's INTEGER holds 64 bits, PostgreSQL's only 32."""
