"""The interest letter: the district's answer, written by several people, endorsed, submitted and frozen."""
