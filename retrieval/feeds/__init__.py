"""What comes from outside: fetched within limits, and read into articles."""
