"""`minsheng channels check`: says hello by every configured channel and tells in one line each what is wrong."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import httpx
import uuid_utils.compat as uuids
from rich.console import Console
from rich.markup import escape

from services.notify import config
from services.notify.channels import Message, Throttled, Undeliverable
from services.notify.outlets import ANSWER_WITHIN, Outlet

HELLO = "【民声】渠道测试，请忽略。"


async def check(path: Path, environment: Mapping[str, str], out: Console) -> int:
    """Returns how many channels failed. Raises BadSettings for a file that is not right."""
    read = config.read(path, environment)
    outlets = [Outlet(name, entry, None) for name, entry in read.channels.items()]
    troubles = await asyncio.gather(*(_trouble(outlet) for outlet in outlets))
    for outlet, trouble in zip(outlets, troubles, strict=True):
        kind = getattr(outlet.entry, "kind", "")
        said = f"✗ {outlet.name}（{kind}）{trouble}" if trouble else f"✓ {outlet.name}（{kind}）{_well(outlet)}"
        out.print(escape(said), highlight=False, soft_wrap=True)
    failed = sum(bool(trouble) for trouble in troubles)
    out.print(
        f"{len(outlets)} 个渠道，{failed} 个有问题。" if failed else f"{len(outlets)} 个渠道，全部正常。", highlight=False
    )
    return failed


def _well(outlet: Outlet) -> str:
    return "由外部发送，无需测试" if isinstance(outlet.entry, config.OutsideEntry) else "正常"


async def _trouble(outlet: Outlet) -> str:
    """What is wrong with a channel, in one line and without its secrets; empty if it works."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN.total_seconds()):
            await outlet.channel.send(Message(f"check-{uuids.uuid7()}", HELLO))
    except Throttled as trouble:
        reason = f"发送过于频繁，{trouble.seconds:.0f} 秒后再试：{trouble}"
    except Undeliverable as trouble:
        reason = f"拒收：{trouble}"
    except (TimeoutError, httpx.TimeoutException):
        reason = "没有回应（超时）"
    except (OSError, httpx.TransportError) as trouble:
        reason = f"连不上：{trouble or type(trouble).__name__}"
    except Exception as trouble:
        reason = str(trouble) or type(trouble).__name__
    else:
        return ""
    finally:
        await outlet.channel.close()
    return " ".join(outlet.clean(reason).split())
