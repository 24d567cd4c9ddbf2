"""Study definitions shipped with autotune: copy one and edit it."""
