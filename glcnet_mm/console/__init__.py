"""What a user reads in a terminal or in a redirected log."""
