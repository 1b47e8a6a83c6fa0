"""Known-answer tests of every primitive as it is used here; a few milliseconds, so each opening of a vault runs them.

They catch a cryptographic library that is damaged, miscompiled or not the one it seems, before it touches a
vault. Sources of the vectors stand beside them. Not covered: the database's own encryption (SQLCipher) and the
random generator.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from memx.crypto import stream
from memx.crypto.kdf import Purpose, for_purpose
from memx.errors import UnsafeVault, VaultDamaged

CHECKS = 19


@dataclass(frozen=True, slots=True)
class Vector:
    """What ``compute`` must give, in hex; None where it must refuse."""

    name: str
    compute: Callable[[], bytes | None]
    expected: str | None


def run(vectors: Sequence[Vector] | None = None) -> int:
    """The number of checks done, which is ``CHECKS``.

    Raises:
        UnsafeVault: one gave something else, or their number is not the one it must be.
    """
    done = 0
    for vector in VECTORS if vectors is None else vectors:
        try:
            got = vector.compute()
        except Exception as error:  # whatever a broken library does
            raise _failed(vector.name) from error
        if (None if got is None else got.hex()) != vector.expected:
            raise _failed(vector.name)
        done += 1
    if done != CHECKS:
        raise _failed("count")
    return done


def _failed(name: str) -> UnsafeVault:
    return UnsafeVault(f"The cryptography here fails its self-test ({name}): install MemX again; nothing was opened.")


def _argon2id() -> bytes:
    kdf = Argon2id(salt=b"\2" * 16, length=32, iterations=3, lanes=4, memory_cost=32, secret=b"\3" * 8, ad=b"\4" * 12)
    return kdf.derive(b"\1" * 32)


def _hkdf(key: bytes, salt: bytes | None, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(key)


def _unhex(digits: str) -> bytes:
    return bytes.fromhex(digits)


# McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", test cases 15 and 16.
_KEY = _unhex("feffe9928665731c6d6a8f9467308308" * 2)
_NONCE = _unhex("cafebabefacedbaddecaf888")
_TEXT = _unhex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
_AAD = _unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
_CIPHERTEXT = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
)
_TAG_15 = "b094dac5d93471bdec1a502270e3cc6c"
_TAG_16 = "76fc6ece0f4e1768cddf8853bb2d551b"


def _gcm_open(sealed: str) -> bytes | None:
    try:
        return AESGCM(_KEY).decrypt(_NONCE, _unhex(sealed), _AAD)
    except InvalidTag:
        return None


# A file of one chunk and one of two, as docs/vault-format.md says; the second is put together from its description.
_PLAIN = b"what it is and where it belongs"
_SEALED = "780ec137f1108a7505d149bd00698e611f7daac49c053ff0ee9f530a2f0bab9f508d65926fed39351689f44c4ebb29"
_TWO = bytes(stream.CHUNK) + _PLAIN


def _two_sealed() -> bytes:
    aead = AESGCM(_KEY)
    return aead.encrypt(bytes(12), _TWO[: stream.CHUNK], _AAD) + aead.encrypt(bytes(10) + b"\1\1", _PLAIN, _AAD)


def _unsealed(key: bytes, sealed: bytes) -> bytes | None:
    try:
        return b"".join(stream.unseal(key, [sealed], _AAD))
    except VaultDamaged:
        return None


def _round_trip() -> bytes | None:
    key, pieces = stream.seal([_TWO], _AAD)
    return _unsealed(key, b"".join(pieces))


VECTORS = (
    # RFC 9106, 5.3
    Vector("Argon2id", _argon2id, "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"),
    # RFC 5869, A.1 to A.3
    Vector(
        "HKDF 1",
        lambda: _hkdf(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), 42),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    Vector(
        "HKDF 2",
        lambda: _hkdf(bytes(range(0x50)), bytes(range(0x60, 0xB0)), bytes(range(0xB0, 0x100)), 82),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    Vector(
        "HKDF 3",
        lambda: _hkdf(b"\x0b" * 22, None, b"", 42),
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
    # Not from a document: that the label of the database stays what it was.
    Vector(
        "purpose",
        lambda: for_purpose(bytes(32), Purpose.DATABASE),
        "34f40d859544bed48c54ddb2a30ec9d80cfffd7523e6f071f7f61373a0303494",
    ),
    # RFC 4231, 4.2, 4.3, 4.4 and 4.7
    Vector(
        "HMAC 1",
        lambda: hmac.digest(b"\x0b" * 20, b"Hi There", "sha256"),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    Vector(
        "HMAC 2",
        lambda: hmac.digest(b"Jefe", b"what do ya want for nothing?", "sha256"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    Vector(
        "HMAC 3",
        lambda: hmac.digest(b"\xaa" * 20, b"\xdd" * 50, "sha256"),
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    Vector(
        "HMAC 6",
        lambda: hmac.digest(b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First", "sha256"),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    # McGrew and Viega, test cases 13 to 16
    Vector("AES-GCM 13", lambda: AESGCM(bytes(32)).encrypt(bytes(12), b"", None), "530f8afbc74536b9a963b4f1c4cb738b"),
    Vector(
        "AES-GCM 14",
        lambda: AESGCM(bytes(32)).encrypt(bytes(12), bytes(16), None),
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
    ),
    Vector("AES-GCM 15", lambda: AESGCM(_KEY).encrypt(_NONCE, _TEXT, None), _CIPHERTEXT + _TAG_15),
    Vector("AES-GCM 16", lambda: AESGCM(_KEY).encrypt(_NONCE, _TEXT[:60], _AAD), _CIPHERTEXT[:120] + _TAG_16),
    Vector("AES-GCM opens", lambda: _gcm_open(_CIPHERTEXT[:120] + _TAG_16), _TEXT[:60].hex()),
    Vector("AES-GCM refuses", lambda: _gcm_open(_CIPHERTEXT[:120] + _TAG_16[:-1] + "a"), None),
    Vector("STREAM opens", lambda: _unsealed(_KEY, _unhex(_SEALED)), _PLAIN.hex()),
    Vector("STREAM of two chunks", lambda: _unsealed(_KEY, _two_sealed()), _TWO.hex()),
    Vector("STREAM round trip", _round_trip, _TWO.hex()),
    Vector("STREAM cut", lambda: _unsealed(_KEY, _two_sealed()[: stream.CHUNK + stream.TAG]), None),
)
