"""The roles of callers: a word that rules and tables of access share, without the machinery that checks a key."""

from enum import StrEnum


class Caller(StrEnum):
    """The roles of callers."""

    ADAPTER = "adapter"
    """a chat adapter: posts messages, reports receipts"""
    OFFICER = "officer"
    """a duty officer or department: acts on cases"""
    SUPERVISOR = "supervisor"
    """the county desk: may do whatever an officer may, decides disputes, and keeps the roster"""
    DISCIPLINE = "discipline"
    """the discipline commission: reads sealed content"""
    ADMIN = "admin"
    """imports rosters and directories, forgets people"""
