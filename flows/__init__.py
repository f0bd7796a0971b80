"""What the bot asks and says, and in which order. No database, no network, no clock, no channel."""
