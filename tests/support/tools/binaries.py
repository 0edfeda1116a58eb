"""Find compiled files in a folder of packages, and check their target platform."""

import re
from collections.abc import Iterator
from pathlib import Path

# https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
ELF = b"\x7fELF"
MACHINES = {183: "aarch64", 62: "x86_64"}
COMPILED = {".so", ".dylib", ".pyd", ".dll"}


def compiled(folder: Path) -> list[Path]:
    """Return every file with machine code, detected by its suffix or first bytes."""
    return [
        file for file in folder.rglob("*") if file.is_file() and (file.suffix in COMPILED or _head(file)[:4] == ELF)
    ]


def misfits(folder: Path, *, machine: str, python: str) -> Iterator[str]:
    """List files that would not load on Linux on the machine with the Python version (such as "3.14"), and why."""
    tag = f"cpython-{python.replace('.', '')}-{machine}-linux-gnu"
    for file in compiled(folder):
        head = _head(file)
        if head[:4] != ELF:
            yield f"{file.name} is no ELF file"
        elif (built_for := MACHINES.get(int.from_bytes(head[18:20], "little"))) != machine:
            yield f"{file.name} is for {built_for}"
        elif ".cpython-" in file.name and tag not in file.name:
            yield f"{file.name} is for another Python than {python}"
    for wheel in folder.rglob("*.dist-info/WHEEL"):
        tags = re.findall(r"^Tag: (.+)$", wheel.read_text(), re.MULTILINE)
        if not any(one.endswith(("-none-any", f"_{machine}")) for one in tags):
            yield f"{wheel.parent.name} was a wheel for {', '.join(tags)}"


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(20)
