"""Districts: who they are, what is known of them, who works and leads there, since when they belong."""
