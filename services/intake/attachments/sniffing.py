"""What a file really is, by its bytes. Pure. What its sender calls it decides nothing."""

import filetype

SILK = b"#!SILK_V3"
OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_OPEN_XML = "application/vnd.openxmlformats-officedocument."

ACCEPTED = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/heic": "heic",
    "audio/amr": "amr",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "video/mp4": "mp4",
    "application/pdf": "pdf",
    "application/octet-stream": "silk",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    f"{_OPEN_XML}wordprocessingml.document": "docx",
    f"{_OPEN_XML}spreadsheetml.sheet": "xlsx",
    f"{_OPEN_XML}presentationml.presentation": "pptx",
    "application/ofd": "ofd",
}
"""media type → the ending a file of it is saved with. SILK is how WeChat stores voice, Ogg (Opus) how Feishu does; OFD (GB/T 33190) is China's PDF."""

NAMES = "图片（JPEG、PNG、WebP、GIF、HEIC）、语音（AMR、MP3、M4A、Ogg、SILK）、MP4 视频、PDF、OFD 和 Office 文档"
MACROS = b"vbaProject.bin"

_PARTS: tuple[tuple[bytes, bytes, str], ...] = (
    (ZIP, b"word/document.xml", f"{_OPEN_XML}wordprocessingml.document"),
    (ZIP, b"xl/workbook.xml", f"{_OPEN_XML}spreadsheetml.sheet"),
    (ZIP, b"ppt/presentation.xml", f"{_OPEN_XML}presentationml.presentation"),
    (ZIP, b"OFD.xml", "application/ofd"),
    (OLE, "WordDocument".encode("utf-16-le"), "application/msword"),
    (OLE, "PowerPoint Document".encode("utf-16-le"), "application/vnd.ms-powerpoint"),
    (OLE, "Workbook".encode("utf-16-le"), "application/vnd.ms-excel"),
)
"""Office documents are containers. Programs lay the parts out in any order, so it is the main part's name that tells."""


class NotAccepted(Exception):
    """A file is not taken; the message says why, in Chinese, for its sender."""


def sniff(data: bytes) -> str:
    """The media type, one of ACCEPTED. Raises NotAccepted."""
    if not data:
        raise NotAccepted("文件是空的")
    if data.startswith((SILK, b"\x02" + SILK)):
        return "application/octet-stream"
    if data.startswith((ZIP, OLE)):
        return _document(data)
    found = filetype.guess_mime(data)
    if found not in ACCEPTED:
        raise NotAccepted(f"不收这种文件（{found or '认不出的格式'}）；可以发{NAMES}")
    return str(found)


def _document(data: bytes) -> str:
    if MACROS in data:
        raise NotAccepted("不收带宏的文档，请另存为不带宏的格式再发")
    for magic, part, media_type in _PARTS:
        if data.startswith(magic) and part in data:
            return media_type
    raise NotAccepted(f"不收这种文件（压缩包或认不出的文档）；可以发{NAMES}")
