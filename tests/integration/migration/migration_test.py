# SPDX-License-Identifier: Apache-2.0

"""docs/migration.md, run: every command of it, in its order, on a host of each layout, with mail before, between and after.
usage: migration_test.py LAYOUT BUILD-FOLDER

Indented blocks are commands, one a line (a backslash at the end continues it). In a layout's own section a paragraph that
begins with "**Before step N:**", "**After step N:**" or "**Instead of step N:**" says where its block belongs. The section
"Again, after an update" is run behind the nine steps' outage, on a main.cf as an installer leaves it. A block
behind "<!-- shown -->" is output: each of its lines must have been printed, here, by the commands before it."""

import re
import sys

sys.dont_write_bytecode = True  # the checkout is read here, and left alone
import host  # noqa: E402

DOCUMENT = f'{host.SOURCE}/docs/migration.md'
HEADINGS = {'plain': None, 'postfixadmin': 'PostfixAdmin', 'vimbadmin': 'ViMbAdmin', 'ispmail': 'ISPmail',
            'iredmail': 'iRedMail', 'mailcow': 'mailcow', 'modoboa': 'Modoboa', 'froxlor': 'Froxlor',
            'ispconfig': 'ISPConfig'}
# verify says 75 where it found too few keys for a judgement; these hosts have few.
ALSO_GOOD = {'maproom verify ': {75}}


# Its main.cf is where no other is, and written at each start; its own section says what an update takes.
NOT_AGAIN = {'mailcow'}


class Block:
    def __init__(self, place, kind, lines):
        self.place, self.kind, self.lines = place, kind, lines


def blocks_of(lines):
    """The indented blocks of a section, each with the mark of the paragraph before it."""
    blocks, place, shown, current = [], None, False, []
    for line in [*lines, 'end']:
        if line.startswith('    '):
            current.append(line[4:])
            continue
        if not line and current:
            current.append('')
            continue
        if current:
            while current and not current[-1]:
                current.pop()
            blocks.append(Block(place, 'shown' if shown else 'commands', current))
            current, shown = [], False
        if marked := re.match(r'\*\*(Before|After|Instead of) step (\d)', line):
            place = (marked[1], int(marked[2]))
        if line.strip() == '<!-- shown -->':
            shown = True
    return blocks


def sections_of(text):
    """Headings of the second level, and below them those of the third."""
    sections, name = {}, ''
    for line in text.splitlines():
        if line.startswith('## '):
            name = line[3:].strip()
            sections[name] = []
        elif name:
            sections[name].append(line)
    return sections


def steps_of(lines):
    steps, number = {}, None
    for line in lines:
        if heading := re.match(r'### Step (\d)', line):
            number = int(heading[1])
            steps[number] = []
        elif number is not None:
            steps[number].append(line)
    return {number: blocks_of(own) for number, own in steps.items()}


def commands_of(block):
    joined = []
    for line in block.lines:
        if joined and joined[-1].endswith('\\'):
            joined[-1] = joined[-1][:-1] + line
        elif joined and line.startswith((' ', ')')) or line == 'EOF' or (joined and '<<' in joined[-1] and not
                                                                         joined[-1].endswith('\nEOF')):
            joined[-1] += '\n' + line
        elif line:
            joined.append(line)
    return joined


class Reader:
    """Who does what the document says."""

    def __init__(self, machine):
        self.machine, self.printed, self.folder, self.ran, self.outages = machine, '', '/root', 0, 0

    def do(self, block):
        if block.kind == 'shown':
            for line in block.lines:
                if ' '.join(line.split()) not in ' '.join(self.printed.split()):
                    raise host.Failed(f'docs/migration.md shows what is not printed: {line}\nprinted:\n{self.printed}')
            return
        for command in commands_of(block):
            print('#', command, flush=True)
            if command.startswith('cd '):
                self.folder = command[3:]
            done = host.run(['bash', '-o', 'pipefail', '-c', command], cwd=self.folder)
            print(done.stdout + done.stderr, end='', flush=True)
            good = {0} | next((also for word, also in ALSO_GOOD.items() if word in command), set())
            if done.returncode not in good:
                raise host.Failed(f'docs/migration.md: {command}\nstatus {done.returncode}')
            self.printed += done.stdout + done.stderr
            self.ran += 1
            if command in ('systemctl stop mariadb', 'docker compose stop mysql-mailcow'):
                self.outages += 1
                self.machine.mail_in_an_outage()

    def step(self, number, common, own):
        for mark in ('Before', 'Instead of', 'After'):
            if mark == 'Instead of' and not any(block.place == (mark, number) for block in own):
                for block in common[number]:
                    self.do(block)
            for block in own:
                if block.place == (mark, number):
                    self.do(block)


def main(name, build):
    sections = sections_of(host.read(DOCUMENT))
    common = steps_of(sections['On every host'])
    own = blocks_of(sections[HEADINGS[name]]) if HEADINGS[name] else []
    for block in own:
        if block.place is None or block.place[1] not in common:
            raise host.Failed(f'{HEADINGS[name]}: a block without a step: {block.lines}')
    if sorted(common) != list(range(1, 10)):
        raise host.Failed(f'the steps are {sorted(common)}')
    machine = host.Host(name, build)
    try:
        reader = Reader(machine)
        machine.mail('with mysql:')
        for number in range(1, 8):
            reader.step(number, common, own)
        if machine.parameters() == machine.before:
            raise host.Failed('nothing has been switched')
        machine.knows_all_keys()
        machine.mail('after the switch')
        reader.step(8, common, own)
        if not reader.outages:
            raise host.Failed('the database was never stopped')
        machine.knows_all_keys()
        machine.mail('after the outage')
        if name not in NOT_AGAIN:
            machine.main_cf_written_anew()
            machine.mail('with mysql: again')
            for block in blocks_of(sections['Again, after an update']):
                reader.do(block)
            if machine.parameters() == machine.before:
                raise host.Failed('nothing has been switched again')
            machine.knows_all_keys()
            machine.mail('after the switch behind an update')
        reader.step(9, common, own)
        if machine.parameters() != machine.before:
            raise host.Failed(f'the way back does not lead back:\n{machine.parameters()}\nbefore:\n{machine.before}')
        machine.mail('after the way back')
        print(f'{name}: {reader.ran} commands')
    except Exception:
        print(machine.logs(), file=sys.stderr)
        raise
    finally:
        machine.shut()


if __name__ == '__main__':
    try:
        main(sys.argv[1], sys.argv[2])
    except host.Failed as trouble:
        host.fail(f'FAILED: {trouble}')
