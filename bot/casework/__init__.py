"""The work on cases: what lawyers, workers and clocks do with them, each act in one transaction."""
