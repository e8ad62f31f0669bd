from . import bare, decide
