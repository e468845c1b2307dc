"""The learning agenda: the year's experiences, their dates and who leads them."""
