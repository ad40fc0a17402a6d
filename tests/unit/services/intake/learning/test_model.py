"""A model file is small, quick, checked before use, and needs no scikit-learn."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from services.intake.learning.features import BUCKETS, features
from services.intake.learning.model import LEARNED, Model, Unusable, load
from services.intake.reading import EMPTY
from shared.events.intake import Kind, Role

from .conftest import KINDS, MakeModel, Say

ROOT = Path(__file__).parents[5]


def test_a_model_is_the_same_after_it_was_saved(tmp_path: Path, say: Say) -> None:
    weights = np.random.default_rng(0).normal(size=(BUCKETS, len(KINDS))).astype(np.float16).astype(np.float32)
    model = Model(4, KINDS, weights, np.zeros(len(KINDS), np.float32), 1.5)
    (tmp_path / "m.npz").write_bytes(model.dump())
    loaded = load(tmp_path / "m.npz")
    found = features(say("村口的灯不亮了"), EMPTY)
    assert loaded.guess(found, official=False) == model.guess(found, official=False)
    assert loaded.version == 4


def test_a_guess_is_a_share_of_the_kinds_such_a_speaker_says(model_that_says: MakeModel, say: Say) -> None:
    found = features(say("收到"), EMPTY)
    for official, kinds in ((True, {Kind.CHATTER, Kind.ACCEPT}), (False, {Kind.APPEAL, Kind.CHATTER, Kind.SUPPLEMENT})):
        guess = model_that_says(Kind.CHATTER).guess(found, official=official)
        assert set(guess.likely) == kinds
        assert sum(guess.likely.values()) == pytest.approx(1)
        assert guess.best is Kind.CHATTER


def test_a_report_is_nothing_a_model_knows() -> None:
    assert Kind.REPORT not in LEARNED


@pytest.mark.parametrize("official", [False, True])
def test_features_depend_on_who_speaks_and_on_what_was_said_before(say: Say, official: bool) -> None:
    role = Role.VILLAGE_OFFICIAL if official else Role.VILLAGER
    found = features(say("好了", role=role), EMPTY)
    assert found == features(say("好了", role=role), EMPTY)
    assert found != features(say("好了", role=Role.VILLAGER if official else Role.VILLAGE_OFFICIAL), EMPTY)
    assert all(0 <= bucket < BUCKETS for bucket in found)


def test_a_long_message_has_no_more_features_than_its_beginning(say: Say) -> None:
    assert len(features(say("灯" * 20_000), EMPTY)) < 100


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04 broken", b"no zip at all"])
def test_what_is_no_model_is_named(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "m.npz").write_bytes(body)
    with pytest.raises(Unusable, match=r"m\.npz"):
        load(tmp_path / "m.npz")


@pytest.mark.parametrize(
    "change",
    [
        {"scheme": np.int32(99)},
        {"kinds": np.array(["report", "chatter", "appeal", "accept"])},
        {"kinds": np.array(["gossip"] * 4)},
        {"weights": np.zeros((3, 4), np.float16)},
        {"heat": np.float32(0)},
        {"weights": np.full((BUCKETS, 4), np.nan, np.float16)},
    ],
)
def test_a_model_of_another_kind_is_not_used(tmp_path: Path, model_that_says: MakeModel, change: dict[str, object]) -> None:
    (tmp_path / "m.npz").write_bytes(model_that_says(Kind.CHATTER).dump())
    with np.load(tmp_path / "m.npz") as file:
        parts = {**file, **change}
    np.savez_compressed(tmp_path / "m.npz", **parts)  # type: ignore[arg-type]
    with pytest.raises(Unusable):
        load(tmp_path / "m.npz")


def test_a_pickle_in_a_model_file_is_never_run(tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", scheme=np.array([object()], dtype=object))
    with pytest.raises(Unusable):
        load(tmp_path / "m.npz")


def test_intake_starts_without_numpy_and_guesses_without_scikit_learn(tmp_path: Path, model_that_says: MakeModel) -> None:
    (tmp_path / "m.npz").write_bytes(model_that_says(Kind.CHATTER).dump())
    code = (
        "import sys, services.intake, services.intake.learning.examples; from pathlib import Path\n"
        "print(sorted({'numpy', 'scipy', 'sklearn'} & set(sys.modules)))\n"
        f"from services.intake.learning.model import load; load(Path({str(tmp_path / 'm.npz')!r})).guess({{1: 1.0}}, official=True)\n"
        "print(sorted({'scipy', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


def test_a_guess_takes_less_than_a_third_of_a_millisecond(model_that_says: MakeModel, say: Say) -> None:
    model = model_that_says(Kind.CHATTER)
    said = say("自来水管破裂，院子都淹了，求求快派人来修，家里还有八十岁的老人")
    taken = []
    for _ in range(50):
        began = time.perf_counter()
        model.guess(features(said, EMPTY), official=False)
        taken.append(time.perf_counter() - began)
    assert min(taken) < 0.0003
