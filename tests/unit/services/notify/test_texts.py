"""The words of a reply: the shipped ones, and a county's own, which are tried out before anybody hears them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from services.notify.known import PURPOSES, WORDS, samples
from services.notify.texts import LARGEST, SHIPPED, WORDS_KEPT, Texts, faults_of
from shared.settings import BadSettings

compose = Texts().compose
Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a template of the county's own; returns the folder."""

    def begin(name: str, text: str | bytes) -> Path:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path

    return begin


def test_what_an_official_wrote_is_repeated_without_anybodys_numbers() -> None:
    said = compose("progress", number="TY-20231030-0001", words="已联系张三13812345678，有事打0373-5551234")
    assert "138****5678" in said
    assert "0373-5551234" in said


def test_long_words_are_cut_with_a_sign() -> None:
    said = compose("progress", number="TY-20231030-0001", words="修" * (WORDS_KEPT + 1))
    assert said.endswith("修……")
    assert said.count("修") == WORDS_KEPT


def test_a_template_that_asks_for_what_is_not_known_is_a_fault_not_a_gap() -> None:
    with pytest.raises(UndefinedError):
        compose("progress", words="修好了")


def test_every_shipped_template_has_a_purpose_and_says_something_whatever_is_known() -> None:
    assert {file.stem for file in SHIPPED.iterdir()} == set(PURPOSES)
    assert faults_of(SHIPPED) == {}
    for name in PURPOSES:
        assert all(compose(name, **known) for known in samples(name))


def test_every_word_is_known_to_some_template_and_explained() -> None:
    assert {name for purpose in PURPOSES.values() for name in purpose.names} == set(WORDS)
    assert all(word.meaning for word in WORDS.values())


def test_a_countys_own_template_goes_before_the_shipped_one_and_leaves_the_others(write: Write) -> None:
    folder = write("urgent.txt", "\ufeff【汤阴】{{ number }} 加急办理。\r\n".encode())
    texts = Texts(folder)
    known = {"number": "TY-1", "department_name": "水利局", "urgent": True}
    assert texts.compose("urgent", **known) == "【汤阴】TY-1 加急办理。"
    assert texts.compose("transferred", **known) == compose("transferred", **known)
    assert (texts.own("urgent"), texts.own("transferred")) == (folder / "urgent.txt", None)


def test_a_template_changed_while_the_service_runs_is_not_read_unchecked(write: Write) -> None:
    texts = Texts(write("urgent.txt", "加急 {{ number }}"))
    write("urgent.txt", "加急 {{ nothing }}")
    assert texts.compose("urgent", number="TY-1") == "加急 TY-1"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("recieved.txt", "x", "不是模板的名字（是否 received.txt？）"),
        ("received.text", "x", "不是模板的名字"),
        ("received.txt", "{{ nmber }}", "不认识的变量 nmber（可用：number、department_name、urgent）"),
        ("received.txt", "{{ number }}{% if urgent %}{{ soon }}{% endif %}", "不认识的变量 soon"),
        ("received-sealed.txt", "{{ number }} 已登记", "不认识的变量 number（可用：无）"),
        ("received.txt", "一\n{{ number", "第 2 行写法有误"),
        ("received.txt", "{{ number | loud }}", "第 1 行写法有误：No filter named 'loud'"),
        ("received.txt", "编号".encode("gbk"), "不是 UTF-8 编码"),
        ("received.txt", "长" * LARGEST, "太大"),
        ("received.txt", "", "试填后没有文字"),
        ("received.txt", "{% if urgent %}急{% endif %}", "试填后没有文字"),
        ("undelivered.txt", "{% for p in places %}{{ p.town }}{% endfor %}", "试填时出错"),
        ("received.txt", "{{ number.__class__.__mro__ }}", "试填时出错"),
        ("received.txt", "{{ number }}{% include 'gone.txt' %}", "试填时出错：'gone.txt' not found"),
    ],
)
def test_a_template_that_would_fail_is_named_with_its_fault_and_nothing_starts(
    write: Write, name: str, text: str | bytes, words: str
) -> None:
    folder = write(name, text)
    assert words in faults_of(folder)[name]
    with pytest.raises(BadSettings) as refused:
        Texts(folder)
    assert f"MINSHENG_TEMPLATES: {folder}: {name} " in str(refused.value)
    assert "\n" not in str(refused.value)


def test_all_mistakes_of_a_folder_are_told_at_once_and_a_volumes_own_names_are_none(write: Write, tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    write(".DS_Store", b"\x00")
    write("urgent.txt", "{{ a }}")
    assert set(faults_of(write("news.txt", "x"))) == {"urgent.txt", "news.txt"}


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="MINSHENG_TEMPLATES"):
        Texts(tmp_path / "gone")
