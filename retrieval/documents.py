"""What a person names on the command line, as articles: pages, files, folders."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from retrieval.addresses import is_web
from retrieval.feeds.extract import MAX_BYTES, extract_html, extract_text
from retrieval.feeds.fetch import Failed, Fetched, Fetcher
from retrieval.models import Article, Document, Rejected
from retrieval.newsletters import read_eml

_TYPES = {
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".eml": "message/rfc822",
}
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_UNDECLARED = ("", "application/octet-stream", "application/xml", "text/xml")
_HTML_SIGNS = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,20})://")
_JSON_LINES = re.compile(r"\.(?:jsonl|ndjson)(?:\.gz)?$", re.IGNORECASE)

_Input = str | Path | Rejected
"""A page to fetch, a file to read, or why there is neither."""


def load_paths(targets: Sequence[str], fetcher: Fetcher) -> Iterator[Article | Rejected]:
    """One article or rejection for each page, file, and readable file in a folder.

    Lazy: an input is read when its turn comes. Nothing an input holds or is raises.
    """
    for target in targets:
        for item in _inputs(target):
            if isinstance(item, Rejected):
                yield item
            elif isinstance(item, Path):
                yield _load_file(item)
            else:
                yield _load_page(item, fetcher)


def count_targets(targets: Sequence[str]) -> int:
    """How many items `load_paths` will yield; looks into folders, opens no file."""
    return sum(1 for target in targets for _ in _inputs(target))


def _inputs(target: str) -> Iterator[_Input]:
    if is_web(target):
        yield target
        return
    scheme = _SCHEME.match(target)
    if scheme and scheme.group(1).lower() == "file":
        target = url2pathname(urlsplit(target).path)
    elif scheme:
        yield Rejected(_shown(target), "only http and https addresses are read")
        return
    try:
        path = Path(target)
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        yield Rejected(_shown(target), _file_reason(error))
        return
    if not target.strip():
        yield Rejected(target, "no path was given")
    elif is_folder:
        yield from _folder(path)
    else:
        yield path


def _folder(folder: Path) -> Iterator[_Input]:
    """The files of a folder in the order of their names; says so when there is none to read."""
    found = False
    passed_over = 0
    for item in _walk(folder):
        if isinstance(item, Path) and item.suffix.lower() not in _TYPES:
            passed_over += 1
            continue
        found = True
        yield item
    if not found:
        kinds = " ".join(_TYPES)
        reason = f"the folder holds no {kinds} file"
        if passed_over:
            reason += f", only {passed_over} of other kinds; name a file itself to have it read"
        yield Rejected(_shown(folder), reason)


def _walk(folder: Path) -> Iterator[Path | Rejected]:
    problems: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=problems.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if name.startswith("."):
                continue
            if path.is_symlink() and path.suffix.lower() in _TYPES:
                yield _link_target(path, folder.resolve())
            else:
                yield path
    yield from (Rejected(_shown(error.filename), _file_reason(error)) for error in problems)


def _link_target(link: Path, root: Path) -> Path | Rejected:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        return Rejected(_shown(link), _file_reason(error))
    if target.is_relative_to(root):
        return target
    return Rejected(_shown(link), "this is a link to a file outside the folder")


def _load_file(path: Path) -> Article | Rejected:
    name = _shown(path)
    if _JSON_LINES.search(path.name):
        return Rejected(name, "this is a JSON Lines file; give it with --jsonl")
    try:
        content = _read(path)
    except OSError as error:
        return Rejected(name, _file_reason(error))
    if isinstance(content, str):
        return Rejected(name, content)
    content_type = _TYPES.get(path.suffix.lower()) or _sniffed(content)
    return _named(_extract(Document(path.resolve().as_uri(), content, content_type)), name)


def _read(path: Path) -> bytes | str:
    """The whole file, or why it is not read. Neither a pipe nor a device is waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not stat.S_ISREG(path.stat().st_mode):
        return "this is not a regular file"
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            return "this is not a regular file"
        if status.st_size > MAX_BYTES:
            return _too_large(status.st_size)
        content = file.read(MAX_BYTES + 1)
    return content if len(content) <= MAX_BYTES else _too_large(len(content))


def _load_page(url: str, fetcher: Fetcher) -> Article | Rejected:
    name = _shown(url)
    fetched = fetcher.fetch(url)
    if isinstance(fetched, Failed):
        return Rejected(name, fetched.reason)
    return article_of_page(fetched, name)


def article_of_page(fetched: Fetched, name: str) -> Article | Rejected:
    """The article a fetched page holds; a rejection is called `name`."""
    content_type = _page_type(fetched)
    if content_type is None:
        kind = fetched.content_type
        return Rejected(name, f"the address leads to {kind}, not to a web page or a text")
    document = Document(fetched.final_url, fetched.content, content_type, fetched.charset)
    return _named(_extract(document), name)


def _page_type(fetched: Fetched) -> str | None:
    if fetched.content_type in _HTML_TYPES:
        return "text/html"
    if fetched.content_type in ("text/markdown", "text/x-markdown"):
        return "text/markdown"
    if fetched.content_type in _UNDECLARED or fetched.content_type.startswith("text/plain"):
        suffix = Path(urlsplit(fetched.final_url).path).suffix.lower()
        return _TYPES.get(suffix) or _sniffed(fetched.content)
    return None


def _extract(document: Document) -> Article | Rejected:
    if document.content_type == "message/rfc822":
        return read_eml(document.content, document.url)
    is_html = document.content_type == "text/html"
    return extract_html(document) if is_html else extract_text(document)


def _sniffed(content: bytes) -> str:
    return "text/html" if _HTML_SIGNS.search(content[:1024]) else "text/plain"


def _named(result: Article | Rejected, name: str) -> Article | Rejected:
    """A rejection under the name the person gave, not the address it was turned into."""
    return replace(result, name=name) if isinstance(result, Rejected) else result


def _shown(path: str | Path) -> str:
    """A path that can be printed, whatever bytes its name is made of."""
    return os.fsencode(path).decode("utf-8", "replace")


def _too_large(size: int) -> str:
    limit = f"{MAX_BYTES / 1_000_000:g} MB"
    return f"the file has {size / 1_000_000:.1f} MB, more than the limit of {limit}"


def _file_reason(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return "there is no such file or folder"
        case PermissionError():
            return "Pauta has no permission to read it"
        case ValueError():
            return "this is not a valid path"
        case OSError():
            return f"it cannot be read ({error.strerror or 'input/output error'})"
    return "it cannot be read"
