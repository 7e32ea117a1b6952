"""What is kept of a person can be read by them and forgotten; conversations grow old."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Engine,
    Float,
    Integer,
    LargeBinary,
    Table,
    func,
    insert,
    select,
    update,
)
from typer.testing import CliRunner

from bot import mydata
from bot.command_line import app
from bot.conversation_key import ConversationKey
from bot.database import (
    answers_shown,
    cited,
    corrections_told,
    feedback,
    follows,
    groups,
    invites,
    kept_values,
    metadata,
    open_people,
    people,
    turns,
    updates_handled,
    usage,
)
from bot.forgetting import COUNTS_FOR, forget, forget_conversation, prune
from bot.held_data import HELD, NOBODY, OF_NOBODY, Held
from bot.mydata import export
from bot.settings import Settings
from bot.shown_answers import ShownAnswer, packed
from retrieval.lock import ArchiveLock
from tests.archive import NOW
from tests.people import people_database
from tests.telegram_bot import ANSWER

ANA, RUI, DESK = 551234, 771234, -100200
NOW_SECONDS = int(NOW.timestamp())
PERSON_COLUMNS = {"conversation", "chat_id", "person", "user_id", "by"}
"""As these tables have named people and their chats; `*_by` are, too."""


@pytest.fixture
def engine() -> Iterator[Engine]:
    found = people_database()
    yield found
    found.dispose()


def shown(asker: int, chat_id: int) -> str:
    where = ConversationKey(chat_id)
    return packed(ShownAnswer(where, (4,), 3, asker, "How much?", ANSWER, NOW))


def a_row(table: Table, number: int, person: int, chat_id: int) -> dict[str, Any]:
    """A row in which every column that may name somebody names `person`, in their private chat
    or in `chat_id`."""
    place = chat_id or person
    row: dict[str, Any] = {}
    for column in table.columns:
        kind = column.type
        if column.name == "shown":
            row[column.name] = shown(person, place)
        elif column.name == "claimed_by":
            row[column.name] = "a process"
        elif table is groups and column.name == "chat_id":
            row[column.name] = -number
        elif column.name == "body":
            row[column.name] = json.dumps({"message": {"from": {"id": person}}})
        elif column.name == "conversation":
            row[column.name] = str(place)
        elif column.name == "chat_id":
            row[column.name] = place
        elif column.name in PERSON_COLUMNS or column.name.endswith("_by"):
            row[column.name] = person
        elif column.name in {"turn_id", "delivery_id", "id", "update_id"}:
            row[column.name] = number
        elif isinstance(kind, Boolean):
            row[column.name] = True
        elif isinstance(kind, Float):
            row[column.name] = 0.5
        elif isinstance(kind, LargeBinary):
            row[column.name] = b"\x00\x00\x80?"
        elif isinstance(kind, Integer):
            row[column.name] = NOW_SECONDS - 9 * 86_400 + number
        else:
            row[column.name] = f"value {number}"
    return row


def fill(engine: Engine, number: int, person: int, chat_id: int = 0) -> None:
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(insert(table).values(a_row(table, number, person, chat_id)))


def everything(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    with engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }


def naming(engine: Engine, person: int) -> set[str]:
    """The tables in which a person's number stands, wherever in a row."""
    return {
        name
        for name, rows in everything(engine).items()
        if any(str(person) in str(value) for row in rows for value in row.values())
    }


class TestEveryTableOfThePeopleDatabase:
    def test_is_either_somebodys_or_told_to_be_nobodys(self) -> None:
        known = [held.table.name for held in HELD] + [table.name for table in OF_NOBODY]
        assert sorted(known) == sorted(metadata.tables), (
            "a table is in neither list of bot.held_data: whoever forgets a person, and whoever "
            "exports their data, would pass it over"
        )

    @pytest.mark.parametrize("held", HELD, ids=lambda held: held.table.name)
    def test_has_every_column_that_names_somebody_covered(self, held: Held) -> None:
        naming_columns = {
            column.name
            for column in held.table.columns
            if column.name in PERSON_COLUMNS or column.name.endswith("_by")
        } - {"claimed_by"}  # a process of ours
        covered = {held.place, held.person, *held.names}
        if held.table.name == "groups":
            covered.add("chat_id")  # a group's, never a person's
        assert naming_columns <= covered

    @pytest.mark.parametrize("table", OF_NOBODY, ids=lambda table: table.name)
    def test_that_is_nobodys_names_nobody(self, table: Table) -> None:
        assert not {one.name for one in table.columns} & PERSON_COLUMNS

    def test_refers_only_to_tables_that_are_emptied_after_it(self) -> None:
        order = [held.table.name for held in HELD]
        for held in HELD:
            for key in held.table.foreign_keys:
                assert order.index(key.column.table.name) > order.index(held.table.name)


class TestWhoIsForgotten:
    def test_is_named_nowhere_but_where_it_says_they_are_let_in(self, engine: Engine) -> None:
        fill(engine, 1, ANA)
        fill(engine, 2, RUI)
        before = {name: rows[1:] for name, rows in everything(engine).items()}
        assert len(naming(engine, ANA)) == len(metadata.tables) - len(OF_NOBODY) - 1  # cited
        forget(engine, ANA, NOW)
        assert naming(engine, ANA) == {"people"}
        left = everything(engine)
        assert left["cited"] == before["cited"]
        for name, rows in before.items():
            assert rows[0] in left[name], f"{name}: another person's row has changed"

    def test_is_named_nowhere_at_all_with_their_membership(self, engine: Engine) -> None:
        fill(engine, 1, ANA)
        gone = forget(engine, ANA, NOW, with_membership=True)
        assert naming(engine, ANA) == set()
        assert gone.rows["people"] == 1

    def test_is_anonymous_in_groups_whose_data_stays(self, engine: Engine) -> None:
        fill(engine, 1, ANA, chat_id=DESK)
        forget(engine, ANA, NOW)
        assert naming(engine, ANA) == {"people"}
        left = everything(engine)
        assert [row["conversation"] for row in left["turns"]] == [str(DESK)]
        assert [row["created_by"] for row in left["follows"]] == [NOBODY]
        assert [json.loads(row["shown"])["asker"] for row in left["answers_shown"]] == [NOBODY]
        assert left["feedback"] == []

    def test_loses_the_topics_of_their_private_chat_but_no_longer_number_s(
        self, engine: Engine
    ) -> None:
        with engine.begin() as connection:
            for place in (f"{ANA}/7", f"{ANA}0", f"{ANA}0/7", f"-{ANA}"):
                row = {"conversation": place, "role": "user", "text": "x", "at": 1}
                connection.execute(insert(turns).values(row))
        forget(engine, ANA, NOW)
        with engine.connect() as connection:
            kept = connection.scalars(select(turns.c.conversation).order_by(turns.c.id)).all()
        assert kept == [f"{ANA}0", f"{ANA}0/7", f"-{ANA}"]

    def test_twice_finds_nothing_more(self, engine: Engine) -> None:
        fill(engine, 1, ANA)
        assert forget(engine, ANA, NOW).total > 5
        assert forget(engine, ANA, NOW).total == 0

    def test_cannot_begin_a_new_allowance_every_hour(self, engine: Engine) -> None:
        def used(hours: int) -> dict[str, int]:
            at = NOW_SECONDS - hours * 3600
            return {"at": at, "person": ANA, "input_tokens": 10, "output_tokens": 1}

        def moments() -> list[int]:
            with engine.connect() as connection:
                return list(connection.scalars(select(usage.c.at).where(usage.c.person == ANA)))

        with engine.begin() as connection:
            connection.execute(insert(usage), [used(30), used(2)])
        forget(engine, ANA, NOW)
        assert moments() == [NOW_SECONDS - 2 * 3600]
        prune(engine, NOW + COUNTS_FOR - timedelta(minutes=1), 0)
        assert len(moments()) == 1
        prune(engine, NOW + COUNTS_FOR, 0)
        assert naming(engine, ANA) == set()

    def test_a_link_they_came_by_is_still_known_as_used(self, engine: Engine) -> None:
        fill(engine, 1, ANA)
        forget(engine, ANA, NOW)
        with engine.connect() as connection:
            assert connection.scalars(select(invites.c.used_at)).all() != [None]

    def test_an_update_of_theirs_is_not_taken_up_again(self, engine: Engine) -> None:
        fill(engine, 1, ANA)
        fill(engine, 2, RUI)
        forget(engine, ANA, NOW)
        with engine.connect() as connection:
            rows = connection.execute(select(updates_handled).order_by("update_id")).all()
        assert [row.body is None for row in rows] == [True, False]
        assert rows[0].state == "handled"


class TestTheConversationOfAGroup:
    def test_goes_with_its_answers_and_leaves_its_choices(self, engine: Engine) -> None:
        fill(engine, 1, ANA, chat_id=DESK)
        fill(engine, 2, RUI)
        forget_conversation(engine, DESK)
        left = everything(engine)
        for table in (turns, cited, corrections_told, answers_shown, feedback):
            assert len(left[table.name]) == 1, table.name
        for table in (follows, people):
            assert len(left[table.name]) == 2


class TestRetention:
    def ages(self, engine: Engine) -> list[int]:
        """Days of the turns that are kept."""
        with engine.connect() as connection:
            found = connection.scalars(select(turns.c.at).order_by(turns.c.at.desc()))
            return [(NOW_SECONDS - at) // 86_400 for at in found]

    def old(self, engine: Engine, *ages: int) -> None:
        with engine.begin() as connection:
            for number, days in enumerate(ages, start=1):
                at = NOW_SECONDS - days * 86_400
                row = {"id": number, "conversation": "5", "role": "user", "text": "x", "at": at}
                connection.execute(insert(turns).values(row))
                connection.execute(insert(cited).values(a_row(cited, number, ANA, 0)))

    def test_forgets_what_is_older_than_it_is_to_be_kept(self, engine: Engine) -> None:
        self.old(engine, 400, 366, 364, 0)
        assert prune(engine, NOW, 365) == 2
        assert self.ages(engine) == [0, 364]
        with engine.connect() as connection:
            assert connection.scalars(select(cited.c.turn_id)).all() == [3, 4]

    def test_of_nought_days_keeps_all_for_ever(self, engine: Engine) -> None:
        self.old(engine, 40_000)
        assert prune(engine, NOW, 0) == 0
        assert self.ages(engine) == [40_000]

    def test_takes_answers_feedback_and_usage_along(self, engine: Engine) -> None:
        fill(engine, 1, ANA)
        with engine.begin() as connection:
            connection.execute(update(kept_values).values(name="x"))
        prune(engine, NOW, 8)
        left = everything(engine)
        assert [left[one.name] for one in (answers_shown, feedback, usage, turns)] == [[]] * 4
        assert len(left["follows"]) == 1

    def test_is_a_year_unless_it_is_set(self) -> None:
        assert Settings().keep_conversations_days == 365

    def test_of_many_turns_is_done_in_pieces(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.forgetting.PRUNED_AT_ONCE", 2)
        monkeypatch.setattr("bot.forgetting.MOST_PRUNED", 4)
        self.old(engine, *[400] * 7)
        assert prune(engine, NOW, 365) == 4
        assert prune(engine, NOW, 365) == 3


class TestAnExport:
    def test_holds_rows_of_every_table_that_holds_theirs(self, engine: Engine) -> None:
        fill(engine, 1, ANA)
        fill(engine, 2, RUI)
        found = json.loads(export(engine, ANA, NOW))
        only_named = {"invites", "groups"}
        assert set(found["data"]) == {held.table.name for held in HELD} - only_named
        assert {len(rows) for rows in found["data"].values()} == {1}
        assert found["named_in"]["invites"] == {"created_by": 1, "used_by": 1}
        assert found["complete"] is True
        assert str(RUI) not in json.dumps(found)

    def test_can_be_read(self, engine: Engine) -> None:
        fill(engine, 1, ANA)
        data = json.loads(export(engine, ANA, NOW))["data"]
        assert data["turns"][0]["at"].startswith("2025-05-23T09:00:01")
        assert data["answers_shown"][0]["shown"]["question"] == "How much?"

    def test_gives_away_no_secret_and_nobody_elses_name(self, engine: Engine) -> None:
        fill(engine, 1, ANA, chat_id=DESK)
        found = json.loads(export(engine, ANA, NOW))
        assert "token_hash" not in json.dumps(found)
        assert "groups" not in found["data"]
        assert found["asked"][0]["question"] == "How much?"

    def test_of_nobody_is_empty(self, engine: Engine) -> None:
        fill(engine, 1, RUI)
        found = json.loads(export(engine, ANA, NOW))
        assert (found["data"], found["asked"], found["named_in"]) == ({}, [], {})

    def test_that_grows_too_large_keeps_the_latest_and_says_so(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = {"conversation": str(ANA), "role": "user", "at": 1}
        with engine.begin() as connection:
            connection.execute(insert(turns), [{**row, "text": str(n)} for n in range(100)])
        monkeypatch.setattr(mydata, "LARGEST", 3_000)
        written = export(engine, ANA, NOW)
        found = json.loads(written)
        assert len(written) <= 3_000
        assert found["complete"] is False
        assert found["data"]["turns"][-1]["text"] == "99"

    def test_and_a_forgotten_persons_export_are_of_the_same_tables(self, engine: Engine) -> None:
        fill(engine, 1, ANA)
        exported = set(json.loads(export(engine, ANA, NOW))["data"])
        gone = set(forget(engine, ANA, NOW, with_membership=True).rows)
        assert exported - gone == {"updates_handled"}  # whose number stays, and nothing else


class TestTheOperator:
    @pytest.fixture
    def home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        home = tmp_path / "home"
        home.mkdir()
        engine = open_people(home / "people.db")
        fill(engine, 1, ANA)
        engine.dispose()
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PAUTA_HOME", str(home))
        return home

    def count(self, home: Path, table: Table) -> int:
        engine = open_people(home / "people.db")
        with engine.connect() as connection:
            found = connection.scalar(select(func.count()).select_from(table)) or 0
        engine.dispose()
        return found

    def test_forgets_and_is_told_what_stays(self, home: Path) -> None:
        done = CliRunner().invoke(app, ["forget", str(ANA)])
        assert done.exit_code == 0, done.output
        assert "1 of turns" in done.stderr
        assert "still let in" in done.stderr
        assert (self.count(home, turns), self.count(home, people)) == (0, 1)
        again = CliRunner().invoke(app, ["forget", str(ANA), "--membership"])
        assert again.exit_code == 0
        assert self.count(home, people) == 0
        assert CliRunner().invoke(app, ["forget", str(ANA)]).exit_code == 3

    def test_exports_while_a_bot_runs_and_never_over_a_file(self, home: Path) -> None:
        lock = ArchiveLock(home, "run", lasting=True)
        lock.acquire()
        try:
            done = CliRunner().invoke(app, ["export", str(ANA), "ana.json"])
            assert done.exit_code == 0, done.output
            file = home.parent / "ana.json"
            assert json.loads(file.read_text(encoding="utf-8"))["person"] == ANA
            assert file.stat().st_mode & 0o777 == 0o600
            assert CliRunner().invoke(app, ["export", str(ANA), "ana.json"]).exit_code == 2
            refused = CliRunner().invoke(app, ["forget", str(ANA)])
            assert "pauta run" in str(refused.exception)
        finally:
            lock.release()
        assert self.count(home, turns) == 1


def test_somebody_else_asking_the_same_is_left_alone(engine: Engine) -> None:
    """ANA's number begins as another's: it is held against the whole number."""
    longer = ANA * 10
    answer = replace(ANSWER, text=f"About {ANA}")
    kept = packed(ShownAnswer(ConversationKey(DESK), (4,), 3, longer, "How?", answer, NOW))
    row = {"chat_id": DESK, "first_id": 4, "last_id": 4, "at": NOW_SECONDS, "shown": kept}
    with engine.begin() as connection:
        connection.execute(insert(answers_shown).values(row))
    forget(engine, ANA, NOW)
    with engine.connect() as connection:
        assert connection.scalars(select(answers_shown.c.shown)).all() == [kept]
