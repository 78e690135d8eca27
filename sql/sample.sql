-- A small believable mail world: load it into an empty, migrated database. Used by scripts/demo and by the tests.
-- SPDX-License-Identifier: Apache-2.0

INSERT INTO domain (id, domain, description, transport, active, created) VALUES
  (1, 'hosted.example', 'A small company', 'lmtp', 1, '2024-01-15 09:00:00'),
  (2, 'verein.example', 'A club with a catch-all', 'lmtp', 1, '2024-03-01 18:30:00'),
  (3, 'closed.example', 'Gave notice', 'lmtp', 0, '2022-06-10 12:00:00'),
  (4, 'müller.example', 'A family', 'lmtp', 1, '2025-02-02 10:00:00');

INSERT INTO mailbox (username, password, name, local_part, active, quota, homedir, maildir, uid, gid, created, Domain_id) VALUES
  ('anna@hosted.example', '!', 'Anna Berg', 'anna', 1, 5368709120, '/srv/vmail/hosted.example/anna', 'maildir:/srv/vmail/hosted.example/anna', 2000, 2000, '2024-01-15 09:05:00', 1),
  ('ben@hosted.example', '!', 'Ben Carl', 'ben', 1, 5368709120, '/srv/vmail/hosted.example/ben', 'maildir:/srv/vmail/hosted.example/ben', 2000, 2000, '2024-01-15 09:06:00', 1),
  ('left@hosted.example', '!', 'Has left', 'left', 0, 1073741824, '/srv/vmail/hosted.example/left', 'maildir:/srv/vmail/hosted.example/left', 2000, 2000, '2024-02-01 08:00:00', 1),
  ('"john smith"@hosted.example', '!', 'John Smith', '"john smith"', 1, 1073741824, '/srv/vmail/hosted.example/js', 'maildir:/srv/vmail/hosted.example/js', 2000, 2000, '2024-02-01 08:00:00', 1),
  ('chair@verein.example', '!', 'The chair', 'chair', 1, 1073741824, '/srv/vmail/verein.example/chair', 'maildir:/srv/vmail/verein.example/chair', 2000, 2000, '2024-03-01 18:40:00', 2),
  ('jörg@müller.example', '!', 'Jörg Müller', 'jörg', 1, 1073741824, '/srv/vmail/mueller/joerg', 'maildir:/srv/vmail/mueller/joerg', 2000, 2000, '2025-02-02 10:05:00', 4);

-- ViMbAdmin makes an alias of its own for each mailbox.
INSERT INTO alias (address, goto, active, created, Domain_id)
  SELECT username, username, active, created, Domain_id FROM mailbox;
INSERT INTO alias (address, goto, active, created, Domain_id) VALUES
  ('sales@hosted.example', 'anna@hosted.example,ben@hosted.example', 1, '2024-01-15 09:10:00', 1),
  ('team@hosted.example', 'anna@hosted.example,ben@hosted.example,carl@partner.example', 1, '2024-01-15 09:11:00', 1),
  ('old@hosted.example', 'anna@hosted.example', 0, '2024-01-15 09:12:00', 1),
  ('@verein.example', 'chair@verein.example', 1, '2024-03-01 18:45:00', 2);

INSERT INTO tlspolicies (domain, policy, params) VALUES
  ('bank.example', 'secure', 'match=mx.bank.example'),
  ('partner.example', 'dane-only', NULL),
  ('.legacy.example', 'may', NULL);

INSERT INTO mr_alias_domain (alias_domain, target_domain, active) VALUES
  ('hosted-old.example', 'hosted.example', TRUE);

INSERT INTO mr_relay_domain (domain, accept_unknown, active) VALUES
  ('relayed.example', FALSE, TRUE),
  ('open-relayed.example', TRUE, TRUE),
  ('gone.example', FALSE, FALSE);

INSERT INTO mr_relay_recipient (address, domain, action, active) VALUES
  ('office@relayed.example', 'relayed.example', 'OK', TRUE),
  ('info@relayed.example', 'relayed.example', 'OK', TRUE),
  ('former@relayed.example', 'relayed.example', 'OK', FALSE),
  ('@open-relayed.example', 'open-relayed.example', 'OK', TRUE);

INSERT INTO mr_transport (pattern, transport, nexthop, active) VALUES
  ('relayed.example', 'smtp', '[mail.relayed.example]:25', TRUE),
  ('.relayed.example', 'smtp', '[mail.relayed.example]:25', TRUE),
  ('open-relayed.example', 'smtp', '[gate.open-relayed.example]', TRUE),
  ('vip@partner.example', 'smtp', '[fast.partner.example]', TRUE),
  ('gone.example', 'error', '5.1.2 no longer relayed', FALSE);

INSERT INTO mr_tls_policy (destination, policy, params) VALUES
  ('[mail.relayed.example]:25', 'encrypt', NULL);

CALL mr_add_network('mynetworks', '127.0.0.0/8', 'OK');
CALL mr_add_network('mynetworks', '::1/128', 'OK');
CALL mr_add_network('mynetworks', '192.0.2.0/24', 'OK');
CALL mr_add_network('mynetworks', '198.51.100.7', 'OK');
CALL mr_add_network('mynetworks', '2001:db8:10::/48', 'OK');
CALL mr_add_network('mynetworks', '203.0.113.0/24', 'OK');
UPDATE mr_network SET active = FALSE WHERE first_addr = mr_address('203.0.113.0');
