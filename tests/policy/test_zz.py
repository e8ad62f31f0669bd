from collections import Counter
from hypothesis import given
from .settings import examples
from .strategies import *
from .builders import decided

C = Counter()


@given(documents, attempts)
@examples(1000)
def test_x(d, a):
    C[decided(d, a).reason.value] += 1


def test_y():
    print(C)
    import time
