-- The old tutorials: latin1 without a word about it.
CREATE TABLE domains (domain VARCHAR(50) NOT NULL, PRIMARY KEY (domain)) CHARACTER SET latin1;
CREATE TABLE forwardings (source VARCHAR(80) NOT NULL, destination TEXT NOT NULL, PRIMARY KEY (source)) CHARACTER SET latin1;
CREATE TABLE users (email VARCHAR(80) NOT NULL, password VARCHAR(20) NOT NULL, quota BIGINT(20) DEFAULT '10485760', PRIMARY KEY (email)) CHARACTER SET latin1;
CREATE TABLE transport (domain VARCHAR(128) NOT NULL DEFAULT '', transport VARCHAR(128) NOT NULL DEFAULT '', UNIQUE KEY domain (domain)) CHARACTER SET latin1;
INSERT INTO domains VALUES ('hosted.example'),('müller.example');
INSERT INTO forwardings VALUES ('sales@hosted.example','anna@hosted.example,ben@hosted.example'),('jörg@müller.example','jörg@else.example'),('@hosted.example','anna@hosted.example'),('x''y@hosted.example','quote@hosted.example');
INSERT INTO users VALUES ('anna@hosted.example','x',10485760),('ben@hosted.example','x',NULL),('jörg@müller.example','x',1);
INSERT INTO transport VALUES ('hosted.example','smtp:[127.0.0.1]'),('.hosted.example','local:'),('0','zero:');
