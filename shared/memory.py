"""Python's garbage collector, set for processes that live long and read logs by the hundred thousand.

By default it looks through every living object after a few hundred new ones: a page of a log is a thousand, and all of the
program's own modules are looked through with it. Reading a log takes half as long again that way.
"""

import gc

NEW_OBJECTS = 20_000
"""after how many more objects made than freed the youngest are looked through"""


def settle() -> None:
    """Call once what is imported is there to stay: it is never looked through again, and the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 50)
