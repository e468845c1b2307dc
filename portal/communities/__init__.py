"""The networks that the portal hosts: their words, beliefs and roles."""
