"""Small files of each kind, made here: the heads are those of the formats' specifications."""

import struct
import zipfile
import zlib
from io import BytesIO

import openpyxl
from PIL import ExifTags, Image

PLACE = (35.123456, 113.654321)
TAKEN = "2025:06:01 08:30:00"


def picture(form: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", *, exif: bytes | None = None) -> bytes:
    """A picture whose upper left quarter is red, the rest blue, so that one sees which way up it is."""
    image = Image.new(mode, size, "blue")
    image.paste(Image.new(mode, (size[0] // 2, size[1] // 2), "red"), (0, 0))
    out = BytesIO()
    image.save(out, form, **({"exif": exif} if exif else {}))
    return out.getvalue()


def exif(orientation: int = 1, place: tuple[float, float] = PLACE, taken: str = TAKEN) -> bytes:
    """What a telephone writes: the place, the time, itself, and which way it was held."""
    data = Image.Exif()
    data[ExifTags.Base.Make], data[ExifTags.Base.Model] = "HUAWEI", "P60"
    data[ExifTags.Base.Orientation] = orientation
    details = data.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal], details[ExifTags.Base.OffsetTimeOriginal] = taken, "+08:00"
    gps = data.get_ifd(ExifTags.IFD.GPSInfo)
    for value, side, (plus, minus), where in (
        (place[0], ExifTags.GPS.GPSLatitudeRef, "NS", ExifTags.GPS.GPSLatitude),
        (place[1], ExifTags.GPS.GPSLongitudeRef, "EW", ExifTags.GPS.GPSLongitude),
    ):
        gps[side], degrees = plus if value >= 0 else minus, abs(value)
        gps[where] = (int(degrees), int(degrees * 60 % 60), round(degrees * 3600 % 60, 4))
    return data.tobytes()


def iso(brand: bytes, *others: bytes) -> bytes:
    """The first box of an ISO media file (MP4, M4A, HEIC)."""
    return (
        struct.pack(">I", 16 + 4 * len(others)) + b"ftyp" + brand + bytes(4) + b"".join(others) + struct.pack(">I", 8) + b"mdat"
    )


def zipped(*names: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>" * 2000)
    return out.getvalue()


def workbook() -> bytes:
    out = BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def compound(stream: str) -> bytes:
    """A compound file (Office 97–2003) with a directory entry of that name (MS-CFB 2.6.1)."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016) + stream.encode("utf-16-le").ljust(64, b"\0") + bytes(448)


def bomb() -> bytes:
    """A PNG of a few hundred bytes that claims four hundred million pixels."""
    small = picture("PNG")
    head = small[12:16] + struct.pack(">II", 20_000, 20_000) + small[24:29]
    return small[:12] + head + struct.pack(">I", zlib.crc32(head)) + small[33:]


SAMPLES: dict[str, tuple[bytes, str]] = {
    "jpeg": (picture("JPEG"), "image/jpeg"),
    "png": (picture("PNG"), "image/png"),
    "webp": (picture("WEBP"), "image/webp"),
    "gif": (picture("GIF", mode="P"), "image/gif"),
    "heic": (iso(b"heic", b"mif1", b"heic"), "image/heic"),
    "heic of some telephones": (iso(b"mif1", b"mif1", b"heic"), "image/heic"),
    "amr": (b"#!AMR\n" + bytes(60), "audio/amr"),
    "mp3 with a title": (b"ID3\x03\0\0\0\0\0\x0a" + bytes(60), "audio/mpeg"),
    "mp3": (b"\xff\xfb\x90\x64" + bytes(413), "audio/mpeg"),
    "m4a": (iso(b"M4A ", b"M4A ", b"isom"), "audio/mp4"),
    "ogg": (b"OggS\0\x02" + bytes(22) + b"\x01\x13OpusHead" + bytes(40), "audio/ogg"),
    "silk": (b"#!SILK_V3" + bytes(60), "application/octet-stream"),
    "silk as WeChat writes it": (b"\x02#!SILK_V3" + bytes(60), "application/octet-stream"),
    "mp4": (iso(b"isom", b"isom", b"mp41"), "video/mp4"),
    "mp4 of some telephones": (iso(b"mp42", b"isom", b"mp42"), "video/mp4"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
    "xlsx": (workbook(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": (
        zipped("docProps/app.xml", "docProps/core.xml", "customXml/item1.xml", "_rels/.rels", "word/document.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "pptx": (
        zipped("[Content_Types].xml", "ppt/presentation.xml"),
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    "ofd": (zipped("OFD.xml", "Doc_0/Document.xml"), "application/ofd"),
    "doc": (compound("WordDocument"), "application/msword"),
    "xls": (compound("Workbook"), "application/vnd.ms-excel"),
    "ppt": (compound("PowerPoint Document"), "application/vnd.ms-powerpoint"),
}
"""what it is → its bytes, and the type that must be read in them"""
