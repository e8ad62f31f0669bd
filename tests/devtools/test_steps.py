"""What is made once, and what is said when it cannot be."""

import sys

import pytest

from devtools import paths, steps
from devtools.steps import Step, UserError


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "STATE", tmp_path)
    monkeypatch.setattr(paths, "LOG", tmp_path / "log")


def test_a_step_is_made_again_only_when_its_key_changes():
    made = []
    for key in ("a", "a", "b", "b"):
        Step("thing", "A thing", key, lambda: made.append("x")).ensure()
    assert len(made) == 2


def test_a_step_that_failed_is_not_fresh():
    def fail():
        raise UserError("no network")

    Step("thing", "A thing", "a", lambda: None).ensure()
    with pytest.raises(UserError):
        Step("thing", "A thing", "b", fail).ensure()
    assert not Step("thing", "A thing", "a", fail).is_fresh()


def test_a_long_step_tells_that_it_is_done(capsys):
    Step("thing", "A thing", "a", lambda: None).ensure()
    assert capsys.readouterr().out.splitlines() == [
        "A thing ...",
        "A thing: done in 0.0 s",
    ]


def script(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_a_failing_program_is_explained_in_one_line():
    with pytest.raises(UserError) as caught:
        program = "print('E: Unable to fetch'); print('more'); exit(3)"
        steps.run(script(program), "apt", "Is the network up?")
    assert "E: Unable to fetch Is the network up?" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_recognized():
    with pytest.raises(UserError, match="disk is full"):
        steps.run(script("exit('OSError: No space left on device')"), "pip")


def test_the_output_of_a_program_is_returned_and_kept(tmp_path):
    assert steps.run(script("print(input())"), "echo", input="hello") == "hello\n"
    assert (tmp_path / "log" / "echo.log").read_text() == "hello\n"


def test_a_second_demo_in_a_checkout_is_told_why_it_cannot_be():
    with (
        steps.only_one("demo"),
        pytest.raises(UserError, match="Another ./dev demo works in this checkout"),
        steps.only_one("demo"),
    ):
        pass


def test_one_after_the_other_is_fine():
    turns = []
    for turn in range(2):
        with steps.only_one("demo"):
            turns.append(turn)
    assert turns == [0, 1]
