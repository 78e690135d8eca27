-- Tables in the manner of mailcow: utf8mb4, booleans as tinyint, JSON in columns, times as UNIX seconds.
CREATE TABLE domain (domain VARCHAR(255) PRIMARY KEY, backupmx TINYINT(1) NOT NULL DEFAULT 0, relay_all_recipients TINYINT(1) NOT NULL DEFAULT 0,
  relay_unknown_only TINYINT(1) NOT NULL DEFAULT 0, gal TINYINT(1) NOT NULL DEFAULT 1, active TINYINT(1) NOT NULL DEFAULT 1) DEFAULT CHARSET = utf8mb4;
CREATE TABLE alias (id INT AUTO_INCREMENT PRIMARY KEY, address VARCHAR(255) NOT NULL UNIQUE, goto TEXT NOT NULL, domain VARCHAR(255) NOT NULL,
  sogo_visible TINYINT(1) NOT NULL DEFAULT 1, active TINYINT(1) NOT NULL DEFAULT 1) DEFAULT CHARSET = utf8mb4;
CREATE TABLE alias_domain (alias_domain VARCHAR(255) PRIMARY KEY, target_domain VARCHAR(255) NOT NULL, active TINYINT(1) NOT NULL DEFAULT 1) DEFAULT CHARSET = utf8mb4;
CREATE TABLE spamalias (address VARCHAR(255) PRIMARY KEY, goto TEXT NOT NULL, validity INT) DEFAULT CHARSET = utf8mb4;
CREATE TABLE mailbox (username VARCHAR(255) PRIMARY KEY, local_part VARCHAR(255) NOT NULL, domain VARCHAR(255) NOT NULL, mailbox_path_prefix VARCHAR(150) DEFAULT '/var/vmail/',
  attributes JSON, custom_attributes JSON NOT NULL DEFAULT '{}', kind VARCHAR(100) NOT NULL DEFAULT '', multiple_bookings INT NOT NULL DEFAULT -1, active TINYINT(1) NOT NULL DEFAULT 1) DEFAULT CHARSET = utf8mb4;
CREATE TABLE transports (id INT AUTO_INCREMENT PRIMARY KEY, destination VARCHAR(255) NOT NULL, nexthop VARCHAR(255) NOT NULL, username VARCHAR(255) NOT NULL DEFAULT '',
  password VARCHAR(255) NOT NULL DEFAULT '', is_mx_based TINYINT(1) NOT NULL DEFAULT 0, active TINYINT(1) NOT NULL DEFAULT 1) DEFAULT CHARSET = utf8mb4;
CREATE TABLE recipient_maps (id INT AUTO_INCREMENT PRIMARY KEY, old_dest VARCHAR(255) NOT NULL, new_dest VARCHAR(255) NOT NULL, active TINYINT(1) NOT NULL DEFAULT 0) DEFAULT CHARSET = utf8mb4;
CREATE TABLE bcc_maps (id INT AUTO_INCREMENT PRIMARY KEY, local_dest VARCHAR(255) NOT NULL, bcc_dest VARCHAR(255) NOT NULL, type ENUM('sender','rcpt'), active TINYINT(1) NOT NULL DEFAULT 0) DEFAULT CHARSET = utf8mb4;
CREATE TABLE sender_acl (id INT AUTO_INCREMENT PRIMARY KEY, logged_in_as VARCHAR(255) NOT NULL, send_as VARCHAR(255) NOT NULL) DEFAULT CHARSET = utf8mb4;
CREATE TABLE tls_policy_override (dest VARCHAR(255) PRIMARY KEY, policy ENUM('none','may','encrypt','dane','dane-only','fingerprint','verify','secure') NOT NULL, parameters VARCHAR(255) DEFAULT '', active TINYINT(1) DEFAULT 1) DEFAULT CHARSET = utf8mb4;
INSERT INTO domain (domain, backupmx, relay_all_recipients, active) VALUES ('hosted.example',0,0,1),('backup.example',1,1,1),('backup2.example',1,0,1),('closed.example',0,0,0),('müller.example',0,0,1),('例子.example',0,0,1);
INSERT INTO alias_domain VALUES ('alias.example','hosted.example',1),('muller.example','müller.example',1),('off.example','hosted.example',0);
INSERT INTO alias (address,goto,domain,active) VALUES ('anna@hosted.example','anna@hosted.example','hosted.example',1),('sales@hosted.example','anna@hosted.example,ben@hosted.example,spam@localhost','hosted.example',1),
 ('@hosted.example','catchall@hosted.example','hosted.example',1),('drop@hosted.example','null@localhost','hosted.example',1),('off@hosted.example','anna@hosted.example','hosted.example',0),('jörg@müller.example','用户@例子.example','müller.example',1);
INSERT INTO spamalias VALUES ('tmp123@hosted.example','anna@hosted.example',2000000000),('gone456@hosted.example','anna@hosted.example',1000000000),('forever@hosted.example','ben@hosted.example',NULL);
INSERT INTO mailbox (username,local_part,domain,attributes,kind,multiple_bookings,active) VALUES
 ('anna@hosted.example','anna','hosted.example','{"tls_enforce_out":"1","tls_enforce_in":"0","mailbox_format":"maildir:","relayhost":"2"}','',-1,1),
 ('ben@hosted.example','ben','hosted.example','{"tls_enforce_out":"0","mailbox_format":"mdbox:","name":"Ben \\"B\\" \\u00e4"}','',-1,1),
 ('room@hosted.example','room','hosted.example','{}','location',2,1),('jörg@müller.example','jörg','müller.example',NULL,'',-1,1),('off2@hosted.example','off2','hosted.example','{"tls_enforce_out":"1"}','',-1,2);
INSERT INTO transports (destination,nexthop,username,password,is_mx_based,active) VALUES ('partner.example','[mail.partner.example]:587','u','p:w',0,1),('.partner.example','mail.sub.partner.example','','',0,1),
 ('.*\\.mx\\.example$','[relay.example]','','',1,1),('off.example','off','','',0,0);
INSERT INTO recipient_maps (old_dest,new_dest,active) VALUES ('was@hosted.example','anna@hosted.example',1),('@was.example','ben@hosted.example',1);
INSERT INTO bcc_maps (local_dest,bcc_dest,type,active) VALUES ('anna@hosted.example','archive@hosted.example','rcpt',1),('@hosted.example','all@hosted.example','sender',1),('@hosted.example','other@hosted.example','sender',1);
INSERT INTO sender_acl (logged_in_as,send_as) VALUES ('anna@hosted.example','sales@hosted.example'),('ben@hosted.example','@hosted.example'),('ben@hosted.example','hosted.example'),('room@hosted.example','*');
INSERT INTO tls_policy_override VALUES ('bank.example','secure','match=mx.bank.example',1),('[hosted.example]:25','may','',1);
