"""Every command of `pauta` and its options. What a command does is in the modules beside."""

from __future__ import annotations

import secrets
import sys
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import structlog
import typer
from sqlalchemy.exc import SQLAlchemyError

from bot import (
    backup_command,
    commands,
    digest_command,
    doctor_command,
    eval_command,
    feed_commands,
    history_command,
    ingest_commands,
    logs,
    move_command,
    preview_command,
    privacy_command,
    reindex_command,
    settings_example,
)
from bot.settings_reading import load_settings
from retrieval.errors import RetrievalError
from retrieval.models import PER_ARTICLE

FAILED = 1

app = typer.Typer(
    name="pauta",
    help="A news desk's memory: add coverage, ask questions, get answers with their sources.",
    epilog="All data lives under PAUTA_HOME. Exit codes: 0 done or answered, 1 failure, "
    "2 wrong use, 3 nothing found, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
sample_app = typer.Typer(help="The sample coverage that ships with Pauta.", no_args_is_help=True)
app.add_typer(sample_app, name="sample")
app.add_typer(feed_commands.app, name="feeds")
app.command("eval")(eval_command.evaluate)
app.command("digest")(digest_command.digest)
app.command("backup")(backup_command.backup)
app.command("restore")(backup_command.restore)
app.command("backup-key")(backup_command.backup_key)
app.command("migrate-data")(move_command.migrate_data)
app.command("forget")(privacy_command.forget)
app.command("export")(privacy_command.export)

Question = Annotated[
    list[str], typer.Argument(help="What you want to know, in Portuguese, English or Spanish.")
]
History = Annotated[
    Path | None,
    typer.Option(
        help='Earlier turns, a JSON file: [{"role": "user", "text": "..."}, '
        '{"role": "assistant", "text": "..."}]. What a follow-up question refers to.',
        show_default=False,
    ),
]


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pauta {version('pauta')}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print it."),
    ] = False,
) -> None:
    pass


@app.command()
def run() -> None:
    """Start Pauta: in Telegram with TELEGRAM_BOT_TOKEN set, otherwise as a chat here.

    On the very first start a small sample of coverage is loaded, so that there is
    something to ask about.
    """
    raise typer.Exit(commands.run())


@app.command()
def chat() -> None:
    """Ask in the terminal; /help there shows the commands. Piped input is answered line by line."""
    raise typer.Exit(commands.chat())


@app.command()
def ask(
    question: Question,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    history: History = None,
) -> None:
    """Answer one question with exact, cited sentences of the coverage.

    Exit code 0 when the coverage holds an answer, 3 when it does not.

    Example: pauta ask "how much did Stargate commit?"
    """
    raise typer.Exit(commands.ask(" ".join(question), as_json=json, history=history))


@app.command()
def search(
    question: Question,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Most passages to show.")] = 10,
    per_article: Annotated[
        int, typer.Option(min=1, max=100, help="Most passages of one article.")
    ] = PER_ARTICLE,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Show how each candidate was ranked, and why it was kept."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    history: History = None,
) -> None:
    """Show the passages nearest to a question, best first, without choosing an answer.

    "yesterday", "desde março", "según El País" are understood as filters; --explain says how.
    """
    raise typer.Exit(
        commands.search(
            " ".join(question),
            limit=limit,
            as_json=json,
            history=history,
            per_article=per_article,
            explained=explain,
        )
    )


@app.command()
def ingest(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            help="Text, Markdown, HTML or .eml files, folders of them, or addresses of web pages.",
            metavar="PATH|URL...",
            show_default=False,
        ),
    ] = None,
    jsonl: Annotated[
        list[str] | None,
        typer.Option(
            "--jsonl",
            metavar="FILE",
            help="Bulk: one article a line, plain or gzip; - reads standard input. Keys: url, "
            "title, text, published_at, source, language (optional).",
            show_default=False,
        ),
    ] = None,
    telegram: Annotated[
        list[str] | None,
        typer.Option(
            "--telegram",
            metavar="FILE",
            help="A channel's history as Telegram Desktop exports it (result.json).",
            show_default=False,
        ),
    ] = None,
    sitemap: Annotated[
        str | None,
        typer.Option(
            "--sitemap",
            metavar="URL",
            help="A site's past: its sitemap, an index of sitemaps, its robots.txt or its "
            "address. Needs --since.",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="With --sitemap: the first day (UTC), 2026-11-01."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="With --sitemap: the last day; today if not given."),
    ] = None,
    outlet: Annotated[
        str, typer.Option(metavar="NAME", help="With --sitemap: the outlet its articles name.")
    ] = "",
    undated: Annotated[
        bool, typer.Option("--undated", help="With --sitemap: take pages without a date too.")
    ] = False,
    due: Annotated[
        bool, typer.Option("--due", help="Check every feed that is due, once; for cron.")
    ] = False,
    worker: Annotated[
        bool,
        typer.Option(
            "--worker", help="Check feeds as they become due, until stopped; without Telegram."
        ),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 when anything at all failed.")
    ] = False,
) -> None:
    """Add coverage. What is already there and unchanged costs nothing.

    Safe to interrupt at any moment: run it again and it continues. What cannot be taken is
    listed with the reason and stops nothing; exit code 1 says that nothing could be taken.

    Examples: pauta ingest articles/ https://example.org/story
    · pauta ingest --jsonl archive.jsonl.gz
    · pauta ingest --sitemap https://example.org --since 2026-11-01
    """
    given = bool(targets or jsonl or telegram)
    if worker and not (given or due or sitemap or strict):
        code = ingest_commands.work()
    elif worker:
        code = commands.wrong_use("--worker goes alone: it checks the feeds, again and again.")
    elif sitemap is not None and not given and not due:
        code = ingest_commands.backfill(
            sitemap, since=since, until=until, outlet=outlet, undated=undated, strict=strict
        )
    elif sitemap is not None:
        code = commands.wrong_use("--sitemap goes alone: give files and --due in another run.")
    elif since or until or outlet or undated:
        code = commands.wrong_use("--since, --until, --outlet and --undated go with --sitemap.")
    elif due and given:
        code = commands.wrong_use(
            "--due checks the feeds; give files and addresses in another run."
        )
    elif due:
        code = ingest_commands.check_due_feeds(strict=strict)
    else:
        code = ingest_commands.ingest(targets or [], jsonl or [], telegram or [], strict=strict)
    raise typer.Exit(code)


@app.command()
def doctor(
    feed: Annotated[
        str | None,
        typer.Argument(
            help="A feed's address, id or title, or any address: examine it step by step.",
            metavar="[FEED|URL]",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Check everything Pauta needs and say what to do about what is wrong.

    Exit code 1 when something is broken. Works beside a running bot, and changes nothing.
    """
    raise typer.Exit(doctor_command.doctor(feed, as_json=json))


@app.command()
def history(
    article: Annotated[
        str, typer.Argument(help="Its address, or its id.", metavar="URL|ARTICLE-ID")
    ],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what an article said over time, and which answers rest on an earlier text.

    Works beside a running bot, and changes nothing. Exit code 3 when there is no such article.
    """
    raise typer.Exit(history_command.history(article, as_json=json))


@app.command()
def preview(
    file: Annotated[
        Path, typer.Argument(help="Where to write the page; overwritten.", metavar="[FILE.html]")
    ] = Path("pauta-preview.html"),
    language: Annotated[
        str, typer.Option(metavar="CODE", help="Of everything on it: en, pt or es.")
    ] = "en",
    question: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help="The question shown first; by default one from the coverage."
        ),
    ] = "",
) -> None:
    """Write one HTML page that shows the main screens as Telegram lays them out.

    Made from this archive, by what the bot itself sends; nothing is sent, and nothing in the page
    loads from a network. Example: pauta preview pauta.html --language pt
    """
    raise typer.Exit(preview_command.preview(file, language=language, question=question))


@app.command()
def settings(
    example: Annotated[
        bool,
        typer.Option("--example", help="Print every setting there is, as a file to fill in."),
    ] = False,
) -> None:
    """Show what is set, without the secrets.

    Example: pauta settings --example > .env
    """
    shown = settings_example.example() if example else settings_example.in_force(load_settings())
    typer.echo(shown, nl=False)


@app.command()
def reindex(
    drop_former: Annotated[
        bool,
        typer.Option(
            "--drop-former", help="Delete the former models' vectors once the new one answers."
        ),
    ] = False,
) -> None:
    """Index the archive anew, with the embedding model that is now set.

    Beside a running Pauta too: that answers with the former model until the new one is ready.
    Safe to interrupt: run it again and it continues. Without --drop-former, going back is quick.
    """
    raise typer.Exit(reindex_command.reindex(drop_former=drop_former))


@sample_app.command("add")
def sample_add() -> None:
    """Load the sample coverage."""
    raise typer.Exit(commands.sample_add())


@sample_app.command("remove")
def sample_remove() -> None:
    """Take the sample coverage out, and do not load it again."""
    raise typer.Exit(commands.sample_remove())


def main() -> None:
    """Run the command line. What goes wrong is one message and exit code 1, never a traceback."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    logs.configure()
    try:
        app()
    except RetrievalError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
    except SQLAlchemyError as error:
        # Its own text would quote the statement and what was being written.
        _fail(f"The archive cannot be used: {getattr(error, 'orig', None) or 'unknown cause'}.")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the outermost boundary
        error_id = secrets.token_hex(4)
        structlog.get_logger().error("unexpected", error_id=error_id, exc_info=error)
        _fail(f"Something went wrong; the log above has the cause ({error_id}).")


def _fail(message: str) -> None:
    print(f"pauta: {message}", file=sys.stderr)  # noqa: T201
    sys.exit(FAILED)
