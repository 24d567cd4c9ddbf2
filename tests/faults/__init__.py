"""What the project promises when things break, put to the test: ``make faults``.

Each row of ``python -m faults`` breaks something on purpose, very often, and counts what was lost. ``--mutants`` takes
the protections out one by one and sees that the rows notice. Everything is seeded.
"""
