"""Which of the configured channels hold files that can be fetched."""

from services.intake.channels.config import AnyEntry, Channels
from services.intake.channels.dingtalk import DingTalk
from services.intake.channels.feishu import Feishu
from services.intake.channels.wecom import WeCom
from services.intake.media import dingtalk, feishu, wecom
from services.intake.media.holders import Holder


def reach(channels: Channels, limit: int) -> dict[str, Holder]:
    """The chat systems by the names of their channels; `limit` is how large a file may be, in bytes."""
    found = {name: _holder(entry, limit) for name, entry in channels.channels.items()}
    return {name: holder for name, holder in found.items() if holder}


def _holder(entry: AnyEntry, limit: int) -> Holder | None:
    match entry:
        case WeCom():
            return wecom.Files(entry, limit)
        case DingTalk(app_key=key) if key:
            return dingtalk.Files(entry, limit)
        case Feishu(app_id=app) if app:
            return feishu.Files(entry, limit)
        case _:
            return None
