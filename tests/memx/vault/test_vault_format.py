"""The format document names everything that is there."""

from pathlib import Path

from sqlcipher3 import dbapi2

from memx.vault.migrations import MIGRATIONS, migrate

FORMAT = Path(__file__).parents[3] / "docs" / "vault-format.md"


def test_every_table_and_column_is_described() -> None:
    rows = [line for line in FORMAT.read_text().splitlines() if line.startswith("| `")]
    described = {line.split("`")[1]: line for line in rows}
    db = dbapi2.connect(":memory:")
    try:
        migrate(db)
        tables = [
            row[0]
            for row in db.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
                "AND name NOT LIKE 'terms~_%' ESCAPE '~' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
            )
        ]
        columns = {
            table: [row[0] for row in db.execute("SELECT name FROM pragma_table_info(?)", (table,))] for table in tables
        }
    finally:
        db.close()
    missing = [
        (table, column)
        for table, names in columns.items()
        for column in names
        if f"`{column}`" not in described.get(table, "")
    ]
    assert len(columns) == 16
    assert missing == []
    assert f"(now {len(MIGRATIONS)})" in FORMAT.read_text()
