"""A model file of departments is checked before use, quick, and needs no scikit-learn."""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from services.routing.learning.model import Model, load
from services.routing.learning.training import Outcome
from shared.learning.linear import Unusable
from shared.learning.shelf import Shelf

ROOT = Path(__file__).parents[5]
LONG = "村口公路上大坑，下雨全是泥，变压器也坏了，自来水三天没来。" * 14


@pytest.fixture
def model(trained: tuple[Model, Outcome]) -> Model:
    return trained[0]


def test_a_model_is_the_same_after_it_was_saved(tmp_path: Path, model: Model) -> None:
    (tmp_path / "m.npz").write_bytes(model.dump())
    loaded = load(tmp_path / "m.npz")
    assert loaded.version == model.version
    assert loaded.judge(LONG) == model.judge(LONG)


def test_versions_stand_on_a_shelf_and_are_taken_back(tmp_path: Path, model: Model) -> None:
    shelf = Shelf(tmp_path, load)
    shelf.put(model, {"macro_f1": 0.9})
    shelf.activate(1)
    assert (shelf.active(), shelf.roll_back(), shelf.next()) == (1, None, 2)


def test_a_message_that_says_nothing_has_the_labels_as_common_as_they_are(model: Model) -> None:
    likely = model.judge("？？")
    assert sum(probability for _, probability in likely) == pytest.approx(1.0)
    assert likely[0][1] < 0.6


@pytest.mark.parametrize(
    "change",
    [
        {"scheme": np.int32(99)},
        {"labels_weights": np.zeros((3, 4), np.float16)},
        {"labels_bias": np.full(3, np.nan, np.float32)},
        {"labels_kinds": np.array(["供电所", "供电所", "水务局"])},
        {"version": np.array([object()], dtype=object)},
    ],
)
def test_a_model_of_another_kind_is_not_used(tmp_path: Path, model: Model, change: dict[str, object]) -> None:
    (tmp_path / "m.npz").write_bytes(model.dump())
    with np.load(tmp_path / "m.npz") as file:
        parts = {**file, **change}
    np.savez_compressed(tmp_path / "m.npz", **parts)  # type: ignore[arg-type]
    with pytest.raises(Unusable, match=r"m\.npz"):
        load(tmp_path / "m.npz")


def test_routing_judges_without_scikit_learn(tmp_path: Path, model: Model) -> None:
    (tmp_path / "m.npz").write_bytes(model.dump())
    code = (
        "import sys; from pathlib import Path; from services.routing.learning.model import load\n"
        "print(sorted({'numpy', 'scipy', 'sklearn'} & set(sys.modules)))\n"
        f"load(Path({str(tmp_path / 'm.npz')!r})).judge('停电了')\n"
        "print(sorted({'scipy', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


def test_a_long_message_is_judged_in_less_than_two_milliseconds(model: Model) -> None:
    taken = []
    for _ in range(50):
        began = time.perf_counter()
        model.judge(LONG)
        taken.append(time.perf_counter() - began)
    assert median(taken) < 0.002
