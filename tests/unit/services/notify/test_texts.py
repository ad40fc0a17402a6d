"""The words of a reply: the shipped ones, and a county's own, which are tried out before anybody hears them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

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


SECRETS = {
    "13812345678": "138****5678",
    "11010519491231002X": "110105********002X",
    "6222021234567890128": "***************0128",
    "建设路18号，": "建设路**号，",
}
"""what nobody may read of another, and what of it is seen"""


def with_secrets(value: Any) -> Any:
    """What a template may be told, with somebody's numbers wherever there are words, down to the names within lists."""
    match value:
        case str():
            return f"张三，{'，'.join(SECRETS)}，李四"
        case list():
            return [with_secrets(one) for one in value]
        case dict():
            return {name: with_secrets(one) for name, one in value.items()}
        case _:
            return value


@pytest.mark.parametrize("template", PURPOSES)
def test_whatever_a_template_is_told_it_tells_nobodys_numbers(template: str) -> None:
    for known in samples(template):
        said = compose(template, **with_secrets(known))
        for secret, seen in SECRETS.items():
            assert secret not in said
            assert ("张三" in said) == (seen in said)


def test_a_notice_tells_the_number_to_call_and_no_other() -> None:
    body = "招采摘工20名，联系电话13987654321、0373-5551234；上月补贴：张三13812345678，身份证11010519491231002X"
    said = compose("notice", title="招工", body=body)
    assert said.endswith("联系电话13987654321、0373-5551234；上月补贴：张三138****5678，身份证110105********002X")


def test_a_number_cut_off_by_the_limit_is_masked_before_it_is_cut() -> None:
    said = compose("progress", number="TY-20231030-0001", words="修" * (WORDS_KEPT - 6) + "，13812345678")
    assert said.endswith("，138**……")


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
