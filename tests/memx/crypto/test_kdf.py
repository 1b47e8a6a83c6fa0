import pytest

from memx.crypto.kdf import KdfParams, for_purpose, from_passphrase
from memx.errors import UsageError

SALT = bytes(range(16))


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


def test_purpose_key_is_hkdf_sha256_of_rfc_5869_test_case_3() -> None:
    assert for_purpose(b"\x0b" * 22, "").hex() == ("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d")


def test_purposes_have_different_keys() -> None:
    assert for_purpose(b"k" * 32, "memx/v1/db") != for_purpose(b"k" * 32, "memx/v1/content-id")
