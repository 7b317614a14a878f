"""The families of commands; each module registers its own."""
