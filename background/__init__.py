"""How background work is queued, leased, worked and put right: the lowest room, which knows no other.

A row of a `BackgroundJob` subclass is the truth about a job; Redis only carries its primary key.
"""
