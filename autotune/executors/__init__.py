"""Where segments run: resident local processes, or a simulation on a virtual clock."""
