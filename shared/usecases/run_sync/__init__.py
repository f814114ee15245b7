"""Running a sync: a run is a chain of short slices, each worked off under a lease and committed in one write.

control   starts a run, cancels it, nudges a parked one
worker    takes a message: makes the run of a fired schedule, or works off one slice
work      what a slice has in hand: the run, the sync, the Zoho clients, the time that is left
phases    prepare → members → changed | active → inactive → absent → finish
page      decides about a page of customers and counts what became of each
sending   posts contacts at Zoho's pace and writes the ledger behind them
exclusions, seen, owner_index   the sets a run carries from slice to slice
ending    how a slice ends: go on, wait, pause, complete, fail, cancel
preview   the same decisions with nothing written anywhere
sweeper   wakes runs whose message was lost
"""
