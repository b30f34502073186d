"""Telling people: what there is to tell, to whom, and by which way it goes out."""
