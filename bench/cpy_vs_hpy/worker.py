"""A row of this benchmark is a row of the main one."""

from bench.ode.worker import main

if __name__ == "__main__":
    main()
