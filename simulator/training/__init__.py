"""How the adapters in knowledge/models were trained; not used by the running program."""
