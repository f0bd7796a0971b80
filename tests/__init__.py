"""The tests: one file per subject; through public doors."""
