"""The catalogue as the database holds it: its tables, and all that is made with them, in order."""
