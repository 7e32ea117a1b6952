"""Whether every figure, date and name of an answer stands in what it cites.

Start with `check`.
"""
