"""The shipped search spaces, as YAML that users copy and edit. See ``autotune spaces``."""
