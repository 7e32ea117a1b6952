"""What somebody is greeted with, and the commands they have.  (pure)"""

from __future__ import annotations

from collections.abc import Sequence

from bot import texts


def greeting(questions: Sequence[str], language: str) -> str:
    """With questions about what is in the news; where none is known, those of the sample."""
    if not questions:
        return texts.say(language, "welcome")
    examples = "\n".join(f"• {question}" for question in questions)
    return texts.say(language, "welcome_with_examples", examples=examples)


def described(names: Sequence[str], language: str) -> str:
    """A line for each command."""
    return "\n".join(f"/{name}: {texts.say(language, f'command_{name}')}" for name in names)
