"""Replace the addresses of package registries in a uv lock file by a neutral placeholder.

The lock is used for versions and hashes only; where packages come from is the business of each machine's own
configuration. Usage: python scripts/neutral_lock.py uv.lock
"""

import re
import sys
from pathlib import Path

PLACEHOLDER = "https://registry.invalid"


def neutral(lock: str) -> str:
    """Return the text of a lock file with scheme and host of every address replaced by the placeholder."""
    # The hashes stay, so what is installed from any index is the same to the byte (decision 0008).
    return re.sub(r'"https?://[^/"]+', f'"{PLACEHOLDER}', lock)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(neutral(path.read_text(encoding="utf-8")), encoding="utf-8")
