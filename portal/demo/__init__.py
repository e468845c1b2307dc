"""The demo world: two communities, sixteen member districts, a round that is open and one that is read, a year."""
