"""What every service does over the ports, whatever its catalogue: recording, pages, repeats, retries, the relay."""
