import os
import sys

import pytest


@pytest.fixture
def python_path():
    """An environment in which a program of its own imports what the tests do."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
