"""Disclosure hears officials over REST; of the other services' events it needs none yet."""

from shared.consumer import Reactions

REACTIONS: Reactions = {}
