"""Zoho Accounts, Books and Campaigns over HTTP."""
