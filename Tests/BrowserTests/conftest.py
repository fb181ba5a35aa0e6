import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from demo import Demo  # noqa: E402
from phone import Phone  # noqa: E402


@pytest.fixture(scope="session")
def demo():
    demo = Demo()
    yield demo
    demo.stop()


@pytest.fixture
def simulator(demo):
    """The simulator as it behaves by default; WeChat's gate for other browsers included."""
    demo.simulator.reset()
    yield demo.simulator
    demo.simulator.reset()


@pytest.fixture
def phone(simulator, any_phone):
    """Opens browsers for the demonstration's pages."""
    return any_phone


@pytest.fixture
def any_phone():
    """Opens browsers; each is a person who was never here, and none may load what a page's policy forbids."""
    phones = []

    def open_phone(**options):
        phones.append(Phone(**options))
        return phones[-1]

    yield open_phone
    violations = [message for phone in phones for message in phone.policy_violations()]
    for phone in phones:
        phone.close()
    assert violations == []
