"""Readers of what people type: telephone numbers and email addresses in all their usual spellings.

Each reader comes with an extra, and is a module that is imported by its name:

    from gapless.inputs.email_addresses import parse_written_email_address  # gapless[email]
    from gapless.inputs.phone_numbers import parse_phone_number             # gapless[phone]

Call them before a use case; only the listing of calls reads the caller's number by itself. What a reader returns is
accepted by the rules of the domain, which are simpler because SQL has to check them too.
"""
