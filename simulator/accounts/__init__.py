"""People, roles, sign-in and the audit log; knows no web and no database."""
