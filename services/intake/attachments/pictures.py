"""Pictures: the copy that anybody may see, and what the original tells of where and when it was taken. Pure, but slow:
call it in a thread.
"""

from io import BytesIO

from PIL import ExifTags, Image, ImageOps
from pydantic import BaseModel

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
"""what a public copy is made of"""
PUBLIC_TYPE = "image/jpeg"
LONGEST = 1600
"""longest side of a public copy, in pixels"""
QUALITY = 85
MOST_PIXELS = {"JPEG": 64_000_000, "MPO": 64_000_000, "PNG": 12_500_000, "WEBP": 12_500_000}
"""A telephone's picture has up to fifty million. A JPEG is read smaller than it is; the others unfold to up to 20 bytes a
pixel, so what claims more could fill a pod's memory from a small file."""

_FORMATS = ("JPEG", "PNG", "WEBP")


class TooManyPixels(Exception):
    """A picture that is refused because it would unfold to too much."""


class Broken(Exception):
    """Bytes that begin like a picture and are none."""


class Origin(BaseModel):
    """Where (WGS 84, degrees) and when (the camera's own clock, as it writes it) a picture was taken, and by what."""

    latitude: float | None = None
    longitude: float | None = None
    taken_at: str | None = None
    camera: str | None = None


def origin(data: bytes) -> Origin | None:
    """What the original tells; None when it tells nothing. Raises Broken and TooManyPixels."""
    with _opened(data) as picture:
        try:
            exif = picture.getexif()
            place, details = exif.get_ifd(ExifTags.IFD.GPSInfo), exif.get_ifd(ExifTags.IFD.Exif)
        except Exception:  # EXIF that cannot be read tells nothing; the picture itself may be sound
            return None
    found = Origin(
        latitude=_degrees(place.get(ExifTags.GPS.GPSLatitude), place.get(ExifTags.GPS.GPSLatitudeRef), 90),
        longitude=_degrees(place.get(ExifTags.GPS.GPSLongitude), place.get(ExifTags.GPS.GPSLongitudeRef), 180),
        taken_at=_words(details.get(ExifTags.Base.DateTimeOriginal), details.get(ExifTags.Base.OffsetTimeOriginal)),
        camera=_words(exif.get(ExifTags.Base.Make), exif.get(ExifTags.Base.Model)),
    )
    return found if found != Origin() else None


def public_copy(data: bytes) -> bytes:
    """A JPEG of the pixels alone, upright, its longest side at most LONGEST. Raises Broken and TooManyPixels."""
    with _opened(data) as picture:
        try:
            picture.thumbnail((LONGEST, LONGEST))
            plain = _on_white(_upright(picture))
            plain.info.clear()  # a comment in it would be written again
            copy = BytesIO()
            plain.save(copy, "JPEG", quality=QUALITY, optimize=True)
        except Exception as trouble:  # the library raises anything for what is damaged
            raise Broken(str(trouble)) from trouble
        return copy.getvalue()


def _opened(data: bytes) -> Image.Image:
    """Reads the head only; what it claims is believed before any pixel is unfolded."""
    try:
        picture = Image.open(BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise TooManyPixels(str(bomb)) from None
    except Exception as trouble:
        raise Broken(str(trouble)) from trouble
    if picture.width * picture.height > MOST_PIXELS.get(picture.format or "", 0):
        picture.close()
        raise TooManyPixels(f"{picture.width} × {picture.height}")
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """Which way up is told in EXIF, which may be damaged in a sound picture."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:
        return picture


def _on_white(picture: Image.Image) -> Image.Image:
    """JPEG knows no transparency."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")


def _degrees(parts: object, side: object, most: int) -> float | None:
    """Degrees, minutes, seconds as EXIF has them. None for what no place on Earth has."""
    try:
        degrees, minutes, seconds = (float(part) for part in parts)  # type: ignore[attr-defined]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = round(degrees + minutes / 60 + seconds / 3600, 6)
    if not 0 <= value <= most:  # also when it is no number
        return None
    return -value if side in ("S", "W") else value


def _words(*parts: object) -> str | None:
    """Words of a camera, which may be anything."""
    said = " ".join(part.replace("\x00", "").strip() for part in parts if isinstance(part, str))
    return said[:100].strip() or None
