"""One turn: understand, disclose, voice, guard."""
