"""How alike texts are, and which of many are about one matter."""

import random

import numpy as np
import pytest

from services.routing.clusters import belonging, clusters
from services.routing.likeness import USUAL, WIDTH, runs
from tests.bench.county import TROUBLES


def like(one: str, other: str, *others: str) -> float:
    rows = runs([one, other, *others]).rows(np.array([0, 1]))
    return float(rows[0] @ rows[1])


def test_texts_are_alike_by_the_runs_they_share_and_a_rare_run_weighs_more() -> None:
    assert like("村口路灯坏了", "村口路灯坏了") == pytest.approx(1, abs=0.05)
    assert like("村口路灯坏了", "低保没有发") == 0
    assert like("变压器冒烟了", "变压器跳闸了", *["村口太黑"] * 9) > like("村口冒烟了", "村口跳闸了", *["村口太黑"] * 9) > 0


def test_what_is_said_in_appeals_of_any_kind_makes_nothing_alike() -> None:
    assert like("尊敬的领导您好，请问低保", "尊敬的领导您好，请问路灯") == 0
    assert like("".join(USUAL), "".join(USUAL)) == 0


def test_full_stops_lines_and_strange_letters_end_a_run_and_do_no_harm() -> None:
    assert like("路\n灯", "路灯") == 0
    assert like("", "") == 0
    assert runs(["😀😀😀", "\n\n"]).rows(np.array([0, 1])).shape == (2, WIDTH)


def test_twelve_troubles_are_twelve_matters_though_their_beginnings_and_ends_are_the_same() -> None:
    dice = random.Random(3)
    begins, ends = ("村口", "俺家门前", "学校旁边", "东头", "老桥那边", "大队部"), ("，拜托了", "，都好几天了", "，没人管", "")
    about = [n % len(TROUBLES) for n in range(600)]
    texts = [dice.choice(begins) + TROUBLES[n].format(dice.randrange(900)) + dice.choice(ends) for n in about]
    everywhere = np.full(len(texts), -1)
    found = clusters(runs(texts), np.arange(500), np.linspace(0, 7, len(texts), dtype=np.float32), everywhere, everywhere)
    main = [{about[n] for n in cluster.members} for cluster in found if len(cluster.members) >= 20]
    assert len(main) == len(TROUBLES)
    assert all(len(matter) == 1 for matter in main)

    later = belonging(runs(texts), np.arange(500, 600), found)
    assert all({about[n] for n in found[which].members} == {about[500 + n]} for n, which in enumerate(later) if which >= 0)
    assert (later >= 0).mean() > 0.9
