"""The Letter of Invitation: a round with its dates, questions, commitments and rubric, and the invitations to it."""
