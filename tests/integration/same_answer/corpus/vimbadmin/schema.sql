-- ViMbAdmin's tables as its users' queries see them (varchar(255), utf8 with unicode_ci), and its users' own policies.
CREATE TABLE domain (
  id BIGINT AUTO_INCREMENT PRIMARY KEY, domain VARCHAR(255) UNIQUE, description VARCHAR(255),
  transport VARCHAR(255) NOT NULL DEFAULT 'virtual', backupmx TINYINT(1) NOT NULL DEFAULT 0,
  active TINYINT(1) NOT NULL DEFAULT 1, homedir VARCHAR(255), maildir VARCHAR(255), uid BIGINT, gid BIGINT
) CHARACTER SET utf8 COLLATE utf8_unicode_ci;
CREATE TABLE mailbox (
  id BIGINT AUTO_INCREMENT PRIMARY KEY, username VARCHAR(255) UNIQUE, password VARCHAR(255), name VARCHAR(255),
  quota BIGINT NOT NULL DEFAULT 0, local_part VARCHAR(255), active TINYINT(1) NOT NULL DEFAULT 0,
  homedir VARCHAR(255), maildir VARCHAR(255), uid BIGINT, gid BIGINT, Domain_id BIGINT
) CHARACTER SET utf8 COLLATE utf8_unicode_ci;
CREATE TABLE alias (
  id BIGINT AUTO_INCREMENT PRIMARY KEY, address VARCHAR(255) UNIQUE, goto LONGTEXT,
  active TINYINT(1) NOT NULL DEFAULT 1, Domain_id BIGINT
) CHARACTER SET utf8 COLLATE utf8_unicode_ci;
CREATE TABLE tlspolicies (
  id INT AUTO_INCREMENT PRIMARY KEY, domain VARCHAR(255) UNIQUE,
  policy ENUM('none','may','encrypt','dane','dane-only','fingerprint','verify','secure') NOT NULL, params VARCHAR(255)
) CHARACTER SET latin1;
INSERT INTO domain (domain, transport, backupmx, active, uid, maildir) VALUES
  ('hosted.example', 'virtual', 0, 1, 5000, 'maildir:/srv/mail/%d/%u'), ('müller.example', 'virtual', 0, 1, NULL, NULL),
  ('closed.example', 'virtual', 0, 0, NULL, ''), ('backup.example', 'smtp:[mail.backup.example]', 1, 1, NULL, NULL),
  ('strasse.example', 'virtual', 0, 1, 0, NULL), ('STRASSE-GROSS.example', 'virtual', 0, 1, NULL, NULL),
  ('dot.', 'virtual', 0, 1, NULL, NULL), ('', 'virtual', 0, 1, NULL, NULL), ('192.0.2.1', 'virtual', 0, 1, 7, NULL);
INSERT INTO mailbox (username, local_part, active, uid, gid, maildir, homedir, Domain_id) VALUES
  ('anna@hosted.example', 'anna', 1, 5000, 5000, 'hosted.example/anna/', '/srv/mail', 1),
  ('ben@hosted.example', 'ben', 1, NULL, NULL, '', NULL, 1),
  ('left@hosted.example', 'left', 0, 5000, 5000, 'hosted.example/left/', '/srv/mail', 1),
  ('o''brien@hosted.example', 'o''brien', 1, 1, 2, 'o''brien/', NULL, 1),
  ('john smith@hosted.example', 'john smith', 1, 1, 2, 'john smith/', NULL, 1),
  ('back\\slash@hosted.example', 'back\\slash', 1, 1, 2, 'back\\slash/', NULL, 1),
  ('jörg@müller.example', 'jörg', 1, 3, 4, 'müller.example/jörg/', NULL, 2),
  ('strasse@hosted.example', 'strasse', 1, 5, 6, 's/', NULL, 1), ('kelvin@hosted.example', 'kelvin', 1, 5, 6, 'k/', NULL, 1),
  ('fin@hosted.example', 'fin', 1, 5, 6, 'f/', NULL, 1), ('σίσυφοσ@hosted.example', 'σίσυφοσ', 1, 5, 6, 'σ/', NULL, 1),
  ('%@hosted.example', '%', 1, 9, 9, 'percent/', NULL, 1), ('', '', 1, 10, 10, 'empty/', NULL, NULL);
INSERT INTO alias (address, goto, active) VALUES
  ('sales@hosted.example', 'anna@hosted.example,ben@hosted.example', 1), ('old@hosted.example', 'anna@hosted.example', 0),
  ('nobody@hosted.example', '', 1), ('nowhere@hosted.example', NULL, 1), ('anna@hosted.example', 'anna@hosted.example', 1),
  ('@closed.example', 'anna@hosted.example', 1), ('spaced@hosted.example', ' anna@hosted.example , ben@hosted.example ', 1),
  ('lines@hosted.example', 'anna@hosted.example\nben@hosted.example\r\n', 1), ('postmaster@hosted.example', 'anna@hosted.example', 1),
  ('percent@hosted.example', '100%s %u %% off', 1), ('jörg@müller.example', 'jörg@müller.example,用户@例子.example', 1),
  ('big@hosted.example', REPEAT('member@hosted.example,', 180), 1), ('huge@hosted.example', REPEAT('member@hosted.example,', 400), 1);
INSERT INTO tlspolicies (domain, policy, params) VALUES ('bank.example', 'secure', 'match=mx.bank.example'),
  ('hosted.example', 'dane-only', NULL), ('[mail.hosted.example]:25', 'encrypt', ''), ('.hosted.example', 'may', 'ciphers=high protocols=TLSv1.2');
