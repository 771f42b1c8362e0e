"""The leaderboard page: its rows, rendered once, and a reader's query over them."""
