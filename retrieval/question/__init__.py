"""What a question asks beside its topic: a time, outlets, literal words.

Start with `understanding`.
"""
