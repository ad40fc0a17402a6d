"""Anybody may see the copy of a picture; where and when it was taken is told apart from it."""

import contextlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from services.intake.attachments.pictures import LONGEST, Broken, Origin, TooManyPixels, origin, public_copy
from tests.unit.services.intake.attachments.samples import PLACE, SAMPLES, bomb, exif, picture

FORMS = ("JPEG", "PNG", "WEBP")


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def colour(image: Image.Image, x: int, y: int) -> str:
    red, _, blue = image.convert("RGB").getpixel((x, y))
    return "red" if red > blue else "blue"


# -- where and when --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_place_time_and_camera_are_read_in_the_original(form: str) -> None:
    found = origin(picture(form, exif=exif()))
    assert found
    assert found.latitude == pytest.approx(PLACE[0], abs=1e-5)
    assert found.longitude == pytest.approx(PLACE[1], abs=1e-5)
    assert (found.taken_at, found.camera) == ("2025:06:01 08:30:00 +08:00", "HUAWEI P60")


def test_south_and_west_are_below_zero() -> None:
    found = origin(picture(exif=exif(place=(-33.5, -70.25))))
    assert found
    assert (found.latitude, found.longitude) == (-33.5, -70.25)


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_that_tells_nothing_has_no_origin(form: str) -> None:
    assert origin(picture(form)) is None


@pytest.mark.parametrize("latitude", [IFDRational(95), IFDRational(0, 0)])
def test_a_place_that_is_none_on_earth_is_left_out(latitude: IFDRational) -> None:
    data = Image.Exif()
    gps = data.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitude] = (latitude, 0.0, 0.0)
    gps[ExifTags.GPS.GPSLongitude] = (113.0, 30.0, 0.0)
    assert origin(picture(exif=data.tobytes())) == Origin(longitude=113.5)


# -- the copy for everybody ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_the_copy_holds_no_metadata_whatever_the_original_held(form: str) -> None:
    image, out = opened(picture(form, exif=exif())), BytesIO()
    image.load()
    image.info["comment"] = b"taken at the house of Zhang San"
    image.save(
        out, form, exif=exif(), icc_profile=b"a profile that names its owner " * 20, xmp=b"<x:xmpmeta>113.65</x:xmpmeta>"
    )
    assert b"HUAWEI" in out.getvalue()
    copy = public_copy(out.getvalue())
    assert not opened(copy).getexif()
    assert set(opened(copy).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    for trace in (b"HUAWEI", b"2025:06:01", b"Exif", b"owner", b"xmpmeta", b"Zhang"):
        assert trace not in copy


@pytest.mark.parametrize(
    ("size", "seen"),
    [((4000, 3000), (1600, 1200)), ((900, 5000), (288, 1600)), ((300, 200), (300, 200)), ((1, 3000), (1, 1600))],
)
def test_the_copys_longest_side_is_bounded_and_a_small_picture_stays_as_it_is(
    size: tuple[int, int], seen: tuple[int, int]
) -> None:
    assert opened(public_copy(picture(size=size))).size == seen
    assert max(seen) <= LONGEST


@pytest.mark.parametrize(
    ("orientation", "red"),
    [(1, (2, 2)), (2, (60, 2)), (3, (60, 45)), (4, (2, 45)), (5, (2, 2)), (6, (45, 2)), (7, (45, 60)), (8, (2, 60))],
)
def test_the_copy_stands_upright_however_the_telephone_was_held(orientation: int, red: tuple[int, int]) -> None:
    copy = opened(public_copy(picture(exif=exif(orientation))))
    assert copy.size == ((64, 48) if orientation < 5 else (48, 64))
    corners = [(x, y) for x in (2, copy.width - 3) for y in (2, copy.height - 3)]
    assert [colour(copy, *corner) for corner in corners].count("red") == 1
    assert colour(copy, *red) == "red"


@pytest.mark.parametrize(
    ("form", "mode"),
    [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("PNG", "1"), ("WEBP", "RGBA"), ("JPEG", "CMYK"), ("JPEG", "L")],
)
def test_a_picture_of_any_mode_becomes_a_plain_jpeg(form: str, mode: str) -> None:
    image, out = Image.new("RGBA", (40, 30), (0, 0, 0, 0)).convert(mode), BytesIO()
    image.save(out, form)
    copy = opened(public_copy(out.getvalue()))
    assert (copy.format, copy.mode) == ("JPEG", "RGB")
    if mode == "RGBA":
        assert copy.getpixel((5, 5)) == (255, 255, 255)


def test_a_copy_of_a_copy_is_one_too() -> None:
    assert opened(public_copy(public_copy(picture(size=(3000, 100))))).size == (1600, 53)


# -- what is no picture, or too much of one --------------------------------------------------------------------------------


@pytest.mark.parametrize("work", [origin, public_copy])
def test_a_picture_that_unfolds_to_too_much_is_refused_by_its_head(work: object) -> None:
    assert len(bomb()) < 1000
    with pytest.raises(TooManyPixels):
        work(bomb())  # type: ignore[operator]


@pytest.mark.parametrize("data", [b"\xff\xd8\xff\xe0nothing", SAMPLES["gif"][0], SAMPLES["png"][0][:30], b""])
def test_what_only_begins_like_a_picture_is_broken(data: bytes) -> None:
    with pytest.raises(Broken):
        origin(data)
    with pytest.raises(Broken):
        public_copy(data)


def test_half_a_picture_has_an_origin_and_no_copy() -> None:
    whole = picture(size=(800, 600), exif=exif())
    half = whole[: len(whole) * 2 // 3]
    assert origin(half)
    with pytest.raises(Broken):
        public_copy(half)


@settings(max_examples=60)
@given(st.sampled_from(FORMS), st.data())
def test_a_damaged_picture_never_harms(form: str, data: st.DataObject) -> None:
    whole = bytearray(picture(form, exif=exif()))
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=8)):
        whole[at] = data.draw(st.integers(0, 255))
    for work in (origin, public_copy):
        with contextlib.suppress(Broken, TooManyPixels):
            work(bytes(whole))
