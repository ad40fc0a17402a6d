"""Files that chat systems hold: a call brings only their name, so they are fetched after the message is stored and answered."""
