"""Configuring the one sync of a tenant.

options      what there is to choose from, read from Books and Campaigns
validation   whether a choice can be accepted; names everything that cannot, at once
disclaimer   how many contacts an initiation may add, which has to be accepted
lifecycle    creating, showing, editing, pausing and resuming the sync
"""
