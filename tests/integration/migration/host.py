# SPDX-License-Identifier: Apache-2.0

"""A whole mail host in namespaces of its own, as its postmaster would know it: Postfix in /etc/postfix with Debian's
master.cf, MariaDB on its usual socket and port, a layout's tables, mailboxes behind LMTP. Of systemd, apt and docker
there are stand-ins (see there). Only for scripts/lib/isolated: it writes to /etc, and looks first that /etc/postfix is empty."""

import json
import os
import smtplib
import subprocess
import sys
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
MAILBOX, RELAY = 2424, 2525

# How each layout's own installer names things.
CUSTOMS = {
    'plain': dict(folder='/etc/postfix/sql', user='mail', database='mail', hosts='127.0.0.1'),
    'postfixadmin': dict(folder='/etc/postfix/sql', user='postfix', database='postfix', hosts='localhost'),
    'vimbadmin': dict(folder='/etc/postfix/mysql', user='vimbadmin', database='vimbadmin', hosts='127.0.0.1'),
    'ispmail': dict(folder='/etc/postfix', user='mailserver', database='mailserver', hosts='127.0.0.1'),
    'iredmail': dict(folder='/etc/postfix/mysql', user='vmail', database='vmail', hosts='127.0.0.1'),
    'mailcow': dict(folder='/opt/postfix/conf/sql', user='mailcow', database='mailcow',
                    hosts='unix:/var/run/mysqld/mysqld.sock', account="mailcow@'%'", main_cf='/opt/postfix/conf',
                    every_key='sender_dependent_default_transport_maps'),
    'modoboa': dict(folder='/etc/postfix', user='modoboa', database='modoboa', hosts='127.0.0.1'),
    'froxlor': dict(folder='/etc/postfix', user='froxlor', database='froxlor', hosts='127.0.0.1'),
    'ispconfig': dict(folder='/etc/postfix', user='ispconfig', database='dbispconfig', hosts='localhost'),
}

# What these layouts have, and the layouts' files leave out: tables that are left, passwords, a list too long for tcp:.
MORE = {
    'mailcow': {
        'main.cf': 'smtp_sasl_auth_enable = yes\nsmtp_sender_dependent_authentication = yes\n'
                   'smtp_sasl_password_maps = proxy:mysql:@DIR@/sasl_passwd.cf\n',
        'sasl_passwd.cf': "SELECT CONCAT_WS(':', username, password) AS auth_data FROM relayhosts\n"
                          "WHERE id IN (SELECT relayhost FROM domain WHERE CONCAT('@', domain) = '%s' OR domain = '%s')\n"
                          "AND active = '1' AND username != '';\n",
        'schema.sql': "ALTER TABLE relayhosts ADD COLUMN username VARCHAR(255) NOT NULL DEFAULT '', "
                      "ADD COLUMN password VARCHAR(255) NOT NULL DEFAULT '';\n"
                      "INSERT INTO relayhosts (id, hostname, username, password) "
                      "VALUES (7, '[127.0.0.1]:@RELAY@', 'relays', 'secret');\n"
                      "INSERT INTO domain (domain, relayhost) VALUES ('relays.example', '7');\n"
                      "INSERT INTO alias (address, goto, domain) VALUES ('long@a.example', "
                      "CONCAT(REPEAT('ben@a.example,', 400), 'anna@a.example'), 'a.example');\n",
        # smtp(8) looks for a password before it sends.
        'mail': 'known long@a.example\nwaits x@relayed.example\n',
    },
    'ispconfig': {
        'main.cf': 'virtual_uid_maps = proxy:mysql:@DIR@/uids.cf\nvirtual_gid_maps = proxy:mysql:@DIR@/gids.cf\n'
                   'smtp_sasl_auth_enable = yes\nsmtp_sender_dependent_authentication = yes\n'
                   'smtp_sasl_password_maps = proxy:mysql:@DIR@/sender_relayauth.cf\n',
        'uids.cf': "SELECT 5000 FROM mail_user WHERE email = '%s' AND postfix = 'y'\n",
        'gids.cf': "SELECT 5000 FROM mail_user WHERE email = '%s' AND postfix = 'y'\n",
        'sender_relayauth.cf': "SELECT CONCAT(relay_user, ':', relay_pass) FROM mail_domain "
                               "WHERE domain = '%d' AND relay_user <> '' AND active = 'y'\n",
        'schema.sql': "ALTER TABLE mail_domain ADD COLUMN relay_user VARCHAR(255) NOT NULL DEFAULT '', "
                      "ADD COLUMN relay_pass VARCHAR(255) NOT NULL DEFAULT '';\n"
                      "INSERT INTO mail_domain (domain, relay_host, relay_user, relay_pass) "
                      "VALUES ('relays.example', '[127.0.0.1]:@RELAY@', 'relays', 'secret');\n",
    },
}

BASE = {
    'compatibility_level': '3.6', 'myhostname': 'test.example', 'myorigin': 'test.example', 'mydestination': '',
    'mynetworks': '', 'inet_interfaces': '127.0.0.1', 'inet_protocols': 'ipv4', 'alias_maps': '', 'alias_database': '',
    'local_recipient_maps': '', 'smtp_host_lookup': 'native', 'disable_dns_lookups': 'yes', 'smtpd_peername_lookup': 'no',
    'biff': 'no', 'minimal_backoff_time': '1s', 'maximal_backoff_time': '2s', 'queue_run_delay': '1s',
    'maillog_file': '/var/log/mail.log', 'smtpd_relay_restrictions': 'permit_mynetworks, reject_unauth_destination',
    'authorized_mailq_users': 'static:anyone',
}

ENVIRONMENT = {'PATH': '/run/names:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root',
               'LANG': 'C.UTF-8', 'TERM': 'dumb'}


class Failed(Exception):
    pass


def run(command, **more):
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, errors='replace', **more)


def must(command, **more):
    done = run(command, **more)
    if done.returncode != 0:
        raise Failed(f'{command}: status {done.returncode}\n{done.stdout}{done.stderr}')
    return done.stdout


def until(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failed(what() if callable(what) else what)
        time.sleep(0.05)


def write(path, text, mode=0o644, group=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    os.chmod(path, mode)
    if group:
        must(['chgrp', group, path])


def read(path):
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return file.read()
    except FileNotFoundError:
        return ''


class Layout:
    """tests/integration/layouts/NAME.layout: sections, and who is known, unknown, foreign."""

    def __init__(self, name):
        self.customs = CUSTOMS[name]
        self.sections, self.recipients = {}, {'known': [], 'unknown': [], 'foreign': [], 'waits': []}
        own = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + '.layout')
        shared = f'{SOURCE}/tests/integration/layouts/{name}.layout'
        section = ''
        for line in read(own if os.path.exists(own) else shared).splitlines():
            if line.startswith('#### '):
                section = line[5:]
            else:
                self.sections[section] = self.sections.get(section, '') + line + '\n'
        for section, text in MORE.get(name, {}).items():
            self.sections[section] = self.sections.get(section, '') + text
        kinds = {}  # of a recipient, whose last line counts
        for line in self.sections.pop('mail', '').splitlines():
            kind, recipient = line.split(' ', 1)
            kinds[recipient] = kind
        for recipient, kind in kinds.items():
            self.recipients[kind].append(recipient)
        for section, text in self.sections.items():
            for word, value in (('@DIR@', self.customs['folder']), ('@MAILBOX@', MAILBOX), ('@RELAY@', RELAY)):
                text = text.replace(word, str(value))
            self.sections[section] = text
        if not self.recipients['known']:
            raise Failed(f'{name}: a layout without recipients')


class Host:
    def __init__(self, layout_name, build):
        if os.listdir('/etc/postfix') and os.path.exists('/etc/postfix/main.cf'):
            raise Failed('/etc/postfix is in use: this runs in scripts/lib/isolated alone')
        ENVIRONMENT['MAPROOM_BUILD'] = os.path.abspath(build)
        self.layout = Layout(layout_name)
        self.count = 0
        self.folders()
        self.names()
        self.mariadb()
        self.postfix()
        self.sinks = [subprocess.Popen(['smtp-sink', '-u', 'nobody', *more, f'127.0.0.1:{port}', '128'])
                      for more, port in ((['-L'], MAILBOX), ([], RELAY))]

    @staticmethod
    def folders():
        """/etc is copied, so that a user can be added; the mounts that hide the host's own folders stay hidden."""
        must(['bash', '-ec', '''
            mkdir /tmp/etc && (cd /etc && tar -c --one-file-system .) | tar -x -C /tmp/etc
            for file in hosts resolv.conf nsswitch.conf; do cat /etc/$file >/tmp/file && rm /tmp/etc/$file && cp /tmp/file /tmp/etc/$file; done
            cp -a /etc/postfix/. /tmp/etc/postfix
            mount --bind /tmp/etc /etc
            mount -t tmpfs tmpfs /usr/share/doc
            mount --bind /tmp /tmp'''])

    @staticmethod
    def names():
        os.makedirs('/run/names')
        write('/root/maproom_0_all.deb', 'The package; the stand-in for apt knows what is in it.\n')
        for name in ('apt', 'apt-get', 'dpkg', 'systemctl', 'journalctl', 'docker'):
            os.symlink(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'stand-ins'), f'/run/names/{name}')

    def mariadb(self):
        write('/etc/mysql/my.cnf', '[mysqld]\nsocket = /run/mysqld/mysqld.sock\nbind-address = 127.0.0.1\n'
              'datadir = /var/lib/mysql\ninnodb_buffer_pool_size = 32M\ninnodb_log_file_size = 16M\n'
              'innodb_flush_log_at_trx_commit = 0\n!includedir /etc/mysql/conf.d/\n!includedir /etc/mysql/mariadb.conf.d/\n')
        os.makedirs('/etc/mysql/conf.d', exist_ok=True)
        os.makedirs('/etc/mysql/mariadb.conf.d', exist_ok=True)
        must(['chown', 'mysql', '/var/lib/mysql'])
        must(['mariadb-install-db', '--user=mysql', '--datadir=/var/lib/mysql', '--skip-test-db',
              '--auth-root-authentication-method=socket', '--auth-root-socket-user=root'])
        must(['systemctl', 'start', 'mariadb'])
        names = self.layout.customs
        account = names.get('account', f"{names['user']}@localhost")
        must(['mariadb', '-e', f"CREATE DATABASE {names['database']}; CREATE USER {account} IDENTIFIED BY 'secret'; "
              f"GRANT SELECT ON {names['database']}.* TO {account}"])
        must(['mariadb', '--default-character-set=utf8mb4', names['database']], input=self.layout.sections['schema.sql'])

    def postfix(self):
        names = self.layout.customs
        self.folder = names.get('main_cf', '/etc/postfix')
        for name, text in self.layout.sections.items():
            if name in ('', 'schema.sql', 'main.cf'):
                continue
            path = f"{names['folder']}/{name}"
            if not name.endswith('.cf'):
                write(path, text)
                continue
            # A query of several lines goes on where a line begins with a blank.
            query = text if '\nexpansion_limit' in text else text.rstrip('\n').replace('\n', '\n  ') + '\n'
            write(path, f"user = {names['user']}\npassword = secret\nhosts = {names['hosts']}\ndbname = "
                  f"{names['database']}\nquery = {query}", 0o640, 'postfix')
        parameters = dict(BASE)
        for line in self.layout.sections['main.cf'].splitlines():
            name, value = line.split(' = ', 1)
            parameters[name] = value
        parameters['queue_directory'] = '/var/spool/postfix'
        write(f'{self.folder}/main.cf', ''.join(f'{name} = {value}\n' for name, value in parameters.items()))
        # Older than any import: it does not move one that has just been edited.
        os.utime(f'{self.folder}/main.cf', (time.time() - 600, time.time() - 600))
        must(['cp', '/usr/share/postfix/master.cf.dist', f'{self.folder}/master.cf'])
        if self.folder != '/etc/postfix':
            must(['cp', '-a', '/etc/postfix/.', self.folder])
            must(['cp', '/usr/share/postfix/master.cf.dist', '/etc/postfix/master.cf'])
            write('/etc/postfix/main.cf', f'alternate_config_directories = {self.folder}\n')
            self.mailcow()
        for name in self.layout.sections:
            if name not in ('', 'schema.sql', 'main.cf') and not name.endswith('.cf'):
                must(['postmap', '-c', self.folder, f"hash:{names['folder']}/{name}"])
        self.before = self.parameters()
        must(['postfix', '-c', self.folder, 'start'])

    def mailcow(self):
        """mailcow's folder, whose parts the containers have at other places; the network's address is loopback's."""
        here = '/opt/mailcow-dockerized'
        os.makedirs(f'{here}/data/conf')
        os.makedirs(f'{here}/maproom')
        os.symlink(self.folder, f'{here}/data/conf/postfix')
        os.symlink('/etc/mysql/conf.d', f'{here}/data/conf/mysql')
        os.makedirs('/etc/maproom', exist_ok=True)
        os.symlink('/etc/maproom', f'{here}/maproom/etc')
        write(f'{here}/mailcow.conf', 'DBROOT=secret\n')
        write(f'{self.folder}/extra.cf', 'smtpd_client_message_rate_limit = 1000\n')
        with open(f'{self.folder}/main.cf', 'a', encoding='utf-8') as file:
            file.write('\n# DO NOT EDIT ANYTHING BELOW #\n' + read(f'{self.folder}/extra.cf'))
        must(['ip', 'address', 'add', '172.22.1.240/32', 'dev', 'lo'])

    def main_cf_written_anew(self):
        """As an installer's update leaves it."""
        must(['cp', '-p', '/root/main.cf.before-maproom', f'{self.folder}/main.cf'])
        must(['postfix', '-c', self.folder, 'reload'])
        if self.parameters() != self.before:
            raise Failed('main.cf is not what it was before the switch')

    def parameters(self):
        return must(['postconf', '-c', self.folder, '-n'])

    def shut(self):
        for sink in getattr(self, 'sinks', []):
            sink.kill()
        for command in (['postfix', '-c', self.folder, 'stop'], ['systemctl', 'stop', 'maproom'],
                        ['systemctl', 'stop', 'mariadb']):
            try:
                run(command, timeout=30)
            except subprocess.TimeoutExpired:
                print(f'{command} does not end', file=sys.stderr)  # the namespace ends it

    def logs(self):
        return '\n'.join(f'--- {path}\n' + '\n'.join(read(path).splitlines()[-60:])
                         for path in ('/var/log/mail.log', '/var/log/maproom.log', '/var/log/mariadb.log'))

    def status(self):
        return json.loads(must(['maproom', 'status', '--json']))

    def offer(self, recipient, whole=False):
        """The code for a recipient, or for a whole message; from a client and a sender that nobody has seen."""
        self.count += 1
        client = f'127.0.{1 + self.count // 250}.{1 + self.count % 250}'
        with smtplib.SMTP('127.0.0.1', 25, timeout=60, source_address=(client, 0)) as smtp:
            smtp.ehlo('client.example')
            smtp.mail(f'sender@never-{self.count}.example')
            code, text = smtp.rcpt(recipient)
            if code == 250 and whole:
                code, text = smtp.data(f'Subject: message {self.count}\r\n\r\nHello.\r\n')
        return code, text.decode(errors='replace')

    def delivered(self):
        """Everything that was taken has been taken from Postfix, and nothing has come back."""
        until(lambda: must(['postqueue', '-c', self.folder, '-j']) == '',
              lambda: 'mail stays in the queue: ' + must(['postqueue', '-c', self.folder, '-p']),
              seconds=180)  # after an outage mysql_table(5) tries its host again when a minute is over
        if 'status=bounced' in read('/var/log/mail.log'):
            raise Failed('mail has bounced')

    def mail(self, when, waits=True):
        """What is known is taken and delivered; unknown recipients and foreign domains are refused."""
        for recipient in self.layout.recipients['known'] + (self.layout.recipients['waits'] if waits else []):
            code, text = self.offer(recipient, whole=True)
            if code != 250:
                raise Failed(f'{when}: {recipient}: {code} {text}')
        self.delivered()
        for kind, refusal in (('unknown', 550), ('foreign', 554)):
            for recipient in self.layout.recipients[kind]:
                code, text = self.offer(recipient)
                if code != refusal:
                    raise Failed(f'{when}: {recipient}: {code} {text}, expected {refusal}')

    def mail_in_an_outage(self):
        until(lambda: not self.status()['feed']['healthy'], 'the daemon does not notice the outage')
        for recipient in self.layout.recipients['known']:
            code, text = self.offer(recipient, whole=True)
            if code != 250:
                raise Failed(f'in the outage: {recipient}: {code} {text}')
        self.delivered()
        for recipient in self.layout.recipients['unknown'] + self.layout.recipients['foreign']:
            code, text = self.offer(recipient)
            if code // 100 != 4 and not (code == 554 and recipient in self.layout.recipients['foreign']):
                raise Failed(f'in the outage: {recipient}: {code} {text}')

    def knows_all_keys(self):
        """As docs/migration.md wants it before anything is switched off, and as it is again some time after."""
        def incomplete():
            status = self.status()
            # A table that answers every key has no list of them.
            return [each['name'] for each in status['maps'] if not each.get('key_set', {}).get('complete') and
                    each['name'] != self.layout.customs.get('every_key')] + (
                [] if status['feed']['healthy'] else ['the feed']) + (
                ['the database'] if read('/var/log/maproom.log').rfind('event=database_down') >
                read('/var/log/maproom.log').rfind('event=database_up') else [])
        until(lambda: not incomplete(), lambda: f'not all keys are known: {incomplete()}')


def fail(text):
    print(text, file=sys.stderr)
    sys.exit(1)
