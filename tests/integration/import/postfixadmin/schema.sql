CREATE TABLE domain (domain VARCHAR(255) NOT NULL PRIMARY KEY, transport VARCHAR(255) NOT NULL, backupmx BOOL NOT NULL DEFAULT 0, active BOOL NOT NULL DEFAULT 1) CHARACTER SET latin1;
CREATE TABLE alias (address VARCHAR(255) NOT NULL PRIMARY KEY, goto TEXT NOT NULL, domain VARCHAR(255) NOT NULL, active BOOL NOT NULL DEFAULT 1) CHARACTER SET latin1;
CREATE TABLE alias_domain (alias_domain VARCHAR(255) NOT NULL PRIMARY KEY, target_domain VARCHAR(255) NOT NULL, active BOOL NOT NULL DEFAULT 1) CHARACTER SET latin1;
CREATE TABLE mailbox (username VARCHAR(255) NOT NULL PRIMARY KEY, maildir VARCHAR(255) NOT NULL, quota BIGINT NOT NULL DEFAULT 0, domain VARCHAR(255) NOT NULL, active BOOL NOT NULL DEFAULT 1) CHARACTER SET latin1;
INSERT INTO domain VALUES ('a.example', 'virtual', 0, 1), ('alias.example', 'virtual', 0, 1), ('backup.example', 'smtp:[10.0.0.9]', 1, 1), ('off.example', 'virtual', 0, 0);
INSERT INTO alias_domain VALUES ('alias.example', 'a.example', 1);
INSERT INTO alias VALUES ('anna@a.example', 'anna@a.example', 'a.example', 1), ('info@a.example', 'anna@a.example,ben@b.example', 'a.example', 1), ('@a.example', 'catch@a.example', 'a.example', 1), ('old@a.example', 'x@a.example', 'a.example', 0);
INSERT INTO mailbox VALUES ('anna@a.example', 'a.example/anna/', 0, 'a.example', 1);
