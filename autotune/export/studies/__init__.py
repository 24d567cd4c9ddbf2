"""Forms that a whole study is written in."""
