"""A service that embeds gapless and brings one entity of its own."""
