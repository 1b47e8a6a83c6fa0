"""Keys and sealed bytes: passphrase or key -> master key -> one key per purpose; originals as STREAM ciphertext.

- ``kdf``: Argon2id for the passphrase, HKDF for recovery and device keys and all that comes from the master key.
- ``keyring``: the file that holds the master key, wrapped once per way to unlock it.
- ``stream``: authenticated encryption of a file in chunks, each file under its own random key.
- ``selftest``: known answers of all of these, before each opening of a vault.

Only ``memx.vault`` imports this package. Not covered: the database's own encryption (SQLCipher does
that), and wiping keys from memory, which Python cannot promise.
"""
