"""What is told of a file before it is stored, and where none is kept."""

import hashlib
import json

import pytest

from services.intake.attachments.keeping import Keeping, examine
from services.intake.attachments.sniffing import NotAccepted
from shared.problems import Problem
from tests.unit.services.intake.attachments.samples import SAMPLES, bomb, exif, picture


def test_a_file_is_examined_for_its_hash_its_type_and_where_it_was_taken() -> None:
    data = picture(exif=exif())
    sha256, media_type, origin = examine(data)
    assert (sha256, media_type) == (hashlib.sha256(data).hexdigest(), "image/jpeg")
    assert json.loads(origin or "")["camera"] == "HUAWEI P60"


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_tells_no_origin_has_none(sample: str) -> None:
    assert examine(SAMPLES[sample][0])[2] is None


@pytest.mark.parametrize(("data", "words"), [(bomb(), "像素过多"), (picture("PNG")[:40], "已损坏"), (b"", "空的")])
def test_what_cannot_be_kept_is_refused_in_plain_words(data: bytes, words: str) -> None:
    with pytest.raises(NotAccepted, match=words):
        examine(data)


def test_an_intake_without_a_place_for_files_takes_none_and_says_which_setting_it_is() -> None:
    with pytest.raises(Problem, match="MINSHENG_ATTACHMENTS") as told:
        Keeping(None, 1000).blobs  # noqa: B018 - asking is the test
    assert told.value.status == 503
