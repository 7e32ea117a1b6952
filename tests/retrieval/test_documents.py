"""What a person names on the command line: pages, files, folders, and mistakes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import httpx
import pytest

from retrieval.documents import count_targets, load_paths
from retrieval.feeds.fetch import Fetcher
from retrieval.models import Article, Rejected

DATA = Path(__file__).parents[1] / "data"
PARAGRAPH = "O porto retomou as operações na manhã desta sexta-feira, depois de nove dias parado."

PAGES = {
    "/page": httpx.Response(200, html=(DATA / "page.html").read_text("utf-8")),
    "/note.md": httpx.Response(200, text=f"# Nota\n\nUm **texto**. {PARAGRAPH}"),
    "/plain": httpx.Response(200, text=PARAGRAPH),
    "/undeclared": httpx.Response(200, content=(DATA / "page.html").read_bytes()),
    "/paper.pdf": httpx.Response(
        200, content=b"%PDF-1.7", headers={"Content-Type": "application/pdf"}
    ),
    "/moved": httpx.Response(302, headers={"Location": "/page"}),
}


def answer(request: httpx.Request) -> httpx.Response:
    return PAGES.get(request.url.path, httpx.Response(404))


def load(*targets: str | Path) -> list[Article | Rejected]:
    named = [str(target) for target in targets]
    with Fetcher(transport=httpx.MockTransport(answer)) as fetcher:
        items = list(load_paths(named, fetcher))
    assert count_targets(named) == len(items)
    return items


def reason(*targets: str | Path) -> str:
    (item,) = load(*targets)
    assert isinstance(item, Rejected), item
    return item.reason


def titles(items: list[Article | Rejected]) -> list[str]:
    return [item.title if isinstance(item, Article) else "REJECTED" for item in items]


def write(path: Path, title: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{title}\n\n{PARAGRAPH}", "utf-8")
    return path


def test_a_file_is_known_by_its_absolute_address(tmp_path: Path) -> None:
    path = write(tmp_path / "ação nova.txt", "Um")
    (item,) = load(path)
    assert isinstance(item, Article)
    assert item.url == path.resolve().as_uri()
    assert item.source == "ação nova.txt"


def test_a_relative_path_and_a_file_address_name_the_same_article(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "um.txt", "Um")
    monkeypatch.chdir(tmp_path)
    first, second = load("um.txt", path.as_uri())
    assert first == second


def test_a_folder_is_read_to_the_bottom_in_order_of_names(tmp_path: Path) -> None:
    write(tmp_path / "b.txt", "B")
    write(tmp_path / "a.md", "A")
    write(tmp_path / "sub/c.MARKDOWN", "C")
    write(tmp_path / ".hidden.txt", "hidden")
    write(tmp_path / ".git/d.txt", "hidden")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    assert titles(load(tmp_path)) == ["A", "B", "C"]


def test_a_folder_with_nothing_to_read_says_so(tmp_path: Path) -> None:
    assert "holds no .txt .md" in reason(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    assert "only 1 of other kinds" in reason(tmp_path)


def test_links_are_followed_inside_the_folder_only(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside/secret.txt", "Secret")
    folder = tmp_path / "folder"
    write(folder / "a.txt", "A")
    (folder / "b.txt").symlink_to(folder / "a.txt")
    (folder / "c.txt").symlink_to(outside)
    (folder / "d.txt").symlink_to(folder / "d.txt")
    (folder / "up").symlink_to(tmp_path)
    items = load(folder)
    assert titles(items) == ["A", "A", "REJECTED", "REJECTED"]
    assert isinstance(items[2], Rejected)
    assert "outside the folder" in items[2].reason


def test_one_bad_input_does_not_stop_the_rest(tmp_path: Path) -> None:
    good = write(tmp_path / "good.txt", "Good")
    items = load(tmp_path / "none.txt", good, "https://a.example/none", good)
    assert titles(items) == ["REJECTED", "Good", "REJECTED", "Good"]
    assert [item.name for item in items if isinstance(item, Rejected)] == [
        str(tmp_path / "none.txt"),
        "https://a.example/none",
    ]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("no/such/file.txt", "no such file"),
        ("", "no path"),
        ("a\x00b", "not a valid path"),
        ("a" * 5000, "cannot be read"),
        ("ftp://a.example/x", "only http and https"),
        ("file:///no/such/file", "no such file"),
    ],
)
def test_targets_that_lead_nowhere(target: str, words: str) -> None:
    assert words in reason(target)


def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "A")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert "permission" in reason(path)


def test_a_file_too_large_is_told_with_its_size_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000_000)
    started = time.monotonic()
    assert reason(path) == "the file has 200000.0 MB, more than the limit of 10 MB"
    assert time.monotonic() - started < 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    assert reason(pipe) == "this is not a regular file"
    assert titles(load(tmp_path)) == ["REJECTED"]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no such device")
def test_a_device_is_not_read() -> None:
    assert reason("/dev/zero") == "this is not a regular file"


def test_a_file_named_itself_is_taken_for_what_it_holds(tmp_path: Path) -> None:
    page = tmp_path / "page.php"
    page.write_bytes((DATA / "page.html").read_bytes())
    items = load(page, write(tmp_path / "LEIAME", "Leia"))
    assert titles(items) == ["Porto de Mirassol volta a operar após greve de nove dias", "Leia"]
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8\xff\xe0 jpeg")
    assert "binary file" in reason(photo)


def test_a_bulk_file_is_sent_to_the_right_door(tmp_path: Path) -> None:
    path = write(tmp_path / "all.jsonl.gz", "x")
    assert "--jsonl" in reason(path)


def test_an_empty_and_a_binary_file_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.txt").write_bytes(os.urandom(1000))
    first, second = load(tmp_path)
    assert isinstance(first, Rejected)
    assert isinstance(second, Rejected)
    assert "is empty" in first.reason
    assert "binary" in second.reason


def test_a_name_that_is_no_text_can_still_be_shown(tmp_path: Path) -> None:
    try:
        path = write(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")), "A")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (item,) = load(path)
    assert isinstance(item, Article)
    item.url.encode()
    item.source.encode()
    path.write_bytes(b"")
    (item,) = load(path)
    assert isinstance(item, Rejected)
    item.name.encode()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/page", "Porto de Mirassol volta a operar após greve de nove dias"),
        ("/moved", "Porto de Mirassol volta a operar após greve de nove dias"),
        ("/undeclared", "Porto de Mirassol volta a operar após greve de nove dias"),
        ("/note.md", "Nota"),
        ("/plain", PARAGRAPH),
    ],
)
def test_web_addresses_become_articles(path: str, title: str) -> None:
    (item,) = load(f"https://www.gazetadolitoral.example{path}")
    assert isinstance(item, Article), item
    assert item.title == title
    assert "*" not in item.text


def test_what_an_address_leads_to_is_told_when_it_is_no_page() -> None:
    assert "application/pdf" in reason("https://a.example/paper.pdf")
    assert "404 (not found)" in reason("https://a.example/none")
    assert "private network" in reason("http://169.254.169.254/latest/meta-data/")
