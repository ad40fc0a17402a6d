"""A reply to begin with: the county's usual form, what is known of the case, and how the most similar one was solved.

It is a draft and says so: only a person knows what was found and done, so exactly that is left open, in marks that `replying` finds
again before it is sent. What is borrowed from another case has its dates, numbers and places taken out, for they are not this case's.
"""

import re
from dataclasses import dataclass

from services.routing.reply_words import ALREADY, DONE
from services.routing.replying import blanks
from shared.events.intake import Kind

MARK = "【草稿，请核对修改后再发】"
_ABOUT = 30
"""characters of what was said that are repeated"""
_BORROWED = 80
_WORK = (
    "{mark}您好！您反映的{about}（{number}），我们收到后马上去了解，让您费心了。\n"
    "{department}【请填写：哪天、谁去核实的】，情况是：【请填写：查到的情况和原因】。\n"
    "办理结果：{done}【请填写：办好的日期，没办完的写明预计哪天办好】。\n"
    "如果还没有解决，请在群里说一声，或者打电话找【请填写：联系人和电话】。感谢您的反映和体谅！"
)
_ANSWER = (
    "{mark}您好！您问的{about}（{number}），答复如下：\n"
    "【请填写：能不能办、怎么办】。依据是【请填写：政策或规定的名称】。{done}\n"
    "还有不清楚的，请在群里问，或者打电话找【请填写：联系人和电话】（{department}）。感谢您的来信！"
)
_NOT_ITS_OWN = re.compile(
    r"(?:20\d\d年)?\d{1,2}月\d{1,2}日|20\d\d年|\d{1,2}[:：]\d{2}|(?:今|昨|前|当)[天日晚](?:上午|下午|晚上)?|(?:上午|下午|晚上|凌晨)|[\d*－-]{5,}|"
    r"[\u3400-\u9fff]{1,4}(?:村|镇|乡|社区|小区)(?:\d+号)?|\d+(?:号|组|栋|单元|室|户)|TY-\d{8}-\d+"
)
_ASKS = re.compile(r"^(?:请问|想问|问一下|问下|咨询)(?:一下)?")
_SPACED = re.compile(r"…[，、的在于到\s]*(?=…)")


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply to be edited: its text, what is still to be filled in or checked, and the cases it leans on."""

    text: str
    blanks: tuple[str, ...]
    leans_on: tuple[str, ...]


def draft(number: str, kind: str, department: str, said: str | None, solved: list[tuple[str, str]]) -> Draft:
    """A draft for a case; `solved` are similar cases as (number, reply), the most similar first."""
    form = _ANSWER if kind == Kind.ENQUIRY else _WORK
    source, idea = next(((n, idea) for n, reply in solved if (idea := borrowed(reply))), ("", ""))
    done = f"【请核对：参照 {source}，“{idea}”】" if idea else "" if form is _ANSWER else "【请填写：做了什么】"
    text = form.format(mark=MARK, about=_about(said), number=number, department=department, done=done)
    return Draft(text, tuple(blanks(text)), (source,) if source else ())


def borrowed(reply: str) -> str:
    """What was done, in a past reply's own words, without what belongs to that case alone; "" when it does not say."""
    clauses = re.split(r"[，。！？；,!?;\n]", re.sub(r"[【】]", "", reply))
    telling = [n for n, clause in enumerate(clauses) if DONE.search(clause) or ALREADY.search(clause)]
    done = "，".join(clauses[telling[0] : telling[-1] + 1]) if telling else ""
    plain = _SPACED.sub("", _NOT_ITS_OWN.sub("…", done)).strip("，、… \u3000")
    return plain[:_BORROWED] if re.search(r"[\u3400-\u9fff]{3}", plain) else ""


def _about(said: str | None) -> str:
    """The first clause of what was said that says something."""
    clauses = [_ASKS.sub("", part.strip()) for part in re.split(r"[，。！？；,!?;\n]", said or "")]
    clause = next((part for part in clauses if len(part) >= 5), "")
    return f"“{clause[:_ABOUT]}”" if clause else "事情"
