"""Writes every fixture, with real writers, and the rows that each must give.

    python3 -m venv /tmp/fixtures && /tmp/fixtures/bin/pip install -r tests/data/requirements.txt
    /tmp/fixtures/bin/python tests/data/make.py

The rows are fixed; file names, table ids and commit times are the writers'.
"""

import delta_logs
import delta_pages
import delta_values
import fixture
import parquet_files
import sail_tables


def main():
    fixture.start_over()
    delta_values.write_all()
    delta_logs.write_all()
    delta_pages.write_all()
    sail_tables.write_all()
    parquet_files.write_all()
    fixture.finish()


if __name__ == "__main__":
    main()
