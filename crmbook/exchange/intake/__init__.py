"""From typed cells to one revision: check, match with what is there, plan, commit; and the way back."""
