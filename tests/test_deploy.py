"""What is in deploy/ fits the program: settings that exist, files that exist, ports that answer."""

from __future__ import annotations

import asyncio
import configparser
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from typer.main import get_command

from bot.command_line import app
from bot.metrics import REGISTRY
from bot.places import is_shared, server_of
from bot.settings import Settings, variable_name
from bot.settings_example import default_of, example, explanations, in_force
from bot.settings_reading import load_settings
from bot.status_server import StatusServer
from tests.bot.test_handlers import free_port

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
_TELEGRAM = {
    "TELEGRAM_BOT_TOKEN": "12345:a-token",
    "PAUTA_WEBHOOK_URL": "https://bot.example.org/pauta",
}
VARIABLES = {variable_name(field) for field in Settings.model_fields}
FILES = sorted(
    path.relative_to(DEPLOY).as_posix()
    for path in DEPLOY.rglob("*")
    if path.is_file() and path.name not in {"constraints.txt", ".env"} and path.suffix != ".pyc"
)
YAML = [name for name in FILES if name.endswith(".yaml")]


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def documents(name: str) -> list[Any]:
    return list(yaml.safe_load_all(text(name)))


def is_a_command(words: Sequence[str]) -> bool:
    """Whether `pauta` takes these words; every option is a flag."""
    command = get_command(app).commands[words[0]]  # type: ignore[attr-defined]
    known = {option for one in command.params for option in one.opts}
    return set(words[1:]) <= known


class TestTheExampleOfSettings:
    def test_is_what_the_program_prints_today(self) -> None:
        assert text("env.example") == example(), "pauta settings --example > deploy/env.example"

    def test_explains_every_setting(self) -> None:
        assert [name for name, told in explanations().items() if len(told) < 10] == []

    def test_names_each_setting_once_and_none_that_is_not_one(self) -> None:
        named = re.findall(r"^#(\w+)=", example(), re.MULTILINE)
        assert sorted(named) == sorted(VARIABLES)

    def test_sets_nothing_and_with_every_line_in_force_changes_nothing(
        self, tmp_path: Path
    ) -> None:
        file = tmp_path / "env"
        file.write_text(example(), encoding="utf-8")
        assert load_settings({}, file) == load_settings({}, None)
        file.write_text(re.sub(r"^#(\w+=)", r"\1", example(), flags=re.MULTILINE), encoding="utf-8")
        assert load_settings({}, file) == load_settings({}, None)

    def test_writes_defaults_as_a_person_would(self) -> None:
        assert default_of("drafts") == "off"
        assert default_of("llm_tokens_per_question") == "60000"
        assert default_of("llm_timeout_seconds") == "30"
        assert default_of("home") == default_of("telegram_bot_token") == ""

    def test_what_is_in_force_is_shown_without_secrets(self) -> None:
        shown = in_force(
            load_settings(
                {
                    "TELEGRAM_BOT_TOKEN": "12345:never-shown-anywhere",
                    "PAUTA_LLM_API_KEY": "never-shown-either",
                    "PAUTA_LLM_BASE_URL": "https://ana:never-shown@host/v1?key=never-shown",
                    "PAUTA_ADMINS": "8,7",
                    "PAUTA_DRAFTS": "on",
                },
                None,
            )
        )
        assert "never-shown" not in shown
        assert "PAUTA_ADMINS=7,8\n" in shown
        assert "PAUTA_DRAFTS=on\n" in shown
        assert "PAUTA_LLM_BASE_URL=https://host/v1\n" in shown
        assert "PAUTA_TIMEZONE" not in shown


@pytest.mark.parametrize("name", FILES)
def test_every_setting_a_file_names_exists(name: str) -> None:
    assert set(re.findall(r"\bPAUTA_[A-Z_]+[A-Z]\b", text(name))) <= VARIABLES


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".md")])
def test_every_link_leads_to_a_file(name: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", text(name)):
        assert (DEPLOY / name).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("name", YAML)
def test_every_yaml_file_parses(name: str) -> None:
    assert all(isinstance(one, dict) for one in documents(name))


class TestTheImage:
    instructions = re.sub(r"\\\n\s*", " ", text("Dockerfile")).splitlines()

    def of(self, keyword: str) -> Iterator[str]:
        for line in self.instructions:
            if line.startswith(f"{keyword} "):
                yield line.removeprefix(f"{keyword} ")

    def test_copies_only_what_exists_and_is_let_into_the_build(self) -> None:
        let_in = {
            line.removeprefix("!")
            for line in text("Dockerfile.dockerignore").splitlines()
            if line.startswith("!")
        }
        copied = {
            source
            for line in self.of("COPY")
            if not line.startswith("--from")
            for source in line.split()[:-1]
        }
        assert copied == let_in
        assert all((ROOT / source).exists() for source in copied)
        assert text("Dockerfile.dockerignore").startswith("*\n")

    def test_copies_every_package_of_the_program(self) -> None:
        packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
        assert packages <= {source for line in self.of("COPY") for source in line.split()}

    def test_leaves_no_module_out_of_what_is_installed(self) -> None:
        for package in ("bot", "prompts", "retrieval"):
            for module in (ROOT / package).rglob("*.py"):
                assert (module.parent / "__init__.py").exists(), f"{module} is in no package"

    def test_runs_as_nobody_in_particular_and_installs_what_was_tested(self) -> None:
        assert list(self.of("USER")) == ["10001:10001"]
        assert any("--constraint deploy/constraints.txt" in line for line in self.of("RUN"))
        assert len(list(self.of("FROM"))) == 2
        (check,) = self.of("HEALTHCHECK")
        assert "/opt/pauta/health.py" in check

    def test_brings_no_pytorch_unless_asked(self) -> None:
        assert 'EXTRAS=""' in list(self.of("ARG"))


class TestCompose:
    services = documents("compose.yaml")[0]["services"]
    networks = documents("compose.yaml")[0]["networks"]

    def test_has_profiles_and_nothing_outside_them(self) -> None:
        assert {name: one["profiles"] for name, one in self.services.items()} == {
            "pauta": ["single"],
            "pauta-with-llm": ["local-llm"],
            "llm": ["local-llm", "llm"],
            "bot": ["team"],
            "worker": ["team"],
            "postgres": ["team"],
            "chroma": ["team"],
            "proxy": ["proxy"],
        }

    def test_every_service_has_a_read_only_root_and_no_powers(self) -> None:
        for name, one in self.services.items():
            assert one["read_only"] is True
            assert one["cap_drop"] == ["ALL"]
            assert one.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
            assert one["security_opt"] == ["no-new-privileges:true"]

    def test_only_the_proxy_is_reached_from_outside(self) -> None:
        assert [name for name, one in self.services.items() if "ports" in one] == ["proxy"]
        for name in ("postgres", "chroma"):
            assert self.services[name]["networks"] == ["data"]
        assert self.networks["data"]["internal"] is True

    def test_what_it_sets_are_settings_that_can_be_used(self) -> None:
        for name in ("pauta", "pauta-with-llm", "bot", "worker"):
            load_settings(self.services[name]["environment"], None)

    def test_a_team_keeps_everything_on_servers_that_there_are_and_waits_for_them(self) -> None:
        for name in ("bot", "worker"):
            settings = load_settings(self.services[name]["environment"], None)
            assert is_shared(settings)
            for address in (server_of(settings), settings.chroma_url):
                assert urlsplit(address).hostname in self.services[name]["depends_on"]
        for name in self.services["bot"]["depends_on"]:
            assert "healthcheck" in self.services[name]

    def test_the_worker_is_not_told_what_is_telegrams(self) -> None:
        settings = load_settings({**_TELEGRAM, **self.services["worker"]["environment"]}, None)
        assert settings.telegram_bot_token is None
        assert settings.webhook_url == ""

    def test_every_command_is_one_of_pauta(self) -> None:
        for name in ("bot", "worker"):
            assert is_a_command(self.services[name].get("command", ["run"]))

    def test_the_build_is_where_it_says(self) -> None:
        build = self.services["pauta"]["build"]
        context = (DEPLOY / build["context"]).resolve()
        assert context == ROOT
        assert (context / build["dockerfile"]).is_file()


@pytest.mark.parametrize("name", ["pauta", "pauta-worker", "pauta-chroma"])
def test_a_unit_waits_for_the_end_of_what_it_starts_and_gives_it_little(name: str) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(text(f"systemd/{name}.service"))
    service = unit["Service"]
    program, *command = service["ExecStart"].split()
    assert program == f"/opt/pauta/bin/{'chroma' if 'chroma' in name else 'pauta'}"
    assert command[0] == "run" if "chroma" in name else is_a_command(command)
    assert int(service["TimeoutStopSec"]) >= 40
    assert service["ProtectSystem"] == "strict"
    assert service["StateDirectory"] == name
    assert service["NoNewPrivileges"] == "yes"
    assert ("TELEGRAM_BOT_TOKEN" in service.get("UnsetEnvironment", "")) == ("worker" in name)


class TestTheDashboard:
    board = json.loads(text("grafana/pauta.json"))
    asked = tuple(one["expr"] for panel in board["panels"] for one in panel["targets"])

    def test_asks_only_for_what_pauta_measures(self) -> None:
        measured = {sample.name for family in REGISTRY.collect() for sample in family.samples} | {
            family.name for family in REGISTRY.collect()
        }
        named = {one for expr in self.asked for one in re.findall(r"\b(?:pauta|process)_\w+", expr)}
        assert named
        assert named <= measured

    def test_shows_all_that_pauta_measures_of_itself(self) -> None:
        shown = "\n".join(self.asked)
        own = {one.name for one in REGISTRY.collect() if one.name.startswith("pauta_")}
        assert [name for name in sorted(own) if name not in shown] == []

    def test_what_every_replica_tells_of_the_same_archive_is_counted_once(self) -> None:
        shared = ("articles{", "feeds{", "outbox_", "digest", "chats_paused", "feed_lag")
        of_all = [one for one in self.asked if any(f"pauta_{name}" in one for name in shared)]
        assert of_all
        assert [one for one in of_all if not one.startswith("max")] == []

    def test_panels_do_not_overlap(self) -> None:
        taken: set[tuple[int, int]] = set()
        for panel in self.board["panels"]:
            at = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])
            }
            assert not taken & cells
            assert at["x"] + at["w"] <= 24
            taken |= cells


class TestTheHealthCheck:
    spec = importlib.util.spec_from_file_location("pauta_health", DEPLOY / "health.py")
    assert spec is not None
    assert spec.loader is not None
    health = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(health)

    @pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", ""])
    async def test_is_content_while_pauta_answers_and_no_longer(self, host: str) -> None:
        listen = f"{host}:{free_port()}"

        async def ask() -> bool:
            return bool(await asyncio.to_thread(self.health.is_healthy, listen))

        assert not await ask()
        server = StatusServer(listen, {}, _nothing)
        server.open()
        assert await ask()
        await server.close()
        assert not await ask()

    def test_has_nothing_to_ask_where_the_pages_are_off(self) -> None:
        assert self.health.is_healthy("")

    def test_tells_by_its_exit_code(self) -> None:
        for listen, code in ((f"127.0.0.1:{free_port()}", 1), ("", 0)):
            done = subprocess.run(
                [sys.executable, "-I", "-S", DEPLOY / "health.py"],
                env={"PAUTA_STATUS_LISTEN": listen},
                capture_output=True,
                timeout=20,
                check=False,
            )
            assert (done.returncode, done.stderr) == (code, b"")


async def _nothing() -> None:
    pass
