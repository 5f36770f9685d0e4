"""What PicoNumpy is compared with: one folder each, one entry each in table.py."""
