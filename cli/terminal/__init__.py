"""What every command says on a terminal, and how it is asked: streams, options, failures."""
