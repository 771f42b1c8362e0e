"""British English, with the 24-hour clock."""

DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i \\U\\T\\C"  # the server knows no other zone
