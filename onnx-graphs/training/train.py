"""Trains and exports flipbook: one subcommand per stage, `all` for the whole road. See README.md."""
import os

os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')  # idle threads sleep: the machine may be shared
from flipbook.command import main

if __name__ == '__main__':
    main()
