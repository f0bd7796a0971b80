"""The people of the office: who they are, how they sign in, who is on duty, what they are told."""
