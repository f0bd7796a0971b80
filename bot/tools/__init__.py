"""What the command line does for authors, translators and operators."""
