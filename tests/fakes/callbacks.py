"""Calls as the chat systems make them: sealed, signed and stamped by their published protocols, independently of the adapters."""

import base64
import hashlib
import hmac
import json
import os
import struct
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from services.intake.channels import Call
from services.intake.channels.config import Channels, parsed

TOKEN, AES_KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
"""of WeCom's own sample"""
APP_SECRET = "dingtalk-app-secret"
VERIFICATION, ENCRYPT = "feishu-verification", "feishu-encrypt-key"
OLD_KEY, NEW_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

CONFIGURED = {
    "village-app": {
        "kind": "wecom",
        "token": TOKEN,
        "aes_key": AES_KEY,
        "corp_id": CORP,
        "group": "app",
        "secret": "app-secret",
    },
    "robot": {"kind": "wecom", "token": TOKEN, "aes_key": AES_KEY, "corp_id": ""},
    "ding": {"kind": "dingtalk", "app_secret": APP_SECRET, "app_key": "dingkey"},
    "lark": {
        "kind": "feishu",
        "verification_token": VERIFICATION,
        "encrypt_key": ENCRYPT,
        "app_id": "cli_1",
        "app_secret": "s",
    },
    "ours": {"kind": "webhook", "secrets": [OLD_KEY, NEW_KEY], "channel": "wecom"},
}


def channels() -> Channels:
    return parsed({"channels": CONFIGURED}, {})


def _cbc(key: bytes, iv: bytes, plain: bytes, block: int) -> bytes:
    padding = block - len(plain) % block
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()


def wecom_sealed(message: str | bytes, receiver: str = CORP) -> str:
    raw = message.encode() if isinstance(message, str) else message
    key = base64.b64decode(AES_KEY + "=")
    plain = os.urandom(16) + struct.pack(">I", len(raw)) + raw + receiver.encode()
    return base64.b64encode(_cbc(key, key[:16], plain, 32)).decode()


def sealed_file(data: bytes) -> bytes:
    """A smart robot's file, as WeCom keeps it: under the key of its callbacks, padded to 32 bytes."""
    key = base64.b64decode(AES_KEY + "=")
    return _cbc(key, key[:16], data, 32)


def wecom_query(sealed: str, now: datetime, nonce: str = "n1", **more: str) -> dict[str, str]:
    stamp = str(int(now.timestamp()))
    signature = hashlib.sha1("".join(sorted([TOKEN, stamp, nonce, sealed])).encode()).hexdigest()
    return {"msg_signature": signature, "timestamp": stamp, "nonce": nonce, **more}


def wecom(message: str | bytes, now: datetime, *, nonce: str = "n1", receiver: str = CORP) -> Call:
    """A callback in XML, or in JSON where the message is."""
    sealed = wecom_sealed(message, receiver)
    robot = message[:1] in ("{", b"{")
    body = (
        json.dumps({"encrypt": sealed})
        if robot
        else f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt><AgentID>1</AgentID></xml>"
    )
    return Call({"content-type": "text/xml"}, wecom_query(sealed, now, nonce), body.encode())


def wecom_said(text: str, *, message_id: str, sender: str, now: datetime) -> str:
    return (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><FromUserName><![CDATA[{sender}]]></FromUserName>"
        f"<CreateTime>{int(now.timestamp())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{message_id}</MsgId><AgentID>1</AgentID></xml>"
    )


def dingtalk(body: Any, now: datetime, *, secret: str = APP_SECRET) -> Call:
    stamp = str(int(now.timestamp() * 1000))
    sign = base64.b64encode(hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()).decode()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Call({"timestamp": stamp, "sign": sign}, {}, raw)


def dingtalk_said(text: str, *, message_id: str, sender: str, group: str, now: datetime) -> dict[str, Any]:
    return {
        "conversationId": group, "conversationType": "2", "msgId": message_id, "senderNick": "张三", "senderStaffId": sender,
        "senderId": "$:LWCP_v1:$x", "createAt": int(now.timestamp() * 1000), "chatbotUserId": "$:LWCP_v1:$bot",
        "sessionWebhook": "https://oapi.dingtalk.com/robot/sendBySession?session=x", "msgtype": "text",
        "text": {"content": text},
    }  # fmt: skip


def feishu_sealed(message: str | bytes, key: str = ENCRYPT) -> bytes:
    raw = message.encode() if isinstance(message, str) else message
    iv = os.urandom(16)
    sealed = iv + _cbc(hashlib.sha256(key.encode()).digest(), iv, raw, 16)
    return json.dumps({"encrypt": base64.b64encode(sealed).decode()}).encode()


def feishu(message: Any, now: datetime, *, nonce: str = "n1", key: str = ENCRYPT) -> Call:
    stamp, body = str(int(now.timestamp())), feishu_sealed(message if isinstance(message, bytes) else json.dumps(message))
    signature = hashlib.sha256((stamp + nonce + key).encode() + body).hexdigest()
    return Call({"x-lark-request-timestamp": stamp, "x-lark-request-nonce": nonce, "x-lark-signature": signature}, {}, body)


def feishu_said(
    content: Any, *, message_id: str, sender: str, group: str, now: datetime, kind: str = "text", **more: Any
) -> Any:
    return {
        "schema": "2.0",
        "header": {
            "event_id": f"e-{message_id}", "event_type": "im.message.receive_v1", "token": VERIFICATION, "app_id": "cli_1",
            "create_time": str(int(now.timestamp() * 1000)), "tenant_key": "t",
        },
        "event": {
            "sender": {"sender_id": {"open_id": sender, "user_id": "u"}, "sender_type": "user", "tenant_key": "t"},
            "message": {
                "message_id": message_id, "create_time": str(int(now.timestamp() * 1000)), "chat_id": group, "chat_type": "group",
                "message_type": kind, "content": json.dumps(content), **more,
            },
        },
    }  # fmt: skip


def webhook(body: Any, now: datetime, *, call_id: str = "msg_1", key: str = OLD_KEY, others: str = "") -> Call:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(now.timestamp()))
    secret = base64.b64decode(key.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(secret, f"{call_id}.{stamp}.".encode() + raw, hashlib.sha256).digest()).decode()
    return Call({"webhook-id": call_id, "webhook-timestamp": stamp, "webhook-signature": f"{others}v1,{signature}"}, {}, raw)


def path(kind: str, name: str, call: Call) -> str:
    return f"/channels/{kind}/{name}?{urlencode(call.query)}"
