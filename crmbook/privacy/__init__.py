"""Erasing a person: from the book with its past, and from every file in which crmbook wrote of the person.

What goes is found first (`person`), kept in a journal until all is done (`journal`), and taken out of one place after
the other (`places`): each place says itself how it is searched and how it is cleaned, and the proof at the end searches
them all again. A run that was cut off anywhere is completed by the next one.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
