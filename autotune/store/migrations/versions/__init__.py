"""One file for each schema revision, in order."""
