"""The demo world: two communities, sixteen member districts, one open round and a year of learning."""
