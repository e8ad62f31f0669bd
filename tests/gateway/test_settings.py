"""What staff set of a device: read in its type, refused in words."""

import pytest

from access_gateway.settings import Setting, SettingError

UNIT = Setting("unit", "Unit", 1, low=1, high=247)
READS = Setting("kind", "Reads", "card", (("card", "Cards"), ("pin", "PINs")))
LIGHT = Setting("light", "Has a light", False)


@pytest.mark.parametrize(
    ("setting", "given", "read"),
    [
        (UNIT, {}, 1),
        (UNIT, {"unit": None}, 1),
        (UNIT, {"unit": "7"}, 7),
        (UNIT, {"unit": 7.0}, 7),
        (READS, {"kind": "pin"}, "pin"),
        (LIGHT, {"light": True}, True),
    ],
)
def test_a_setting_is_read_in_the_type_of_its_default(setting, given, read):
    assert setting.read(given) == read
    assert type(setting.read(given)) is type(read)


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        (UNIT, 0, "from 1 to 247"),
        (UNIT, 248, "from 1 to 247"),
        (UNIT, 1.5, "cannot be"),
        (UNIT, "one", "cannot be"),
        (READS, "toast", "none of"),
        (LIGHT, "false", "cannot be"),
    ],
)
def test_what_cannot_be_is_refused_with_its_name(setting, value, words):
    with pytest.raises(SettingError, match=f"setting {setting.name}: .*{words}"):
        setting.read({setting.name: value})


def test_a_secret_is_not_told_when_it_is_wrong():
    key = Setting("key", "Key", 0, secret=True)
    with pytest.raises(SettingError) as refused:
        key.read({"key": "s3cret"})
    assert "s3cret" not in str(refused.value)


def test_a_setting_tells_the_erp_what_its_form_needs():
    assert READS.document() == {
        "name": "kind",
        "label": "Reads",
        "type": "str",
        "default": "card",
        "choices": [["card", "Cards"], ["pin", "PINs"]],
    }
