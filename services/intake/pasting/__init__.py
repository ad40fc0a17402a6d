"""A person's own entry: what an officer copied out of a personal WeChat group, which no program may read, becomes messages.

`copied` reads the text, `names` finds who in the group's roster speaks, `settling` gives each message its lasting id and the
message it quotes; all three are pure. `api` is the door.
"""
