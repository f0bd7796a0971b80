"""Who speaks to whom: words, actions, and the edges (channels, desk, command line)."""
