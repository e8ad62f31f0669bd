"""The shared cases, answered by the package and by the oracle."""

from collections import Counter

import pytest

from access_tariff import Code, price, stay_from_document, tariff_from_document

from ..vectors import TariffCase, tariff_cases
from .oracle import oracle

CASES = tariff_cases()
FULL_MINUTES = [case for case in CASES if case.at.second == 0]


def name_of(case: TariffCase) -> str:
    return case.name


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_bill(case: TariffCase):
    stay = stay_from_document(case.stay)
    bill = price(tariff_from_document(case.tariff), stay, case.at)
    lines = [
        [
            *(line.code.value, line.name, line.product, line.zone),
            *(line.quantity, line.unit_price, line.amount, line.minutes),
        ]
        for line in bill.lines
    ]
    assert lines == case.lines
    assert (bill.total, bill.owed) == (case.total, case.owed)
    assert [list(draw) for draw in bill.draws] == case.draws


@pytest.mark.parametrize("case", FULL_MINUTES, ids=name_of)
def test_oracle(case: TariffCase):
    total, drawn = oracle(case.tariff, case.stay, case.at)
    assert (total, drawn) == (case.total, dict(case.draws))


def test_every_code_has_a_case():
    said = {line[0] for case in CASES for line in case.lines}
    # A group's line is of several stays.
    assert said | {Code.GROUP.value} == {code.value for code in Code}


def test_names_are_unique():
    names = Counter(map(name_of, CASES))
    assert [name for name, count in names.items() if count > 1] == []
