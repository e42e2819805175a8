#!/usr/bin/env python3
"""Types lines into a real shell, presses tab, and compares what it offers: complete.py SHELL CASES

CASES is a file of lines 'TYPED|WORD': WORD must be offered, or must not where it begins with '!'. The shell is interactive,
at a pseudo-terminal, with zoo's completions and no other settings.
"""

import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import fcntl
import time

PATIENCE = 20  # Seconds for a word that must come; whoever gives it sooner does not wait.

SETUP = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        "bind 'set show-all-if-ambiguous on'; bind 'set page-completions off'; bind 'set completion-query-items 0'; "
        'bind "set bell-style none"; source {script}',
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "LISTMAX=100000; setopt no_beep no_always_last_prompt; autoload -Uz compinit; fpath=({folder} $fpath); "
        "compinit -u -d {folder}/dump",
    ),
    "fish": (["fish", "--no-config", "-i"], "source {script}"),
}


class Shell:
    def __init__(self, name, folder):
        command, setup = SETUP[name]
        script = os.path.join(folder, "_zoo")
        with open(script, "wb") as file:
            file.write(subprocess.check_output(["zoo", "--generate-completion-script", name]))
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.environ.update(TERM="xterm", PS1="$ ", LC_ALL="C.UTF-8")
            os.execvp(command[0], command)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
        self.type(setup.format(script=script, folder=folder) + "; echo 're'ady\r")
        if "ready" not in self.read_until("ready"):
            raise SystemExit(f"{name} did not start")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def read_until(self, word, patience=PATIENCE):
        """What the shell shows, until the word is in it."""
        text = ""
        end = time.monotonic() + patience
        while word not in text and time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.1)[0]:
                try:
                    piece = os.read(self.terminal, 65536)
                except OSError:
                    break
                text += re.sub(r"\x1b(\[[0-9;?]*[a-zA-Z]|[()=>].?|\][^\x07]*\x07)", "", piece.decode(errors="replace"))
                # A terminal breaks words at its edge, and shells draw what is typed letter by letter.
                text = text.replace("\r", "").replace("\b", "")
        return text

    def offered(self, line, word):
        self.type(line + "\t\t")
        wanted = not word.startswith("!")
        text = self.read_until(word) if wanted else ""
        # Takes the line away, and an answer tells that the shell has read everything.
        self.type("\x15echo 'do'ne\r")
        return text + self.read_until("done\n")


def main():
    name, cases = sys.argv[1:]
    failures = 0
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        shell = Shell(name, folder)
        for case in open(cases).read().splitlines():
            line, word = case.split("|")
            text = shell.offered(line, word)
            count += 1
            if (word.lstrip("!") in text) == word.startswith("!"):
                failures += 1
                print(f"{name}: '{line}' must offer {word}, and offers {text[:400]!r}", file=sys.stderr)
        os.close(shell.terminal)
    print(f"{name}: {count} completions tried, {failures} failed")
    sys.exit(1 if failures else 0)


main()
