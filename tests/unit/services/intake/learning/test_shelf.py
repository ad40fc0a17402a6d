"""Versions on a shelf: put to use, taken back, and picked up by a reader that runs."""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import sleep

import pytest

from services.intake.learning.model import Model, load
from services.intake.learning.shelf import SHIPPED, chosen, in_use, shelf_of
from shared.events.intake import Kind
from shared.learning import shelf as shelves
from shared.learning.linear import Unusable
from shared.learning.shelf import FILE, InUse, NoSuchVersion, Shelf
from shared.settings import Settings

from .conftest import MakeModel


@pytest.fixture
def shelf(tmp_path: Path, model_that_says: MakeModel) -> Shelf[Model]:
    """Two versions, none of them in use."""
    found = shelf_of(tmp_path / "models")
    for kind in (Kind.APPEAL, Kind.CHATTER):
        found.put(model_that_says(kind, version=found.next()), {"helps": True})
    return found


@pytest.fixture
def looks() -> Callable[[InUse[Model]], int | None]:
    """The version in use, loaded now."""

    def look(used: InUse[Model]) -> int | None:
        used.refresh()
        model = used.look()
        return model.version if model else None

    return look


def test_versions_count_from_one_and_none_is_in_use_at_first(shelf: Shelf[Model]) -> None:
    assert (shelf.versions(), shelf.active(), shelf.next()) == ([1, 2], None, 3)
    assert shelf_of(shelf.folder / "nowhere").versions() == []


def test_a_roll_back_goes_back_step_by_step_to_the_rules_alone(shelf: Shelf[Model]) -> None:
    for version in (1, 2, 1, 1):
        shelf.activate(version)
    assert [shelf.roll_back(), shelf.roll_back(), shelf.roll_back()] == [2, 1, None]
    with pytest.raises(NoSuchVersion, match="只用规则"):
        shelf.roll_back()


def test_a_version_that_is_not_there_or_broken_is_not_put_to_use(shelf: Shelf[Model]) -> None:
    with pytest.raises(NoSuchVersion, match="现有：1、2"):
        shelf.activate(9)
    shelf.file(2).write_bytes(b"broken")
    with pytest.raises(Unusable):
        shelf.activate(2)
    assert shelf.active() is None


def test_a_running_reader_follows_the_shelf(shelf: Shelf[Model], looks: Callable[[InUse[Model]], int | None]) -> None:
    used = in_use(shelf.folder)
    assert looks(used) is None
    shelf.activate(1)
    assert looks(used) == 1
    shelf.activate(2)
    assert looks(used) == 2
    shelf.roll_back()
    assert looks(used) == 1
    shelf.roll_back()
    assert looks(used) is None


def test_a_look_never_waits_for_a_model_to_be_loaded(shelf: Shelf[Model], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "LOOK_SECONDS", 0.0)
    loading, loaded = Event(), Event()

    def load_slowly(path: Path) -> Model:
        loading.set()
        assert loaded.wait(10)
        return load(path)

    shelf.activate(2)
    used = InUse(shelf.folder, load_slowly)
    assert used.look() is None
    assert loading.wait(10)
    assert used.look() is None
    loaded.set()
    while not (model := used.look()):
        sleep(0.01)
    assert model.version == 2


def test_a_single_file_may_be_replaced(
    shelf: Shelf[Model], tmp_path: Path, looks: Callable[[InUse[Model]], int | None]
) -> None:
    file = tmp_path / "model.npz"
    file.write_bytes(shelf.file(1).read_bytes())
    used = in_use(file)
    assert looks(used) == 1
    draft = tmp_path / "draft"
    draft.write_bytes(shelf.file(2).read_bytes())
    draft.replace(file)
    assert looks(used) == 2


def test_the_last_good_model_stays_when_the_next_cannot_be_used(
    shelf: Shelf[Model], looks: Callable[[InUse[Model]], int | None]
) -> None:
    used = in_use(shelf.folder)
    shelf.activate(1)
    assert looks(used) == 1
    shelf.activate(2)
    shelf.file(2).write_bytes(b"broken")
    assert looks(used) == 1


def test_without_a_setting_there_is_no_model(looks: Callable[[InUse[Model]], int | None]) -> None:
    assert looks(in_use(None)) is None


def test_what_comes_with_the_program_reads_unless_another_is_named_or_none(looks: Callable[[InUse[Model]], int | None]) -> None:
    default = Settings.model_fields["intake_model"].default
    assert chosen(default) == SHIPPED / FILE
    assert looks(in_use(chosen(default))) is not None
    assert (chosen("off"), chosen(""), chosen("models")) == (None, None, Path("models"))
