"""Layout of the server-drawn SVG figures. No database."""
