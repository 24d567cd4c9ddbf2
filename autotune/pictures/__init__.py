"""Pictures of a study, drawn by matplotlib: files without a browser, and SVG for a report that opens offline."""
