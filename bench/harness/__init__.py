"""What every benchmark uses: workers, rounds, statistics, tables, charts, command line."""
