"""What only whoever runs Pauta is told: commands of a machine that others cannot reach.  (pure)"""

from __future__ import annotations

from bot import texts
from bot.asker import Asker

_HINTS = {
    "model_failed": "doctor_tells_why",
    "model_not_set_up": "doctor_tells_why",
    "archive_empty": "archive_how_to_begin",
}


def hint_after(key: str, asker: Asker, language: str) -> str:
    """What to do about the text `key`; empty for whom it is no business of."""
    return texts.say(language, _HINTS[key]) if asker.is_operator and key in _HINTS else ""
