"""Stories that messages told, for tests of the Telegram side."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bot.answers import Turn
from bot.conversation_key import ConversationKey
from bot.digest_page import StoryView
from bot.digest_taste import Wish
from bot.outgoing import ToldStory


@dataclass
class ScriptedTold:
    """Knows its views and names, by story."""

    views: dict[str, StoryView] = field(default_factory=dict)
    known_names: dict[str, str] = field(default_factory=dict)
    wishes: list[tuple[ConversationKey, str, Wish]] = field(default_factory=list)

    async def view(
        self, story_id: str, language: str, hidden: Collection[str] = ()
    ) -> StoryView | None:
        return self.views.get(story_id)

    async def about(
        self, told: Sequence[ToldStory], language: str, hidden: Collection[str] = ()
    ) -> tuple[Turn, ...]:
        named = [self.known_names[one.story_id] for one in told if one.story_id in self.known_names]
        if not named:
            return ()
        return Turn("user", f"About {', '.join(named)}?"), Turn("assistant", "It says so. [1]")

    async def names(self, told: ToldStory) -> str:
        return self.known_names.get(told.story_id, "")

    async def told(
        self, story_id: str, language: str, hidden: Collection[str] = ()
    ) -> ToldStory | None:
        view = self.views.get(story_id)
        return ToldStory(1, story_id, view.headline) if view else None

    async def followed_name(self, story_id: str) -> str:
        return self.known_names.get(story_id, "")

    async def wish(self, where: ConversationKey, story_id: str, wish: Wish) -> bool:
        if story_id not in self.views:
            return False
        self.wishes.append((where, story_id, wish))
        return True
