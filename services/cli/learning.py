"""`minsheng train …` and `minsheng evaluate …`: what is learned from people, and how well it does."""

from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from services.cli import offices_model, routing_model, run, shadow, train
from services.cli.options import DatabaseUrl, Home, Mistake, setting
from services.intake.learning.shelf import WITHOUT_FOLDER, shelf_of

out = Console()

train_app = typer.Typer(no_args_is_help=True, help="What is learned from people.")


@train_app.callback()
def _train() -> None:
    """What is learned from people."""


@train_app.command("intake", epilog="Example: `minsheng train intake --from-events --model models`, then `--activate 1`")
def train_intake(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(help="folders with transcript.jsonl and expected.jsonl, or CSV files text,label[,role]"),
    ] = None,
    from_events: Annotated[bool, typer.Option("--from-events", help="learn from corrections and confirmations")] = False,
    base: Annotated[bool, typer.Option(help="also learn from the stories that come with the program")] = True,
    model: Annotated[Path | None, typer.Option(help="folder of versions (or MINSHENG_INTAKE_MODEL)")] = None,
    activate: Annotated[int | None, typer.Option(help="use this version from now on")] = None,
    rollback: Annotated[bool, typer.Option("--rollback", help="return to what was in use before")] = False,
    show: Annotated[bool, typer.Option("--list", help="show the versions")] = False,
    ship: Annotated[bool, typer.Option("--ship", help="make the model that comes with the program anew")] = False,
    database_url: DatabaseUrl = None,
    home: Home = None,
) -> None:
    """Trains the model beside intake's rules, scores it on messages it has not seen, keeps it as a version."""
    if ship:
        return train.ship(_sources(sources, base=base), out)
    chosen = model or (Path(path) if (path := setting("INTAKE_MODEL")) and path not in WITHOUT_FOLDER else None)
    if chosen is None or chosen.is_file():
        raise Mistake("no folder of versions: give --model or set MINSHENG_INTAKE_MODEL to one")
    shelf = shelf_of(chosen)
    if activate is not None:
        return train.activate(shelf, activate, out)
    if rollback:
        return train.roll_back(shelf, out)
    if show:
        return train.list_versions(shelf, out)
    found = _sources(sources, base=base)
    if from_events:
        with run.database(home, database_url or setting("DATABASE_URL")) as url:
            found.loose += uvloop.run(train.of_events(url))
    train.train(found, shelf, out)
    return None


@train_app.command("routing", epilog="Example: `minsheng train routing labelled.csv --model models`, then `minsheng evaluate`")
def train_routing(
    sources: Annotated[list[Path] | None, typer.Argument(help="CSV files text,label: a department's code, or a class")] = None,
    ship: Annotated[
        bool, typer.Option("--ship", help="make the model that comes with the program anew, also from these folders of stories")
    ] = False,
    from_events: Annotated[bool, typer.Option("--from-events", help="learn from transfers and resolved cases")] = False,
    model: Annotated[Path, typer.Option(help="folder of versions")] = Path("routing-models"),
    activate: Annotated[int | None, typer.Option(help="choose this version")] = None,
    rollback: Annotated[bool, typer.Option("--rollback", help="return to what was chosen before")] = False,
    show: Annotated[bool, typer.Option("--list", help="show the versions")] = False,
    database_url: DatabaseUrl = None,
    home: Home = None,
) -> None:
    """Trains a model that names the department of a message, scores it on messages it has not seen, keeps it as a version."""
    if ship:
        return offices_model.ship(sources or (), out)
    if model.is_file():
        raise Mistake(f"{model} is no folder of versions")
    shelf = routing_model.shelf_of(model)
    if activate is not None:
        return routing_model.activate(shelf, activate, out)
    if rollback:
        return train.roll_back(shelf, out)
    if show:
        return routing_model.list_versions(shelf, out)
    if not sources and not from_events:
        raise Mistake("nothing to learn from: give CSV files with the columns text and label, or --from-events")
    found = routing_model.read_labelled(sources or ())
    if from_events:
        with run.database(home, database_url or setting("DATABASE_URL")) as url:
            found += uvloop.run(routing_model.of_events(url))
    routing_model.train(found, shelf, out)
    return None


evaluate_app = typer.Typer(no_args_is_help=True, help="How well what was learned does.")


@evaluate_app.callback()
def _evaluate() -> None:
    """How well what was learned does."""


@evaluate_app.command("routing", epilog="Example: `minsheng evaluate routing test.csv --model models --json`")
def evaluate_routing(
    test: Annotated[Path, typer.Argument(help="CSV: text,label, of messages the model was not trained from")],
    model: Annotated[Path, typer.Option(help="folder of versions, or one model file")] = Path("routing-models"),
    version: Annotated[int | None, typer.Option(help="of the folder; the newest by default")] = None,
    pictures: Annotated[Path | None, typer.Option(help="folder for the two PNG; evaluations/ beside the model else")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: JSON on standard output")] = False,
) -> None:
    """Prints macro-F1 and a table by label; draws the confusion matrix and the reliability curve."""
    found = routing_model.evaluate(test, model, version, pictures)
    if as_json:
        typer.echo(found.as_json())
    else:
        routing_model.tell(found, out)


@evaluate_app.command("shadow", epilog="Example: `minsheng evaluate shadow --home ~/county`")
def evaluate_shadow(
    database_url: DatabaseUrl = None,
    home: Home = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: JSON on standard output")] = False,
) -> None:
    """Compares what the model of departments said of each case with what was done, and what officials made of it."""
    with run.database(home, database_url or setting("DATABASE_URL")) as url:
        found = uvloop.run(shadow.compared(url))
    if as_json:
        typer.echo(shadow.as_json(found))
    else:
        shadow.tell(found, out)


def _sources(paths: list[Path] | None, *, base: bool) -> train.Sources:
    found = train.base() if base else train.Sources()
    for path in paths or ():
        found.add(path)
    return found
