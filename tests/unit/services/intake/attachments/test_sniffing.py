"""What a file is, is read in its bytes."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.attachments.sniffing import ACCEPTED, NotAccepted, sniff
from tests.unit.services.intake.attachments.samples import SAMPLES, compound, iso, zipped


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_kind_of_file_that_villagers_send_is_known(sample: str) -> None:
    data, media_type = SAMPLES[sample]
    assert sniff(data) == media_type
    assert media_type in ACCEPTED


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空的"),
        ("村里没水了".encode(), "认不出的格式"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "认不出的格式"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "认不出的格式"),
        (b"MZ" + bytes(300), "x-msdownload"),
        (b"\x7fELF" + bytes(300), "x-executable"),
        (b"Rar!\x1a\x07\x00" + bytes(60), "rar"),
        (iso(b"qt  ", b"qt  "), "quicktime"),
        (zipped("readme.txt"), "压缩包"),
        (zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "带宏"),
        (compound("Root Entry"), "认不出的文档"),
    ],
)
def test_what_is_not_accepted_is_refused_with_what_is(data: bytes, words: str) -> None:
    with pytest.raises(NotAccepted, match=words):
        sniff(data)


def test_a_page_that_calls_itself_a_picture_in_its_words_is_none() -> None:
    with pytest.raises(NotAccepted):
        sniff(b"<html><!-- \xff\xd8\xff image/jpeg -->")


@given(st.binary(max_size=300))
def test_any_bytes_are_of_an_accepted_type_or_refused(data: bytes) -> None:
    with contextlib.suppress(NotAccepted):
        assert sniff(data) in ACCEPTED


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_a_file_cut_off_or_changed_anywhere_is_of_an_accepted_type_or_refused(sample: str, data: st.DataObject) -> None:
    whole = bytearray(SAMPLES[sample][0])
    cut = data.draw(st.integers(0, len(whole)))
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=3)):
        whole[at] ^= 0xFF
    with contextlib.suppress(NotAccepted):
        assert sniff(bytes(whole[:cut])) in ACCEPTED
