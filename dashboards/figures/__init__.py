"""Pure functions from data frames to plotly figures, as plain dictionaries. None reads a store or knows of Dash."""
