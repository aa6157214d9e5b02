"""Sign-in, invitation, consent, people and the audit log: server-rendered pages at /account."""
