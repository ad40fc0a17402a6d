"""Chinese is written without spaces and its words are mostly two characters long: every pair of neighbours is a token. Pure.

The tokens of a text keep their places, so a search finds exactly the texts in which what was searched for stands, in one piece:
`停水三天` is 停水 next to 水三 next to 三天. Letters and digits are cut alike, and full-width or capital ones are the same as others.
"""

import re
import unicodedata

_RUN = re.compile(r"[^\W_]+")
"""what stands without a break: no space, punctuation or star of a mask"""


def tokens(text: str) -> str:
    """The text as PostgreSQL's `tsvector` is written. The last character of a run is a token too, for a search of one character."""
    written: list[str] = []
    place = 1
    for run in _runs(text):
        for n in range(len(run)):
            written.append(f"'{run[n : n + 2]}':{place}")
            place += 1
        place += 1  # what stands apart is not next to each other
    return " ".join(written)


def searched(text: str) -> str:
    """What was typed as PostgreSQL's `tsquery` is written: each run in one piece, all of them. Empty: nothing to search for."""
    return " & ".join(f"({_phrase(run)})" for run in _runs(text))


def _phrase(run: str) -> str:
    pairs = [run[n : n + 2] for n in range(len(run) - 1)]
    return " <-> ".join(f"'{pair}'" for pair in pairs) or f"'{run}':*"


def _runs(text: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", text).casefold())
