"""A new key of the API: the services are given its line, whoever uses it the key itself, and nobody keeps both."""

from rich.console import Console

from shared.access import Caller, Keys, new_key


class NotMade(Exception):
    """A key cannot be made as it was asked for; says why in one line."""


def make(name: str, roles: list[Caller], told: dict[str, str | None], out: Console) -> None:
    """Prints a new random key, and the line that admits it. Raises NotMade."""
    key, line = new_key(name, frozenset(roles), **{field: text for field, text in told.items() if text})
    try:
        Keys(line)
    except ValueError as wrong:
        raise NotMade(str(wrong)) from None
    out.print(f"密钥，只显示这一次，请交给使用的人：\n  {key}", highlight=False, markup=False, soft_wrap=True)
    out.print(f"加进 MINSHENG_KEYS 的一行（其中没有密钥）：\n  {line}", highlight=False, markup=False, soft_wrap=True)
