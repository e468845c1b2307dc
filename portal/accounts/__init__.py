"""People who sign in, how they do it, and what they may do in a community."""
