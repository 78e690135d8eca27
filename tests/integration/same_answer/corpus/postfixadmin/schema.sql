-- PostfixAdmin's tables are latin1 on MySQL.
CREATE TABLE domain (domain VARCHAR(255) PRIMARY KEY, transport VARCHAR(255) NOT NULL, backupmx TINYINT(1) NOT NULL DEFAULT 0,
  active TINYINT(1) NOT NULL DEFAULT 1, quota BIGINT NOT NULL DEFAULT 0) CHARACTER SET latin1;
CREATE TABLE alias (address VARCHAR(255) PRIMARY KEY, goto TEXT NOT NULL, domain VARCHAR(255) NOT NULL,
  active TINYINT(1) NOT NULL DEFAULT 1) CHARACTER SET latin1;
CREATE TABLE alias_domain (alias_domain VARCHAR(255) PRIMARY KEY, target_domain VARCHAR(255) NOT NULL,
  active TINYINT(1) NOT NULL DEFAULT 1) CHARACTER SET latin1;
CREATE TABLE mailbox (username VARCHAR(255) PRIMARY KEY, maildir VARCHAR(255) NOT NULL, quota BIGINT NOT NULL DEFAULT 0,
  local_part VARCHAR(255) NOT NULL, domain VARCHAR(255) NOT NULL, active TINYINT(1) NOT NULL DEFAULT 1,
  name VARCHAR(255) CHARACTER SET utf8 NOT NULL DEFAULT '') CHARACTER SET latin1;
INSERT INTO domain VALUES ('ALL', '', 0, 1, 0), ('hosted.example', 'virtual:', 0, 1, 10), ('closed.example', 'virtual:', 0, 0, 0),
  ('backup.example', 'smtp:[mx.backup.example]', 1, 1, 0), ('müller.example', 'smtp:', 0, 1, 0), ('lmtp.example', 'lmtp:unix:x', 0, 1, 0);
INSERT INTO alias VALUES ('anna@hosted.example', 'anna@hosted.example', 'hosted.example', 1),
  ('sales@hosted.example', 'anna@hosted.example,ben@hosted.example', 'hosted.example', 1),
  ('@hosted.example', 'catch@hosted.example', 'hosted.example', 1), ('jörg@müller.example', 'anna@hosted.example', 'müller.example', 1),
  ('off@hosted.example', 'anna@hosted.example', 'hosted.example', 0), ('o''brien@hosted.example', 'o''brien@elsewhere.example', 'hosted.example', 1),
  ('a_b@hosted.example', 'underscore@hosted.example', 'hosted.example', 1), ('axb@hosted.example', 'x@hosted.example', 'hosted.example', 1);
INSERT INTO alias_domain VALUES ('alias.example', 'hosted.example', 1), ('off.example', 'hosted.example', 0), ('mueller.example', 'müller.example', 1);
INSERT INTO mailbox VALUES ('anna@hosted.example', 'hosted.example/anna/', 1024, 'anna', 'hosted.example', 1, 'Anna'),
  ('ben@hosted.example', 'hosted.example/ben/', 0, 'ben', 'hosted.example', 1, 'Бен'),
  ('jörg@müller.example', 'müller.example/jörg/', 512, 'jörg', 'müller.example', 1, 'Jörg €'),
  ('left@hosted.example', 'hosted.example/left/', 0, 'left', 'hosted.example', 0, '');
