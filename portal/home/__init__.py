"""The front doors: the portal and each community, for people who just arrived."""
