"""Writes the telephone numbers of the demo, src/gapless/demo/files/numbers.jsonl: region and number in each line.

They are the example numbers that libphonenumber's metadata give for the kinds of numbers of each region, so they follow
the numbering plans of the world. Unlike the invented people they come from a package, and change with its version: so
this is a script of its own, and the demo reads the file. Usage: python scripts/make_example_numbers.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import phonenumbers

OUTPUT = Path(__file__).resolve().parent.parent / "src" / "gapless" / "demo" / "files" / "numbers.jsonl"
E164 = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)


def make_numbers() -> list[dict[str, str]]:
    """The numbers of every region, each once: a number that regions share belongs to the first of them."""
    found: dict[str, str] = {}
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in phonenumbers.PhoneNumberType.values():
            example = phonenumbers.example_number_for_type(region, kind)
            if example is not None:
                found.setdefault(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164), region)
    return [{"region": region, "number": number} for number, region in found.items() if E164.fullmatch(number)]


def main() -> None:
    """Makes the numbers and writes them."""
    numbers = make_numbers()
    OUTPUT.write_bytes("".join(json.dumps(number) + "\n" for number in numbers).encode())
    print(f"{OUTPUT.name}: {len(numbers)} rows of {len({number['region'] for number in numbers})} regions")


if __name__ == "__main__":
    main()
