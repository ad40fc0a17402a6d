"""A model file is small, quick, checked before use, and needs no scikit-learn."""

import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from services.intake.learning.features import features
from services.intake.learning.model import SAID_BY_VILLAGERS, Scales, load
from services.intake.learning.talk import talk_of
from services.intake.learning.together import together
from services.intake.reading import EMPTY, read
from shared.events.intake import Kind, Role
from shared.learning.linear import Features, Linear, Unusable

from .conftest import MakeModel, Say

ROOT = Path(__file__).parents[5]


def test_a_model_is_the_same_after_it_was_saved(tmp_path: Path, model_that_says: MakeModel) -> None:
    model = model_that_says(Kind.APPEAL, version=4, scales=Scales(spread=0.5), villager_chatter=1.5)
    (tmp_path / "m.npz").write_bytes(model.dump())
    loaded = load(tmp_path / "m.npz")
    assert (loaded.version, loaded.grounds) == (4, {"villager/chatter": 1.5})
    assert list(asdict(loaded.scales).values()) == pytest.approx(list(asdict(model.scales).values()))
    found = [Features([1, 99], [1.0, 1.0])]
    assert (loaded.villagers.scores(found) == model.villagers.scores(found)).all()
    assert (loaded.links.scores(found) == model.links.scores(found)).all()


def test_keys_that_are_not_known_count_for_nothing_and_several_messages_are_scored_at_once() -> None:
    weights = np.array([[1.0, 0.0], [0.0, 2.0]], np.float32)
    part = Linear((Kind.APPEAL, Kind.CHATTER), np.array([7, 9], np.uint32), weights, np.array([0.5, 0.0], np.float32))
    scores = part.scores([Features([7, 8], [2.0, 5.0]), Features([], []), Features([9], [1.0])])
    assert scores.tolist() == [[2.5, 0.0], [0.5, 0.0], [0.5, 2.0]]
    assert part.told_by(Features([7, 9], [2.0, 1.0], ("asks",)), Kind.APPEAL, Kind.CHATTER) == [("", 2.0), ("asks", -2.0)]


@pytest.mark.parametrize("official", [False, True])
def test_features_depend_on_who_speaks(say: Say, official: bool) -> None:
    one, other = (Role.VILLAGE_OFFICIAL if o else Role.VILLAGER for o in (official, not official))
    found = features(talk_of(say("好了", role=one), EMPTY))
    assert found == features(talk_of(say("好了", role=one), EMPTY))
    assert found != features(talk_of(say("好了", role=other), EMPTY))
    assert len(found.keys) == len(found.values) > len(found.names)


def test_a_long_message_has_no_more_features_than_its_beginning(say: Say) -> None:
    assert len(features(talk_of(say("灯" * 20_000), EMPTY)).keys) < 100


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04 broken", b"no zip at all"])
def test_what_is_no_model_is_named(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "m.npz").write_bytes(body)
    with pytest.raises(Unusable, match=r"m\.npz"):
        load(tmp_path / "m.npz")


@pytest.mark.parametrize(
    "change",
    [
        {"scheme": np.int32(99)},
        {"officials_kinds": np.array(["report", "chatter", "appeal", "accept", "offer", "resolve"])},
        {"villagers_kinds": np.array(["gossip"] * len(SAID_BY_VILLAGERS))},
        {"villagers_weights": np.zeros((3, 4), np.float16)},
        {"villagers_bias": np.full(len(SAID_BY_VILLAGERS), np.nan, np.float32)},
        {"links_weights": np.full((3, 6), np.inf, np.float16)},
        {"scales": np.zeros(6, np.float32)},
        {"scales": np.ones(3, np.float32)},
        {"odds": np.array([np.nan], np.float32), "grounds": np.array(["villager/chatter"])},
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


def test_intake_starts_without_numpy_and_reads_without_scikit_learn(tmp_path: Path, model_that_says: MakeModel) -> None:
    (tmp_path / "m.npz").write_bytes(model_that_says(Kind.CHATTER).dump())
    code = (
        "import sys, services.intake, services.intake.learning.examples; from pathlib import Path\n"
        "print(sorted({'numpy', 'scipy', 'sklearn'} & set(sys.modules)))\n"
        "from shared.learning.linear import Features; from services.intake.learning.model import load\n"
        f"load(Path({str(tmp_path / 'm.npz')!r})).villagers.scores([Features([1], [1.0])])\n"
        "print(sorted({'scipy', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


def test_the_model_takes_less_than_a_millisecond_beside_the_rules(model_that_says: MakeModel, say: Say) -> None:
    model = model_that_says(Kind.CHATTER)
    said = say("自来水管破裂，院子都淹了，求求快派人来修，家里还有八十岁的老人")
    rules = read(said, EMPTY)
    taken = []
    for _ in range(50):
        began = time.perf_counter()
        together(said, EMPTY, rules, model)
        taken.append(time.perf_counter() - began)
    assert min(taken) < 0.001
