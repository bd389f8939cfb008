"""Readers of what people type: telephone numbers and email addresses in the spellings that they have in the world.

Each reader comes with an extra, and is a module that is imported by its name:

    from gapless.inputs.email_addresses import parse_written_email_address  # gapless[email]
    from gapless.inputs.phone_numbers import parse_phone_number             # gapless[phone]

They stand at the edge, before a use case is called; the listing of calls reads by itself whom it is to look for. The
rules of the domain stay what SQL can say; whatever a reader returns, the rules accept.
"""
