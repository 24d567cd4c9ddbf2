"""The command line: parse, call, print. Every command imports what it needs when it runs, so that help stays fast."""
