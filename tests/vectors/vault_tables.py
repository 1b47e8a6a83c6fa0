"""The tables of the vault in each version, by ``docs/vault-format.md``: what each has more than the one before."""

TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value)",
    "CREATE TABLE blobs (id TEXT PRIMARY KEY, key BLOB NOT NULL, size INTEGER NOT NULL)",
    "CREATE TABLE documents (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, kind TEXT, title TEXT, "
    "name TEXT, added TEXT, size INTEGER, date TEXT, "
    "parent TEXT REFERENCES documents (id) DEFERRABLE INITIALLY DEFERRED, message INTEGER, warnings TEXT, "
    "date_uncertain INTEGER, blob TEXT REFERENCES blobs (id))",
    "CREATE TABLE units (number INTEGER PRIMARY KEY, "
    "document INTEGER REFERENCES documents (number) ON DELETE CASCADE, position INTEGER, body BLOB)",
    "CREATE TABLE facts (number INTEGER PRIMARY KEY, document INTEGER REFERENCES documents (number) ON DELETE CASCADE, "
    "unit INTEGER, start INTEGER, stop INTEGER, kind TEXT, value TEXT, alternative TEXT)",
    "CREATE TABLE chunks (number INTEGER PRIMARY KEY AUTOINCREMENT, "
    "document INTEGER REFERENCES documents (number) ON DELETE CASCADE, position INTEGER, first_unit INTEGER, "
    "start INTEGER, last_unit INTEGER, stop INTEGER, text TEXT, identifiers TEXT)",
    "CREATE TABLE vectors (chunk INTEGER PRIMARY KEY REFERENCES chunks (number) ON DELETE CASCADE, value BLOB)",
    "CREATE VIEW searchable AS SELECT c.number, c.text, d.title, c.identifiers "
    "FROM chunks c JOIN documents d ON d.number = c.document",
    "CREATE VIRTUAL TABLE terms USING fts5 (text, title, identifiers, content='searchable', content_rowid='number', "
    "tokenize='porter unicode61 remove_diacritics 2')",
    "INSERT INTO terms (terms, rank) VALUES ('secure-delete', 1)",
)
TABLES_2 = (
    "CREATE TABLE snapshots (blob TEXT PRIMARY KEY REFERENCES blobs (id), sequence INTEGER, last_chunk INTEGER)",
    "CREATE TABLE questions (number INTEGER PRIMARY KEY, text TEXT UNIQUE, answer TEXT, asked TEXT)",
)
TABLES_3 = (
    "ALTER TABLE documents ADD COLUMN locked INTEGER DEFAULT 0",
    "ALTER TABLE documents ADD COLUMN password TEXT",
    "ALTER TABLE documents ADD COLUMN languages TEXT DEFAULT ''",
    "CREATE TABLE pages (document INTEGER REFERENCES documents (number) ON DELETE CASCADE, page INTEGER, how TEXT, "
    "confidence REAL, problem TEXT, PRIMARY KEY (document, page))",
    "CREATE TABLE fingerprints (document INTEGER PRIMARY KEY REFERENCES documents (number) ON DELETE CASCADE, "
    "picture BLOB, text BLOB)",
)
TABLES_4 = (
    "CREATE TABLE said (chunk INTEGER REFERENCES chunks (number) ON DELETE CASCADE, sender TEXT, first TEXT, "
    "last TEXT, PRIMARY KEY (chunk, sender))",
    "CREATE TABLE exports (id TEXT PRIMARY KEY, document INTEGER REFERENCES documents (number) ON DELETE CASCADE, "
    "name TEXT, added TEXT, size INTEGER, blob TEXT UNIQUE REFERENCES blobs (id))",
)
TABLES_5 = (
    "ALTER TABLE facts ADD COLUMN confidence REAL DEFAULT 1",
    "CREATE TABLE corrections (number INTEGER PRIMARY KEY, "
    "document INTEGER REFERENCES documents (number) ON DELETE CASCADE, kind TEXT, value TEXT, quote TEXT, line TEXT, "
    "made TEXT, unit INTEGER, start INTEGER, stop INTEGER)",
)
