"""The words: one Jinja2 template a reply, in Chinese, in templates/. A county's own folder goes before the shipped ones.

All templates are compiled at start and none is read again: a mistake is found by whoever makes it, not by the villager who
waits for an answer. They run in a sandbox, for they are words, not programs.
"""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.notify.known import PURPOSES, samples
from shared.privacy import OFFICE_LINES, PUBLISHED, mask_all
from shared.settings import BadSettings

SHIPPED = Path(__file__).parent / "templates"
SETTING = "MINSHENG_TEMPLATES"
WORDS_KEPT = 600
"""how much of what an official wrote is repeated in a reply, in characters"""
LARGEST = 20_000
"""bytes of a template"""


class Texts:
    """The words as this county says them. Raises BadSettings, one line for all mistakes in its folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        if folder and (faults := faults_of(folder)):
            raise BadSettings(f"{SETTING}: {folder}: " + "；".join(f"{name} {fault}" for name, fault in faults.items()))
        environment = _environment([folder, SHIPPED] if folder else [SHIPPED])
        self._templates = {name: environment.get_template(f"{name}.txt") for name in PURPOSES}

    def compose(self, template: str, /, **known: Any) -> str:
        """The text of a reply, with nobody's numbers in it, whosever words it repeats.

        Raises jinja2.UndefinedError when a template asks for what is not known.
        """
        seen = mask_all(known, spare=PUBLISHED if template.startswith("notice") else OFFICE_LINES)
        if len(words := seen.get("words") or "") > WORDS_KEPT:
            seen["words"] = words[:WORDS_KEPT] + "……"
        return self._templates[template].render(seen).strip()

    def own(self, template: str) -> Path | None:
        """The county's own file of a template; None: it is the shipped one."""
        return next((f for f in _files(self._folder) if f.name == f"{template}.txt"), None) if self._folder else None


def faults_of(folder: Path) -> dict[str, str]:
    """What is wrong in a folder of templates, in Chinese, by file name. Raises BadSettings when it cannot be read."""
    environment = _environment([folder, SHIPPED])
    try:
        found = {file.name: _fault(file, environment) for file in _files(folder)}
    except OSError as trouble:
        raise BadSettings(f"{SETTING}: {folder} 读不了：{trouble.strerror}") from None
    return {name: fault for name, fault in found.items() if fault}


def _files(folder: Path) -> list[Path]:
    """What lies in it; names with a dot in front are an editor's or a volume's own."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _environment(folders: list[Path]) -> ImmutableSandboxedEnvironment:
    loader = FileSystemLoader(folders, encoding="utf-8-sig")
    return ImmutableSandboxedEnvironment(loader=loader, undefined=StrictUndefined, trim_blocks=True, auto_reload=False)


def _fault(file: Path, environment: ImmutableSandboxedEnvironment) -> str:
    name = file.name.removesuffix(".txt")
    if file.name != f"{name}.txt" or name not in PURPOSES:
        near = get_close_matches(name, PURPOSES, n=1)
        return f"不是模板的名字{f'（是否 {near[0]}.txt？）' if near else ''}，用 minsheng templates 查看全部"
    raw = file.read_bytes()
    if len(raw) > LARGEST:
        return f"太大，不得超过 {LARGEST} 字节"
    try:
        source = raw.decode("utf-8-sig")
        names = meta.find_undeclared_variables(environment.parse(source)) - environment.globals.keys()
        template = environment.from_string(source)
    except UnicodeDecodeError:
        return "不是 UTF-8 编码，请另存为 UTF-8"
    except TemplateSyntaxError as trouble:
        return f"第 {trouble.lineno} 行写法有误：{trouble.message}"
    if strange := names - set(PURPOSES[name].names):
        return f"不认识的变量 {'、'.join(sorted(strange))}（可用：{'、'.join(PURPOSES[name].names) or '无'}）"
    try:
        said = [template.render(known).strip() for known in samples(name)]
    except Exception as trouble:  # a template is a program of somebody else's: it may raise anything
        return f"试填时出错：{' '.join(str(trouble).split())}"
    return "" if all(said) else "试填后没有文字"
