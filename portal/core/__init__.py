"""What knows no feature: the database, the gate, the clock, the mail, and how pages answer."""
