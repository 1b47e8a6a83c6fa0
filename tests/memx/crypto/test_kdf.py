import hmac
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memx.crypto.kdf import KdfParams, Purpose, calibrate, for_purpose, from_key, from_passphrase
from memx.errors import UsageError, VaultError

SALT = bytes(range(16))
MASTER = bytes(range(32))
FLOOR = KdfParams()


def test_passphrase_key_is_argon2id_as_the_reference_library_computes_it() -> None:
    # Made with argon2-cffi, the binding of the reference implementation.
    floor = from_passphrase("correct horse battery staple", SALT, KdfParams())
    assert floor.hex() == "853b272a44db1421c02962669a55eb0994f3cab385ed1c4c79253eee19bab49e"
    above = from_passphrase("caf\u00e9", SALT, KdfParams(128 * 1024, 4, 4))
    assert above.hex() == "d28aa98965a0f6c2b4a38142537607418517580df299e0a46d9c29828979d15e"


def test_accents_count_the_same_however_they_were_typed() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    assert from_passphrase(composed, SALT, KdfParams()) == from_passphrase(decomposed, SALT, KdfParams())


def test_a_passphrase_that_is_no_text_is_refused() -> None:
    with pytest.raises(UsageError, match="not valid text"):
        from_passphrase("\udcff", SALT, KdfParams())


@pytest.mark.parametrize(
    "costs",
    [
        (64 * 1024 - 1, 3, 4),
        (64 * 1024, 2, 4),
        (64 * 1024, 3, 3),
        (1024 * 1024 + 1, 3, 4),
        (64 * 1024, 17, 4),
        (64 * 1024, 3, 17),
    ],
)
def test_costs_have_a_floor_and_a_ceiling(costs: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        KdfParams(*costs)


def test_purpose_key_is_hkdf_sha256_with_the_label_and_no_salt() -> None:
    for purpose in Purpose:
        assert for_purpose(MASTER, purpose) == expand(hmac.digest(bytes(32), MASTER, "sha256"), purpose.encode())


def test_a_key_is_stretched_with_its_salt_and_label() -> None:
    made = from_key(MASTER, SALT, "memx/v1/recovery")
    assert made == expand(hmac.digest(SALT, MASTER, "sha256"), b"memx/v1/recovery")
    assert made != from_key(MASTER, SALT, "memx/v1/device")


def test_purposes_have_different_keys() -> None:
    assert len({for_purpose(MASTER, purpose) for purpose in Purpose}) == len(Purpose) == 6


def test_too_little_memory_is_one_clear_line() -> None:
    program = (
        "import resource; from memx.crypto.kdf import *; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30));"
        "from_passphrase('x', bytes(16), KdfParams(1024 * 1024))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.stderr.splitlines()[-1].endswith(
        "VaultError: The passphrase needs 1024 MiB of free memory here: close other programs."
    )


class Machine:
    """Derives in ``seconds`` at the floor, and accordingly longer with higher costs; has ``memory`` KiB."""

    def __init__(self, seconds: float, memory: int = 2**30) -> None:
        self.seconds, self.memory = seconds, memory
        self.now = 1000.0
        self.derivations = 0

    def derive(self, params: KdfParams) -> None:
        self.derivations += 1
        self.now += self.takes(params)
        if params.memory_kib > self.memory:
            raise VaultError("not enough memory")

    def takes(self, params: KdfParams) -> float:
        return self.seconds * params.memory_kib / FLOOR.memory_kib * params.iterations / FLOOR.iterations

    def clock(self) -> float:
        return self.now

    def calibrated(self) -> KdfParams:
        return calibrate(0.5, self.derive, self.clock)


@pytest.mark.parametrize(
    ("seconds", "costs"),
    [
        (30.0, FLOOR),
        (0.5, FLOOR),
        (0.3, KdfParams(64 * 1024, 5)),
        (0.26, KdfParams(64 * 1024, 5)),
        (0.25, KdfParams(128 * 1024)),
        (0.13, KdfParams(128 * 1024, 5)),
        (0.1, KdfParams(256 * 1024, 3)),
        (0.05, KdfParams(256 * 1024, 7)),
        (0.001, KdfParams(256 * 1024, 16)),
    ],
)
def test_costs_are_calibrated_to_the_machine(seconds: float, costs: KdfParams) -> None:
    assert Machine(seconds).calibrated() == costs


@given(st.floats(0.001, 60))
def test_calibrating_stays_above_the_floor_and_is_quick(seconds: float) -> None:
    machine = Machine(seconds)
    costs = machine.calibrated()
    assert costs.memory_kib >= FLOOR.memory_kib
    assert costs.iterations >= FLOOR.iterations
    assert costs == FLOOR or machine.takes(costs) <= 0.5 * 1.001
    assert machine.derivations <= 3
    assert machine.now - 1000 <= max(1.0, seconds) * 1.001


def test_a_machine_with_little_memory_gets_more_iterations_instead() -> None:
    machine = Machine(0.01, memory=128 * 1024)
    assert machine.calibrated() == KdfParams(128 * 1024, 16)


def test_this_machine_can_be_calibrated() -> None:
    costs = calibrate(0.01)  # less than any derivation takes: the floor, after one measurement
    assert costs == FLOOR


def expand(extracted: bytes, info: bytes) -> bytes:
    """One block of HKDF-Expand (RFC 5869, 2.3)."""
    return hmac.digest(extracted, info + b"\1", "sha256")
