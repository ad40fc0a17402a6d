"""The `minsheng` command: run the county's appeals desk, replay a story, look after the logs."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from services.cli import (
    bulletin,
    care,
    channels,
    departments,
    importing,
    keys,
    learning,
    notices,
    paste,
    roster,
    run,
    score,
    sla,
    templates,
    train,
)
from services.cli.options import DatabaseUrl, Home, Mistake, setting
from services.cli.sources import BadFile
from services.cli.story import BadStory, read_story
from shared import channel_files, db, logs, memory, settings
from shared.access import Caller
from shared.embedded import EmbeddedFailed, HomeBusy
from shared.learning.linear import Unusable
from shared.learning.shelf import NoSuchVersion
from shared.settings import PORTS

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="民声 Minsheng: the county's appeals desk. 件件有着落、事事有回音。",
    epilog="Settings come from the environment, see `minsheng settings`.",
)
out = Console()

NatsUrl = Annotated[str | None, typer.Option(help="a nats-server of your own (or MINSHENG_NATS_URL)")]
ServiceName = Annotated[str, typer.Argument(help="one of " + ", ".join(PORTS), metavar="SERVICE")]


@app.command(epilog="Example: `minsheng up --demo --home ./county`")
def up(
    home: Home = None,
    database_url: DatabaseUrl = None,
    nats_url: NatsUrl = None,
    demo: Annotated[bool, typer.Option(help="play the demo county into a new home first")] = False,
    processes: Annotated[bool, typer.Option(help="one process a service")] = False,
) -> None:
    """Runs all services on this machine, with PostgreSQL and NATS embedded unless given."""
    logs.configure(os.environ.get("MINSHENG_LOG_LEVEL", "warning"), os.environ.get("MINSHENG_LOG_FORMAT", "text"))
    servers = run.servers(home, database_url or setting("DATABASE_URL"), nats_url or setting("NATS_URL"))
    run.up(servers, demo=demo, processes=processes, out=out)


@app.command(epilog="Example: `minsheng serve intake --database-url postgresql://… --nats-url nats://…`")
def serve(
    service: ServiceName,
    database_url: DatabaseUrl = None,
    nats_url: NatsUrl = None,
    host: Annotated[str | None, typer.Option(help="address to listen on (or MINSHENG_HOST)")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on (or MINSHENG_PORT); 0: the usual one")] = None,
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True)] = False,
) -> None:
    """Runs one service alone against real servers."""
    _known(service)
    chosen = settings.read(database_url=database_url, nats_url=nats_url, host=host, port=port)
    logs.configure(chosen.log_level, chosen.log_format)
    sys.exit(uvloop.run(run.serve(service, chosen, until_eof=until_eof)))


@app.command(
    epilog="Example: `minsheng replay transcript.jsonl --groups groups.csv --roster roster.csv "
    "--departments departments.csv --report out.jsonl`"
)
def replay(
    transcript: Annotated[
        Path, typer.Argument(help="one JSON message a line: channel, group, message_id, sender, text, sent_at, reply_to")
    ],
    groups: Annotated[Path, typer.Option(help="CSV: group,channel,village,township")],
    roster: Annotated[Path, typer.Option(help="CSV: sender,group,real_name,role,department")],
    departments: Annotated[Path, typer.Option(help="CSV: code,name,level,duties")],
    report: Annotated[Path, typer.Option(help="JSON lines to write, one a message")],
    home: Home = None,
) -> None:
    """Plays a transcript through the whole system on a simulated clock and reports what became of every message."""
    logs.configure(os.environ.get("MINSHENG_LOG_LEVEL", "error"), os.environ.get("MINSHENG_LOG_FORMAT", "text"))
    story = read_story(transcript, groups, roster, departments)
    run.writable(report)
    chosen = home or (Path(os.environ["MINSHENG_HOME"]) if os.environ.get("MINSHENG_HOME") else None)
    run.replay(story, report, chosen, out)


@app.command("score", epilog="Example: `minsheng score out.jsonl expected.jsonl`")
def score_command(
    report: Annotated[Path, typer.Argument(help="what `minsheng replay` wrote")],
    expected: Annotated[Path, typer.Argument(help="what is right, one JSON line a message")],
) -> None:
    """Prints the accuracy of a replay per kind, of linking, departments and flags, and lists every miss."""
    score.show(score.score(score.read_lines(report), score.read_lines(expected)), out)


@app.command(epilog="Example: `minsheng republish routing --from 1`, `--from 2025-06-01T00:00:00+08:00`")
def republish(
    service: ServiceName,
    start: Annotated[str, typer.Option("--from", help="a position of the log, or a time with its zone")],
    database_url: DatabaseUrl = None,
    home: Home = None,
) -> None:
    """Publishes a service's log to JetStream again; who heard it already ignores it."""
    _known(service)
    with run.database(home, database_url or setting("DATABASE_URL")) as url:
        uvloop.run(care.republish(service, url, start, out))


@app.command(epilog="Example: `minsheng rebuild routing`")
def rebuild(service: ServiceName, database_url: DatabaseUrl = None, home: Home = None) -> None:
    """Empties a service's views and folds its log into them again, with a progress bar."""
    _known(service)
    with run.database(home, database_url or setting("DATABASE_URL")) as url:
        uvloop.run(care.rebuild(service, url, out))


@app.command("dead-letters", epilog="Example: `minsheng dead-letters routing --replay`")
def dead_letters(
    service: ServiceName,
    replay_them: Annotated[bool, typer.Option("--replay", help="ask the service to handle them again")] = False,
    subject: Annotated[str | None, typer.Option(help="only those of one appeal")] = None,
    database_url: DatabaseUrl = None,
    home: Home = None,
) -> None:
    """Lists the events a service could not handle, with reasons; or has them handled again."""
    _known(service)
    with run.database(home, database_url or setting("DATABASE_URL")) as url:
        uvloop.run(care.dead_letters(service, url, out, replay=replay_them, subject=subject))


channels_app = typer.Typer(no_args_is_help=True, help="The channels replies go out by.")
app.add_typer(channels_app, name="channels")
app.add_typer(roster.app, name="roster")
app.add_typer(departments.app, name="departments")
app.add_typer(learning.train_app, name="train")
app.add_typer(learning.evaluate_app, name="evaluate")
app.add_typer(notices.app, name="notices")
app.add_typer(sla.app, name="sla")


@channels_app.command("check", epilog="Example: `minsheng channels check --file channels.toml`")
def channels_check(
    file: Annotated[Path | None, typer.Option(help="the file of channels (or MINSHENG_CHANNELS_OUT)")] = None,
) -> None:
    """Sends a test by every configured channel; one line each says what is wrong. Exit code 1 if any failed."""
    chosen = file or (Path(path) if (path := setting("CHANNELS_OUT")) else None)
    located = channel_files.located("MINSHENG_CHANNELS_OUT", chosen) if chosen else None
    if located is None:
        raise Mistake("no file of channels: give --file or set MINSHENG_CHANNELS_OUT")
    logs.configure("error", "text")
    sys.exit(1 if uvloop.run(channels.check(located, os.environ, out)) else 0)


templates_app = typer.Typer(invoke_without_command=True, help="The texts of replies, and a county's own ones.")
app.add_typer(templates_app, name="templates")


@templates_app.callback(epilog="Example: `MINSHENG_TEMPLATES=/etc/minsheng/templates minsheng templates`")
def templates_list(context: typer.Context) -> None:
    """Lists every template with what it may speak of and where it comes from."""
    if context.invoked_subcommand is None:
        templates.show(Path(folder) if (folder := setting("TEMPLATES")) else None, out)


@templates_app.command("check", epilog="Example: `minsheng templates check ./templates`")
def templates_check(folder: Annotated[Path, typer.Argument(help="a folder of templates of your own")]) -> None:
    """Tries out a folder of templates and says of each what is wrong. Exit code 1 if anything is."""
    sys.exit(1 if templates.check(folder, out) else 0)


@app.command("import", epilog="Example: `minsheng import 诉求.xlsx --group g-hexi --dry-run`")
def import_messages(
    file: Annotated[Path, typer.Argument(help=".jsonl, .csv or .xlsx with sender, text, sent_at; or 发送人, 内容, 时间, 附件")],
    url: Annotated[str, typer.Option(help="where intake answers")] = f"http://127.0.0.1:{PORTS['intake']}",
    key: Annotated[str | None, typer.Option(help="a key of the role adapter (or MINSHENG_KEY); else the home's own")] = None,
    channel: Annotated[str, typer.Option(help="of rows that name none")] = "import",
    group: Annotated[str | None, typer.Option(help="of rows that name none")] = None,
    rejects: Annotated[Path | None, typer.Option(help="CSV for rows not taken; FILE.rejects.csv by default")] = None,
    dry_run: Annotated[bool, typer.Option(help="only say what would happen")] = False,
    home: Home = None,
) -> None:
    """Imports a file of messages. Run again after an interruption it goes on; run twice it stores nothing twice."""
    door = (
        None
        if dry_run
        else importing.Door(url, key or setting("KEY") or run.development_key(run.servers(home, None, None).home))
    )
    refused = rejects or file.with_name(file.name + ".rejects.csv")
    outcome = importing.run(file, door, refused, out, channel=channel, group=group)
    said = f"读到 {outcome.read} 行，{'可导入' if dry_run else '新存'} {outcome.stored} 条"
    out.print(f"{said}，早已有 {outcome.known} 条，未收 {outcome.rejected} 行", highlight=False)
    if outcome.rejected:
        raise Mistake(f"{outcome.rejected} rows were not taken, see {refused}")


@app.command(
    "paste",
    epilog="Examples: `minsheng paste 聊天.txt --group g-hexi` · `pbpaste | minsheng paste --group g-hexi --by 王芳` · "
    "`minsheng paste 聊天.txt --group g-hexi --link 老刘=v05 --yes`",
)
def paste_messages(
    source: Annotated[str, typer.Argument(metavar="FILE", help="a text file; - or nothing: standard input")] = "-",
    group: Annotated[str, typer.Option(help="the chat group it was copied from")] = "",
    channel: Annotated[str, typer.Option(help="the channel that group and roster are registered for")] = "wechat",
    url: Annotated[str, typer.Option(help="where intake answers")] = f"http://127.0.0.1:{PORTS['intake']}",
    notify_url: Annotated[str, typer.Option(help="where notify answers")] = f"http://127.0.0.1:{PORTS['notify']}",
    key: Annotated[str | None, typer.Option(help="a key of the role officer (or MINSHENG_KEY); else the home's own")] = None,
    by: Annotated[str | None, typer.Option(help="who pastes it, and sends the replies")] = None,
    link: Annotated[list[str] | None, typer.Option(help="名字=sender: who a name really is; 名字=: somebody unknown")] = None,
    file: Annotated[list[str] | None, typer.Option(help="行号=文件: the picture or paper of the message of that line")] = None,
    copied_at: Annotated[str | None, typer.Option(help="when it was copied, if not just now: 2025-06-09 08:10")] = None,
    dry_run: Annotated[bool, typer.Option(help="only show how it is read")] = False,
    yes: Annotated[bool, typer.Option(help="store it without asking")] = False,
    home: Home = None,
) -> None:
    """Takes in what was copied out of a WeChat group: shows how it is read, asks, stores it, shows what to answer."""
    links, beside = paste.links_of(link or []), paste.files_of(file or [])
    wish = paste.Wish(channel, group, by, links, paste.moment_of(copied_at), dry_run, yes, beside)
    chosen = key or setting("KEY") or run.development_key(run.servers(home, None, None).home)
    paste.run(source, paste.Desk(url.rstrip("/"), notify_url.rstrip("/"), chosen), wish, out)


app.command("bulletin", epilog="Example: `minsheng bulletin --period 2023 --format docx --out 通报.docx`")(bulletin.write)


@app.command("settings")
def show_settings() -> None:
    """Prints every setting with its default and what it is for."""
    care.show_settings(out)


@app.command("key", epilog="Example: `minsheng key water-1 --role officer --person wang.fang --called 王芳 --department water`")
def make_key(
    name: Annotated[str, typer.Argument(help="what the log calls the caller: letters, digits, - . _")],
    role: Annotated[list[Caller], typer.Option(help="what he may do; several times for several")],
    person: Annotated[str | None, typer.Option(help="the id of the one person whose key it is")] = None,
    called: Annotated[str | None, typer.Option(help="that person's name, as the group is told it")] = None,
    department: Annotated[str | None, typer.Option(help="code of the department on whose cases he acts")] = None,
) -> None:
    """Makes a key of the API, and the line of MINSHENG_KEYS that admits it."""
    keys.make(name, role, {"person": person, "called": called, "department": department}, out)


def _known(service: str) -> None:
    if service not in PORTS:
        raise Mistake(f"there is no service {service!r}: choose one of {', '.join(PORTS)}")


MISTAKES = (
    Mistake,
    BadStory,
    settings.BadSettings,
    HomeBusy,
    EmbeddedFailed,
    db.SchemaTooNew,
    care.NotPossible,
    BadFile,
    importing.NotImported,
    keys.NotMade,
    train.NotTrained,
    NoSuchVersion,
    Unusable,
    roster.NotDone,
    paste.NotPasted,
    OSError,
)


def _told_to_stop(*_: object) -> None:
    """As Ctrl-C; also where Ctrl-C is ignored, as a shell has it for what a script starts in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


def main() -> None:
    """The entry point: a mistake is one plain line and exit code 1. SIGTERM is taken like Ctrl-C: whatever runs is stopped."""
    signal.signal(signal.SIGTERM, _told_to_stop)
    memory.settle()
    try:
        app()
    except MISTAKES as mistake:
        sys.stderr.write(f"minsheng: {logs.mask(str(mistake) or repr(mistake))}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
